// Was every cell (block type x operation x phase x fault) of a scenario hit? What can't be is waived, by a rule that
// names the test which shows why.
#pragma once

#include <string>
#include <vector>

#include "chaos/explore.hpp"

namespace chaos {

struct Waiver {
    const char* name;
    const char* why;
    const char* test;  ///< Of chaos_test: what it shows makes every cell that the rule takes away unreachable.
};

/// The rules, in the order in which they are applied.
const std::vector<Waiver>& waivers();

struct Coverage {
    std::uint64_t cells = 0;  ///< Of the scenario: hit, waived and missed.
    std::uint64_t hit = 0;    ///< In which a fault struck and was judged.
    std::vector<std::uint64_t> waived = std::vector<std::uint64_t>(waivers().size());
    std::vector<Cell> missed;
    std::uint64_t sent = 0;  ///< Frames or accesses of the fault-free run, as its link counts them.
};

/// Records the scenario's fault-free run anew and holds it against what `tally` has hit. `which`: the faults that were
/// asked for.
Coverage cover(const Scenario& scenario, const std::vector<faults::Fault>& which, const Tally& tally);

/// "block, operation, phase: fault".
std::string text(const hal::converge::Chip& chip, const Cell& cell);

}  // namespace chaos
