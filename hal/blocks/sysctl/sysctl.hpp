// System controller: identity and alarm limits; its traffic gate and verdicts belong to the engine.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::sysctl {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kAlarmMask, kThermalLimit };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in sysctl.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::sysctl
