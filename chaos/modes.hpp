// Which trials each mode makes. What comes of them is explore()'s.
#pragma once

#include <cstdint>
#include <vector>

#include "chaos/explore.hpp"
#include "chaos/faults/upsets.hpp"

namespace chaos {

/// Every stored bit of the scenario's chip, upset before the first access of a HAL. `stride` n: every n-th bit.
std::vector<Job> upsets(const Scenario& scenario, std::uint32_t stride);

/// Hardware's own events, and resets, while no HAL lives: after a death at each state of the fault-free run.
std::vector<Job> outages(const Scenario& scenario);

/// Two live instances: the second starts at each moment of the first, stops after a few moments or not at all, the
/// first runs on to its end, then the second does.
std::vector<Job> overlaps(const Scenario& scenario);

/// Two faults in one call. All of them, or `sample` of them drawn by `seed`: as many of each two kinds in each order.
std::vector<Job> pairs(const Scenario& scenario, std::uint64_t sample, std::uint64_t seed);

/// Swarm: each plan draws a subset of the faults, then strikes and deaths; the last HAL meets none. `recoverable`: only
/// of the faults after which the very same call has to end as if nothing had been.
std::vector<Job> random_plans(const Scenario& scenario, std::uint64_t runs, std::uint64_t seed,
                              bool recoverable = false);

}  // namespace chaos
