// The far end of the SPI controller in spi_forward/: messages of the guest's spidev, over a byte stream, become
// transfers of a Wire. The stream's format is described there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hal/bus/wire.hpp"

namespace transports::qemu {

inline constexpr std::uint32_t kForwardMagic = 0x46495053;  ///< "SPIF", little-endian.
inline constexpr std::size_t kForwardHeader = 12;           ///< Magic, number, size: u32 each.
inline constexpr std::size_t kForwardMost = 8192;           ///< Bytes of a message.

/// One per stream. A machine that dies within a message has sent what came until then: the chip sees a frame of that
/// many bytes. If the stream goes on with another machine, zeros follow in the message's place, and then that machine's
/// own messages: whatever isn't a header where one should be is skipped.
class SpiForward {
public:
    /// `wire` must outlive it; its transfers are made on the thread that calls serve().
    explicit SpiForward(hal::bus::Wire& wire) : wire_(wire) {}

    /// Serves one stream until it ends.
    void serve(int fd);

    std::uint64_t messages() const { return messages_; }
    /// Bytes that belonged to no message.
    std::uint64_t skipped() const { return skipped_; }

private:
    bool fill(int fd, std::size_t size);
    bool find_header(int fd);
    bool transfer(std::size_t size);

    hal::bus::Wire& wire_;
    std::vector<std::uint8_t> in_, out_;
    std::size_t at_ = 0;  // of in_: what is before has been dealt with
    std::uint64_t messages_ = 0, skipped_ = 0;
};

}  // namespace transports::qemu
