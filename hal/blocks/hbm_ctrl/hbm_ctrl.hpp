// HBM stack controller: timings for the data rate, address map, initialisation, mode registers, then the data path.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::hbm_ctrl {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kDataRateMbps,
    kInterleaveShift,
    kEccMode,
    kRefreshPerBank,
    kPostponedRefreshes,
    kTerminationDivisor,
    kScrubHours,
    kPowerDownClocks
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in hbm_ctrl.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::hbm_ctrl
