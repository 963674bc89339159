// NoC router: routes of one mesh node, buffers and arbitration of its virtual channels.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::noc_router {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kRouting, kReachable, kBulkShare, kInflight, kStallTimeout };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in noc_router.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::noc_router
