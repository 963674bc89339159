// Tensor engine: configures one systolic array around its defects and starts it gently.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::tensor {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kEnabled,
    kFormats,
    kAccumulateMode,
    kRoundingMode,
    kRoundingIndependent,
    kSaturate,
    kSparsityPattern,
    kWeightBase,
    kWeightLength,
    kDuty,
    kLanes,
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in tensor.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::tensor
