// UCIe link: settings, then start; a link that is coming up or active as intended is left alone.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::ucie {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kWidth, kRateGt, kRepairTx, kRepairRx, kFlitFormat, kReplayDepth, kMemoryFlits, kL1Us };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in ucie.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::ucie
