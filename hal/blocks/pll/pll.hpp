// PLL: brings one loop to its frequency; never reprograms it under traffic.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::pll {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kOutputKhz };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in pll.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::pll
