// SST25VF016B: its first bytes hold what the intent says, and nobody can write to it by accident.
#pragma once

#include "hal/converge/chip.hpp"

namespace tests::devices::flash {

inline constexpr std::uint32_t kWords = 3;  ///< Of the intent, and of what it is about.

/// Mistakes that a plain start doesn't show.
enum class Bug : std::uint8_t {
    none,
    never_erases,    ///< Programs over what is there.
    keeps_enabled,   ///< Disables writing behind its own, but not what a dead HAL has enabled.
    compares_first,  ///< The first word is enough to believe the rest.
};

/// Pure and total; see hal/converge/driver.hpp.
void decide(const hal::converge::Situation& s, hal::converge::Plan& plan);

/// The flash alone as a chip, for the engine.
const hal::converge::Chip& chip(Bug bug = Bug::none);

}  // namespace tests::devices::flash
