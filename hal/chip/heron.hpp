// Heron: 289 block instances of 28 types at scale 1 (see docs/registers.md); described in heron.rdl, generated.
#pragma once

#include "hal/chip/chip.hpp"
#include "hal/chip/types.hpp"

namespace hal::chip {

/// For who relies on its being Heron.
inline const converge::Chip* heron(std::uint32_t numerator = 1, std::uint32_t denominator = 1) {
    return at_scale(numerator, denominator);
}

}  // namespace hal::chip
