// HBM channel: its address range and queues; enabled and levelled, or mapped out.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::hbm_channel {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kEnabled,
    kCapacityMib,
    kPagePolicy,
    kReadShare,
    kEccLimit,
    kScrubIntervalUs,
    kHotPercent
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in hbm_channel.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::hbm_channel
