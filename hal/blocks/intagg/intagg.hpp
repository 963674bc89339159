// Interrupt aggregator: routes and enables the tile's events without losing one that already waits.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::intagg {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kLines, kLowBanks, kEdgeBanks, kEvents, kWindow, kVector, kRate, kErrorsKept };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in intagg.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::intagg
