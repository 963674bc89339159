// Single kills, exhaustively: at every moment of one run a fresh HAL recovers, nested in the dying one's transport;
// then the undo log takes the chip back and the run goes on. No copy, no replay; valid because the HAL keeps no state.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "chaos/closure.hpp"

namespace chaos {

struct SingleResult {
    Reference reference;
    std::uint64_t moments = 0;  ///< Of the run: before and after everything the chip sees, and hardware's own events.
    std::uint64_t points = 0;   ///< Ways to die in them, as in ClosureResult.
    std::uint64_t recoveries =
        0;  ///< Moments whose chip state differs from the moment before: each was recovered from.
    std::uint64_t accesses = 0;
    std::uint64_t worst_accesses = 0;
    double seconds = 0, cpu_seconds = 0;
    std::uint64_t lost = 0;
    std::vector<Loss> losses;  ///< The first few.
};

SingleResult single_kills(const Scenario& scenario, OracleSet oracles,
                          const std::function<void(std::uint64_t moments)>& progress = {});

}  // namespace chaos
