// The far end of QEMU's `-device x-pci-proxy-dev,fd=N`: a Window becomes BAR 0 of a PCI function of the virtual
// machine. Each load and store of the guest is one message that the guest's CPU waits for.
//
// The messages (QEMU's include/hw/remote/mpqemu-link.h, the same in 6.0 to 8.2): {command i32, 4 bytes of padding, size
// u64}, then `size` bytes, all in the byte order of this machine. Commands and what they carry are in pci_proxy.cpp.
// The protocol has no version number; what tells another one is that the first message must be SYNC_SYSMEM, and that
// every command has exactly one size.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "hal/bus/wire.hpp"

namespace transports::qemu {

/// Configuration space and BAR of one function; its registers are `window`'s. Resets of the machine don't touch them:
/// it is the machine that is reset, not the chip.
class PciProxy {
public:
    /// `window` must outlive it; its loads and stores are made on the thread that calls serve().
    explicit PciProxy(hal::bus::Window& window);

    /// Serves one QEMU until it ends. Empty, or one line about what it said that isn't this protocol.
    std::string serve(int fd);

    /// How often machines have been reset, as the function sees it.
    std::uint64_t resets() const { return resets_; }

private:
    struct Message;

    std::string answer(int fd, const Message& asked);
    std::uint64_t read_config(std::uint32_t address, std::uint32_t size) const;
    void write_config(std::uint32_t address, std::uint32_t value, std::uint32_t size);
    std::uint64_t read_bar(std::uint64_t address, std::uint32_t size);
    void write_bar(std::uint64_t address, std::uint64_t value, std::uint32_t size);
    std::uint32_t bar() const;

    hal::bus::Window& window_;
    std::array<std::uint8_t, 256> config_{};
    std::uint64_t resets_ = 0;
};

}  // namespace transports::qemu
