// Memory self-test: tests what has not passed yet, once, before the tile gets its memories.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::bist {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kMemories, kAlgorithm, kMargin, kTolerated };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in bist.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::bist
