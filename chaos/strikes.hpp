// Which single faults there are: every point of a run, every phase, every fault that can strike there.
#pragma once

#include <vector>

#include "chaos/explore.hpp"

namespace chaos {

/// Which of a fault's targets are tried at each point.
enum class Targets : std::uint8_t {
    all,       ///< Every block: quadratic, for small chips.
    rotating,  ///< The block that is worked on, one of each type in turn, and the first of every cell (explore.hpp).
};

struct Strikes {
    std::vector<Job> jobs;
    std::uint64_t points = 0;   ///< Frames or accesses of the fault-free run.
    std::uint64_t moments = 0;  ///< Before and after each of them, and hardware's own events in waits.
};

/// Single strikes by the faults in `which`, none of them `killed`, on the scenario's fault-free run. A strike at chip
/// level is followed by a second job in which the HAL also dies at some later moment.
Strikes single_strikes(const Scenario& scenario, const std::vector<faults::Fault>& which, Targets targets);

}  // namespace chaos
