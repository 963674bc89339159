// A device behind this machine's kernel: by its sysfs and /dev/mem, or its spidev.
#pragma once

#include <memory>
#include <optional>

#include "tests/devices/device.hpp"
#include "tests/devices/flash/commands.hpp"
#include "transports/pcie/pcie_window.hpp"
#include "transports/qemu/bar.hpp"
#include "transports/spi/spidev_wire.hpp"

namespace tests::devices {

/// The device's share of memory: the kernel is told to use less than there is (`mem=`), so it is nobody else's, and
/// what a transfer writes there after the death of a HAL does no harm.
inline constexpr std::uint32_t kMemory = 0x4E00'0000;

class LinuxHost final : public Host {
public:
    /// Opens the way to it. Throws std::runtime_error, with the transport's own line.
    explicit LinuxHost(const std::string& name);
    LinuxHost(const LinuxHost&) = delete;
    LinuxHost& operator=(const LinuxHost&) = delete;
    ~LinuxHost() override;

    /// The function may read and write memory: sysfs has no other word for it than configuration space.
    void enable_dma();

    hal::bus::Transport& device() override;
    hal::bus::Wire& wire() override;
    Bytes memory(std::uint32_t address, std::size_t size) override;
    void set_memory(std::uint32_t address, const Bytes& bytes) override;

private:
    volatile std::uint32_t* shared(std::uint32_t address, std::size_t size);

    std::string function_;  // empty: not a PCI one
    std::unique_ptr<transports::pcie::PcieWindow> window_;
    std::optional<transports::qemu::Bar> bar_;
    std::unique_ptr<transports::spi::SpidevWire> wire_;
    std::optional<flash::Commands> commands_;
    void* memory_ = nullptr;
};

}  // namespace tests::devices
