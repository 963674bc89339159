// A link that disturbs: now and then something befalls a frame or an access on its way between machine and chip.
#pragma once

#include <random>

#include "chaos/probe.hpp"
#include "chaos/rig.hpp"

namespace chaos::rehearsal {

/// Strikes with whatever the contract (docs/faults.md) says a HAL recovers from in the same call, one in kOneIn.
class Noise final : public Boundary {
public:
    static constexpr std::uint64_t kOneIn = 8;

    Noise(Path path, std::uint64_t seed);
    bool reached(std::uint32_t, Moment, std::size_t) override { return true; }
    Fate fate(const Sent& sent) override;

    /// Frames and accesses that were struck so far.
    std::uint64_t struck() const { return struck_; }

private:
    const Path path_;
    std::mt19937_64 random_;
    std::uint64_t struck_ = 0;
};

}  // namespace chaos::rehearsal
