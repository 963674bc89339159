// PVT sensor: calibrates it, sets its limits, and only then lets it raise alarms.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::pvt {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kPeriod, kAverage, kHigh, kLow, kHighMv, kLowMv, kAlarms };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in pvt.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::pvt
