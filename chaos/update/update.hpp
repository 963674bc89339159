// What is rehearsed: one chip under its workload, an old HAL and a new one, each with its intent, in both directions.
#pragma once

#include "chaos/scenario.hpp"

namespace chaos::update {

/// The two sides of an update. They differ in the build, in the intent, or in both.
struct Update {
    Starter older, newer;
    const hal::converge::Chip* chip = nullptr;
    Path path = Path::spi;
};

/// Which HAL of an update's scenario: each side is there twice, first one that may not drain traffic.
enum Who : std::size_t { kOld, kNew, kOldMayDrain, kNewMayDrain };
inline constexpr std::size_t kWho = 4;

/// The chip under the workload as the old one left it, after the new one was there once; and the four HALs that may be
/// started on it. Throws std::runtime_error if an update without any trouble doesn't even work.
Scenario scenario_of(const Update& update);

}  // namespace chaos::update
