// A function whose registers are what its BAR shows, as most have it: no apertures, no claims.
#pragma once

#include "hal/bus/wire.hpp"

namespace transports::qemu {

/// The addresses of accesses are offsets of the window, which must outlive it. Errors: the window's, and `completed`
/// says how many accesses went before; unsupported(none) for a guard: there are none.
class Bar final : public hal::bus::Transport {
public:
    explicit Bar(hal::bus::Window& window) : window_(window) {}
    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;
    hal::bus::Nanoseconds now() override { return window_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { window_.wait_until(deadline); }

private:
    hal::bus::Result<void> perform(const hal::bus::Access& access);

    hal::bus::Window& window_;
};

}  // namespace transports::qemu
