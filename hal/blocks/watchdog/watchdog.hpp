// Watchdog: set up, kept fed, and acknowledged after an expiry; never left open.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::watchdog {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kTimeout, kAtHalf, kAtExpiry, kWindowed };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in watchdog.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::watchdog
