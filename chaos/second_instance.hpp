// Another live HAL on the same chip. It runs on a thread of its own, but never at the same time as the first: they hand
// each other the turn, so that every interleaving is chosen and can be repeated.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "chaos/scenario.hpp"

namespace chaos {

class SecondInstance final : public Boundary {
public:
    /// Starts it; returns when it has reached moment `stop` or its end (`stop` 0: its end).
    SecondInstance(Rig& rig, const Scenario& scenario, PlanListener& watch, std::uint32_t stop);
    /// Likewise, whatever `run` runs.
    SecondInstance(std::function<Run(Boundary&)> run, std::uint32_t stop);
    ~SecondInstance();

    bool over() const { return over_; }
    /// Lets it run to its end, and answers what came of it.
    const Run& finish();

    bool reached(std::uint32_t index, Moment moment, std::size_t bytes) override;

private:
    const std::uint32_t stop_;
    std::mutex mutex_;
    std::condition_variable turned_;
    bool its_turn_ = true;
    bool over_ = false;
    Run run_;
    std::thread thread_;
};

}  // namespace chaos
