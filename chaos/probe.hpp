// A wire that knows every moment at which the process above it may die, and asks somebody about it.
#pragma once

#include <cstdint>

#include "hal/bus/wire.hpp"

namespace chaos {

/// A moment between two things that the chip sees. Dying inside a frame equals one of the two moments around it:
/// before its last request byte nothing was executed, from then on all of it (docs/spi-link.md; tested on every byte).
enum class Phase : std::uint8_t { before, after };

class Boundary {
public:
    /// Number `index` of the run, counted from 0; `bytes` is the size of the frame it belongs to.
    virtual void reached(std::uint32_t index, Phase phase, const std::uint8_t* request, std::size_t bytes) = 0;

protected:
    ~Boundary() = default;
};

/// Two boundaries per transfer: before it (behind any waiting that led there) and after it.
class Probe final : public hal::bus::Wire {
public:
    Probe(hal::bus::Wire& below, Boundary& boundary) : below_(below), boundary_(boundary) {}

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        boundary_.reached(next_++, Phase::before, tx, size);
        const hal::bus::Result<void> done = below_.transfer(tx, rx, size);
        boundary_.reached(next_++, Phase::after, tx, size);
        return done;
    }
    std::size_t max_transfer() const override { return below_.max_transfer(); }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { below_.wait_until(deadline); }

private:
    hal::bus::Wire& below_;
    Boundary& boundary_;
    std::uint32_t next_ = 0;
};

}  // namespace chaos
