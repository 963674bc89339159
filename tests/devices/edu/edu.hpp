// QEMU's edu: its buffer holds a table from memory, and no interrupt is left behind.
#pragma once

#include "hal/converge/chip.hpp"

namespace tests::devices::edu {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kTable, kBytes };

inline constexpr std::uint32_t kBuffer = 0x40000;  ///< Where its buffer is for its own DMA engine.

/// Mistakes that a plain start doesn't show.
enum class Bug : std::uint8_t {
    none,
    marks_first,  ///< Says that the table is there before the transfer begins.
    keeps_mark,   ///< What an earlier intent's mark says isn't taken back before another table comes.
    cuts_in,      ///< Takes a transfer that still runs for none.
};

/// Pure and total; see hal/converge/driver.hpp.
void decide(const hal::converge::Situation& s, hal::converge::Plan& plan);

/// The device alone as a chip, for the engine.
const hal::converge::Chip& chip(Bug bug = Bug::none);

}  // namespace tests::devices::edu
