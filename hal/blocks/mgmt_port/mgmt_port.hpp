// Management port: settings of the SPI bridge.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::mgmt_port {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kTimeout, kDrive };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in mgmt_port.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::mgmt_port
