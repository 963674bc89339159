// Heron: 289 block instances of 28 types at scale 1 (see docs/registers.md); described in heron.rdl, generated.
#pragma once

#include "hal/chip/types.hpp"
#include "hal/converge/chip.hpp"

namespace hal::chip {

/// Heron at scale numerator/denominator, one of 1/8, 1/4, 1/2, 1, 2, 4; null for any other. Lives for ever.
const converge::Chip* heron(std::uint32_t numerator = 1, std::uint32_t denominator = 1);

extern const converge::Services kServices;

}  // namespace hal::chip
