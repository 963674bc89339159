// Lets one HAL's strikes happen: stands at its boundary, and at the chip's register bus.
#pragma once

#include <functional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "chaos/faults/plan.hpp"

namespace chaos::faults {

/// What a fault leaves behind in the chip's register bus, for as long as the chip keeps its supply.
class Ailments final : public transports::model::WriteFilter {
public:
    bool ignores(std::uint32_t address) override;
    /// The `skip`-th word from now on is ignored, once.
    void ignore_one(std::uint32_t skip) { left_ = skip + 1; }
    /// What the process has not written isn't ignored any more: was there something?
    bool forget_write() { return std::exchange(left_, 0) != 0; }
    void kill_register(std::uint32_t address) { dead_.insert(address); }
    /// Words that were ignored so far.
    std::uint64_t ignored() const { return ignored_; }
    bool lasting() const { return !dead_.empty(); }
    void heal() { *this = Ailments(); }

private:
    std::uint32_t left_ = 0;
    std::unordered_set<std::uint32_t> dead_;
    std::uint64_t ignored_ = 0;
};

class Injector final : public Boundary {
public:
    /// All arguments must outlive it.
    Injector(Rig& rig, const Life& life, Ailments& ailments) : rig_(rig), life_(life), ailments_(ailments) {}

    /// Called right before a strike takes effect.
    std::function<void(const Strike&)> before_strike;
    /// Called at every moment, behind what strikes there.
    std::function<void(std::uint32_t index, Moment moment)> at_moment;
    /// Runs another instance for so many moments; may be called once. Empty: overlapped doesn't fire.
    std::function<void(std::uint32_t moments)> second_instance;

    bool reached(std::uint32_t index, Moment moment, std::size_t bytes) override;
    Fate fate(const Sent& sent) override;

    bool dead() const { return dead_; }
    /// How many of the life's strikes have taken effect.
    std::size_t fired() const { return fired_; }
    std::uint32_t moments() const { return moments_; }
    /// How often the strikes themselves disturbed traffic: what failed, and what nobody fed while the process stood
    /// still.
    std::uint32_t disturbances() const { return disturbances_; }

private:
    bool strike_now(const Strike& strike);

    Rig& rig_;
    const Life& life_;
    Ailments& ailments_;
    std::size_t next_ = 0;  // strike that has not been looked at
    std::size_t fired_ = 0;
    std::uint32_t moments_ = 0;
    std::uint32_t disturbances_ = 0;
    const Strike* on_the_way_ = nullptr;  // strikes what is sent now
    const Row* outage_ = nullptr;
    std::uint32_t outage_left_ = 0;
    bool dead_ = false;
};

}  // namespace chaos::faults
