// On-die controller: downloads its firmware, has it verified by the hardware, and only then lets it run.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::odc {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kHeartbeat, kPower, kSlew };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in odc.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::odc
