// Fuse box: senses the array with the intended margins, corrects the rails by what it holds, and locks it.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::fuse {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kStrobe, kSettle, kGuardBand, kLocked };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in fuse.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::fuse
