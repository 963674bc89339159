// Mailbox: sets up the channels shared with the host under their semaphore, and answers what waits without losing it.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::mailbox {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t { kVersion, kWatermark, kChannels, kCredits, kLease, kDoorbells };

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in mailbox.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::mailbox
