// A link that is given one access at a time: each word is a frame of its own, as from software that doesn't batch.
// The most frames, and the most points to die at, that a boot can have.
#pragma once

#include "hal/bus/transport.hpp"

namespace transports::dpi {

/// Only guards keep company: with all that is behind them in the batch, which they protect. Bursts become words, so a
/// refused word of a burst leaves the ones before it done (effect unknown of the whole, as over any link).
class SingleAccesses final : public hal::bus::Transport {
public:
    explicit SingleAccesses(hal::bus::Transport& below) : below_(below) {}

    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { below_.wait_until(deadline); }

private:
    hal::bus::Result<void> burst(const hal::bus::Access& access);

    hal::bus::Transport& below_;
};

}  // namespace transports::dpi
