// Single kills, exhaustively: at every moment of one run a fresh HAL recovers, nested in the dying one's transport;
// then the undo log takes the chip back and the run goes on. No copy, no replay; valid because the HAL keeps no state.
#pragma once

#include <cstdint>
#include <functional>

#include "chaos/explore.hpp"

namespace chaos {

struct SingleResult {
    Reference reference;
    std::uint64_t moments = 0;  ///< Of the run: before and after everything the chip sees, and hardware's own events.
    std::uint64_t points = 0;   ///< Ways to die in them, as in ClosureResult.
    Tally tally;                ///< One run per moment whose chip state differs from that of the moment before.
};

SingleResult single_kills(const Scenario& scenario, OracleSet oracles,
                          const std::function<void(std::uint64_t moments)>& progress = {});

}  // namespace chaos
