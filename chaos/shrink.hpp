// Makes a failing plan small: fewest faults, earliest moments, the smallest chip that still fails in the same way.
#pragma once

#include <string>

#include "chaos/trial.hpp"

namespace chaos {

/// In which way a trial failed: its oracles and the types of block they name, sorted. Empty if it didn't fail.
std::string signature(const Trial& trial);

struct Shrunk {
    faults::Plan plan;
    Trial trial;
    std::string signature;
    std::string scale;  ///< "1/8"; empty: the scenario's own.
    std::uint64_t tried = 0;
};

/// Tries at most `budget` plans. A plan that doesn't fail stays as it is, with an empty signature.
Shrunk shrink(const Scenario& scenario, const faults::Plan& plan, std::uint64_t budget);

}  // namespace chaos
