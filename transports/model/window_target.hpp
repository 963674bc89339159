// The chip's end of the PCIe path: read window, apertures, mailbox. docs/pcie-window.md.
#pragma once

#include <cstdint>

#include "hal/bus/wire.hpp"
#include "transports/model/bridge.hpp"
#include "transports/pcie/layout.hpp"

namespace transports::model {

/// The window's registers. Part of the chip's state: a chip reset makes it WindowSession{}. Trivially copyable.
struct WindowSession {
    std::uint32_t expected = 0;
    std::uint32_t nonce = 0;
    std::uint32_t refused = 0;  ///< Modulo pcie::kRefusedModulo.
    std::uint32_t refused_address = 0;
    std::uint32_t dropped = 0;
    std::uint32_t refused_read = pcie::kNoRefusedRead;
};

/// Decodes loads and stores within the BAR. Shares port and bridge session with the SPI bridge, so that there is one
/// epoch and one owner; all three must outlive it. Not thread-safe.
class WindowTarget {
public:
    WindowTarget(RegisterPort& port, BridgeSession& owner, WindowSession& session, const pcie::Layout& layout = {})
        : port_(port), owner_(owner), session_(session), layout_(layout) {}

    /// All-ones for what is refused, dropped, unaligned or nowhere.
    std::uint32_t load(std::uint32_t offset);
    void store(std::uint32_t offset, std::uint32_t value);

private:
    struct Place;
    Place decode(std::uint32_t offset) const;
    std::uint32_t load_mailbox(std::uint32_t offset) const;
    void store_mailbox(std::uint32_t offset, std::uint32_t value);
    std::uint32_t shown_epoch() const;
    void refuse(std::uint32_t address);

    RegisterPort& port_;
    BridgeSession& owner_;
    WindowSession& session_;
    pcie::Layout layout_;
};

/// A Window straight onto a WindowTarget in the same process; stores take effect at once. Never fails.
class TargetWindow final : public hal::bus::Window {
public:
    TargetWindow(WindowTarget& target, Clock& clock) : target_(target), clock_(clock) {}

    hal::bus::Result<std::uint32_t> load(std::uint32_t offset) override { return target_.load(offset); }
    hal::bus::Result<void> store(std::uint32_t offset, std::uint32_t value) override {
        target_.store(offset, value);
        return {};
    }
    hal::bus::Nanoseconds now() override { return clock_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { clock_.wait_until(deadline); }

private:
    WindowTarget& target_;
    Clock& clock_;
};

}  // namespace transports::model
