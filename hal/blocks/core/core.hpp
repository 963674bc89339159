// Compute core: powers one island up in order, so that its engines can be reached, or down, if the intent says so.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::core {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kEnabled,
    kClockRatio,
    kCurrentLimit,
    kThrottleSkip,
    kThermalLimit,
    kDroopThreshold,
    kDroopStretch,
    kBootVectorLow,
    kBootVectorHigh,
    kInterruptSeverity,
    kInterruptDelivered,
    kPerfEventBase,
    kMachineChecksKept,
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in core.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::core
