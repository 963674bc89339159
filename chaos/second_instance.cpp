#include "chaos/second_instance.hpp"

namespace chaos {

SecondInstance::SecondInstance(Rig& rig, const Scenario& scenario, PlanListener& watch, std::uint32_t stop)
    : SecondInstance([&rig, &scenario, &watch](
                         Boundary& boundary) { return rig.run(scenario.intended, scenario.policy, &boundary, &watch); },
                     stop) {}

SecondInstance::SecondInstance(std::function<Run(Boundary&)> run, std::uint32_t stop)
    : stop_(stop), thread_([this, run = std::move(run)] {
          run_ = run(*this);
          const std::lock_guard<std::mutex> lock(mutex_);
          over_ = true;
          its_turn_ = false;
          turned_.notify_all();
      }) {
    std::unique_lock<std::mutex> lock(mutex_);
    turned_.wait(lock, [this] { return !its_turn_; });
}

SecondInstance::~SecondInstance() {
    finish();
    thread_.join();
}

const Run& SecondInstance::finish() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!over_) {
        its_turn_ = true;
        turned_.notify_all();
        turned_.wait(lock, [this] { return over_; });
    }
    return run_;
}

bool SecondInstance::reached(std::uint32_t index, Moment, std::size_t) {
    if (index != stop_ || stop_ == 0) return true;
    std::unique_lock<std::mutex> lock(mutex_);
    its_turn_ = false;
    turned_.notify_all();
    turned_.wait(lock, [this] { return its_turn_; });
    return true;
}

}  // namespace chaos
