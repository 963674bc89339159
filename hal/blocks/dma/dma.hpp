// DMA engine: rings, bursts, translation and bandwidth of one engine; quiesces it before its geometry moves.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::dma {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kBandwidth,
    kBurstBeats,
    kRingBase,
    kRingEntries,
    kContext,
    kPageLog2,
    kPriority,
    kRetries,
    kTimeout
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in dma.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::dma
