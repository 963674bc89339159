// HBM PHY: calibrates, repairs lanes and trains; keeps a training that was made with the intended configuration.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::hbm_phy {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kDataRateMbps,
    kImpedanceOhm,
    kRepairLane0,
    kRepairLane1,
    kArrivalPs,
    kVrefMv,
    kDriftLimitPs,
    kIdleNs
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in hbm_phy.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::hbm_phy
