// Scalar engine: sweeps the instruction cache once, starts the control processor, and arms its watchdog last.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::scalar {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kEnabled,
    kProgramBase,
    kProgramLength,
    kCacheWays,
    kWatchdog,
    kWatchdogQuiet,
    kStackTop,
    kStackLength,
    kInterruptSources,
    kDataBase,
    kDataLength,
    kTrapPage,
    kRanked,
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in scalar.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::scalar
