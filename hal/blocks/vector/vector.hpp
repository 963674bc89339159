// Vector engine: gives the lanes their activation function and starts them.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::vector {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kEnabled,
    kLanes,
    kLaneBits,
    kFormats,
    kRoundingMode,
    kExceptionMask,
    kActivation,
    kWindowBase,
    kWindowLength,
    kPriority,
    kPrefetchLines,
    kTimeout,
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in vector.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::vector
