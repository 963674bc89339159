// General-purpose SIMD engine: tables first, then semaphores, then the sub-cores that don't run yet.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::gpsimd {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kEnabled,
    kSubCores,
    kStackLimit,
    kSemaphores,
    kOperations,
    kFirmwareVersion,
    kLibraryBase,
    kLibraryLength,
    kSlice,
    kCredits,
    kHostInterrupts,
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in gpsimd.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::gpsimd
