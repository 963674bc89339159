// Voltage regulator: raises one rail to its voltage and keeps it there.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::vr {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kMillivolts, kTripAmperes };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in vr.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::vr
