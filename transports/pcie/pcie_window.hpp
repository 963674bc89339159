// A Window onto a BAR of a PCIe function of this machine, mapped through sysfs. docs/transports.md.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "hal/bus/wire.hpp"
#include "transports/kernel/kernel.hpp"
#include "transports/links/connect_error.hpp"
#include "transports/pcie/layout.hpp"

namespace transports::pcie {

struct PcieOptions {
    std::string function;  ///< "0000:01:00.0"
    std::uint32_t bar = 0;
    // What it has to be; by default a chip.
    std::uint16_t vendor = kVendor, device = kDevice;
    std::uint32_t size = kBarSize;  ///< Of the BAR, bytes.
};

/// Owns the mapping. Not thread-safe; at most kMostWindows in a process.
class PcieWindow final : public hal::bus::Window {
public:
    static constexpr std::size_t kMostWindows = 8;

    /// Finds the function, compares what it says it is and how large the BAR is with what is expected, sees to it that
    /// it answers memory accesses (sysfs `enable`, only if nobody has), and maps the BAR. No register of the chip is
    /// touched, and nothing at all is written to a function that isn't the expected one. `kernel` must outlive it.
    ///
    /// From the first open() on, SIGBUS within a window no longer ends the process; any other SIGBUS goes where it
    /// went before.
    static tl::expected<std::unique_ptr<PcieWindow>, links::ConnectError> open(
        const PcieOptions& options, kernel::Kernel& kernel = kernel::linux_kernel());

    PcieWindow(const PcieWindow&) = delete;
    PcieWindow& operator=(const PcieWindow&) = delete;
    ~PcieWindow();

    /// One 32-bit access, never split, joined or moved across another one: the mapping isn't cached. Errors:
    /// peer_gone(none for a load, unknown for a store): the kernel has taken the mapping away (the function was
    /// removed), now or earlier; bad_address(none): not aligned or beyond the BAR. A function that is gone but still
    /// mapped reads all-ones, which is no error here.
    hal::bus::Result<std::uint32_t> load(std::uint32_t offset) override;
    hal::bus::Result<void> store(std::uint32_t offset, std::uint32_t value) override;

    hal::bus::Nanoseconds now() override { return kernel_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { kernel_.sleep_until(deadline); }

    /// Why the function counts as gone, one line; empty as long as it doesn't.
    const std::string& explain() const { return trouble_; }

private:
    struct Slot;

    PcieWindow(const PcieOptions& options, kernel::Kernel& kernel) : options_(options), kernel_(kernel) {}

    std::string file(const char* name) const;
    tl::expected<std::uint32_t, std::string> number(const char* name);
    links::ConnectError trouble(const std::string& what, bool wrong_path) const;
    tl::expected<void, links::ConnectError> identify();
    tl::expected<void, links::ConnectError> enable();
    tl::expected<void, links::ConnectError> map();
    bool gone();
    hal::bus::Result<void> check(std::uint32_t offset) const;

    const PcieOptions options_;
    kernel::Kernel& kernel_;
    volatile std::uint32_t* words_ = nullptr;
    std::size_t size_ = 0;
    Slot* slot_ = nullptr;
    std::string trouble_;
};

}  // namespace transports::pcie
