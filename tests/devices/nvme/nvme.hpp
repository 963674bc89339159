// An NVMe controller with an admin queue where the intent says.
#pragma once

#include "hal/converge/chip.hpp"

namespace tests::devices::nvme {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kSubmission, kCompletion, kEntries };

/// Mistakes that a plain start doesn't show.
enum class Bug : std::uint8_t {
    none,
    believes_ready,    ///< Ready is ready, with whatever queue.
    programs_enabled,  ///< Gives an enabled controller another queue; it only looks at the registers when enabled.
    compares_half,     ///< The submission queue's address is enough to believe the rest.
};

/// Pure and total; see hal/converge/driver.hpp.
void decide(const hal::converge::Situation& s, hal::converge::Plan& plan);

/// The controller alone as a chip, for the engine.
const hal::converge::Chip& chip(Bug bug = Bug::none);

}  // namespace tests::devices::nvme
