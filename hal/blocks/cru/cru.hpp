// Clock-reset unit: clocks one tile and releases it from reset.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::cru {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kDivider };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in cru.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::cru
