// Temperature sensor: converts first, watches then.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::thermo {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kLimit, kRate };

/// Pure and total; see hal/converge/driver.hpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::thermo
