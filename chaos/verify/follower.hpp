// Follows one run of a HAL from leaf to leaf.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "chaos/judge.hpp"

namespace chaos::verify {

inline constexpr std::uint32_t kNowhere = 0xFFFF'FFFF;  ///< A state that is no leaf.

struct HashKey {
    std::size_t operator()(const transports::model::Hash& h) const { return static_cast<std::size_t>(h.high); }
};
using Members = std::unordered_map<transports::model::Hash, std::uint32_t, HashKey>;

/// A place that a run passes.
struct Passed {
    std::uint32_t leaf, boundary;
    bool outage;
    std::uint64_t accesses, us;  // of the run up to here
    std::uint64_t again;         // of the accesses, those that the next HAL may have to repeat
};

/// Looks up every state that a run passes.
class Follower final : public Boundary {
public:
    Follower(Judge& judge, const Members& members, bool outages)
        : judge_(judge),
          rig_(judge.rig()),
          members_(members),
          outages_(outages),
          accesses_(rig_.chip.monitor.accesses),
          start_ns_(rig_.chip.now()) {}

    bool reached(std::uint32_t index, Moment, std::size_t) override {
        look(index, false);
        if (outages_ && rig_.chip.next_event() != 0) {
            const auto here = rig_.chip.mark();
            rig_.chip.settle();
            look(index, true);
            if (while_dead.empty()) judge_.look_at_conduct(here.monitor, while_dead);
            rig_.chip.roll_back(here);
        }
        return true;
    }

    std::uint64_t moments = 0;
    std::vector<Passed> passed;  // one entry for a state that stays the same
    std::vector<Finding> while_dead;

private:
    void look(std::uint32_t index, bool outage) {
        ++moments;
        const auto member = members_.find(rig_.chip.hash());
        const std::uint32_t leaf = member == members_.end() ? kNowhere : member->second;
        const std::uint64_t accesses = rig_.chip.monitor.accesses - accesses_;
        if (!outage) us_ = (rig_.chip.now() - start_ns_) / 1000;
        if (passed.empty() || passed.back().leaf != leaf) {
            passed.push_back({leaf, index, outage, accesses, us_, judge_.accesses_again()});
        } else {
            passed.back().accesses = accesses;
            passed.back().us = us_;
            passed.back().again = judge_.accesses_again();
        }
    }

    const Judge& judge_;
    Rig& rig_;
    const Members& members_;
    const bool outages_;
    const std::uint64_t accesses_, start_ns_;
    std::uint64_t us_ = 0;
};

}  // namespace chaos::verify
