// A Wire to a chip on an SPI bus of this machine, through Linux's spidev. docs/transports.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "hal/bus/wire.hpp"
#include "transports/kernel/kernel.hpp"
#include "transports/links/connect_error.hpp"

namespace transports::spi {

struct SpidevOptions {
    std::string device;    ///< "/dev/spidev0.0"
    std::uint32_t hz = 0;  ///< Clock; 0: what the device is rated for.
};

/// Most bytes of a transfer where spidev doesn't say: the default of its parameter `bufsiz`.
inline constexpr std::size_t kDefaultBufsiz = 4096;

/// Owns the device. Not thread-safe.
class SpidevWire final : public hal::bus::Wire {
public:
    /// Opens the device and sees to mode 0, most significant bit first, eight bits a word (docs/spi-link.md, section
    /// 2); other properties that the board gives the device stay. Nothing is clocked. `kernel` must outlive the wire.
    static tl::expected<std::unique_ptr<SpidevWire>, links::ConnectError> open(
        const SpidevOptions& options, kernel::Kernel& kernel = kernel::linux_kernel());

    SpidevWire(const SpidevWire&) = delete;
    SpidevWire& operator=(const SpidevWire&) = delete;
    ~SpidevWire();

    /// One SPI_IOC_MESSAGE of one transfer: one assertion of chip select. Errors by what the chip may have seen:
    /// peer_gone(unknown) the device is no longer there (ESHUTDOWN, ENODEV, ENXIO);
    /// link_down(none) refused before the first bit (EMSGSIZE, EINVAL, EFAULT, EBADF, ENOTTY, or beyond
    /// max_transfer()); link_down(unknown) all else (EIO, ETIMEDOUT, EINTR, ..., or fewer bytes than asked for).
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override;

    /// The lesser of spidev's `bufsiz` and the link's largest frame.
    std::size_t max_transfer() const override { return max_transfer_; }

    hal::bus::Nanoseconds now() override { return kernel_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { kernel_.sleep_until(deadline); }

    /// What the last transfer failed of, one line; empty if it didn't.
    const std::string& explain() const { return trouble_; }

private:
    SpidevWire(int fd, const SpidevOptions& options, kernel::Kernel& kernel)
        : fd_(fd), options_(options), kernel_(kernel) {}

    std::string set_up();
    std::string set_mode();
    std::string set_speed();
    std::string set_size();

    const int fd_;
    const SpidevOptions options_;
    kernel::Kernel& kernel_;
    std::size_t max_transfer_ = 0;
    std::string trouble_;
};

}  // namespace transports::spi
