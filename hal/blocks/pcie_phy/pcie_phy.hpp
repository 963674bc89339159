// PCIe PHY: reads the board's straps, then wires, equalises and starts the lanes.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::pcie_phy {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kLanes, kPreset, kHint, kSpreadPpm, kTerminationOhm, kSquelchMv };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in pcie_phy.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::pcie_phy
