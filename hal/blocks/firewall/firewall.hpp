// Address firewall: opens exactly the tile's own regions, and locks them once they are proven right.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::firewall {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kWindowBase, kWindowSize, kInitiators, kCodePages, kPeers, kLeaks, kLostRecords };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in firewall.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::firewall
