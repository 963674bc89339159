// Collective engine: its place in the ring of all engines, buffers, process groups.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::collective {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kRings,
    kAlgorithm,
    kGroups,
    kChunk,
    kBufferBase,
    kBufferSize,
    kCredits,
    kTypes,
    kTimeout
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in collective.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::collective
