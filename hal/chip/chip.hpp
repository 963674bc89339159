// The chip that this library is for: its RDL is data, generated.
#pragma once

#include "hal/converge/chip.hpp"

namespace hal::chip {

/// That chip at scale numerator/denominator, one of 1/8, 1/4, 1/2, 1, 2, 4; null if it doesn't exist at it. Lives for
/// ever.
const converge::Chip* at_scale(std::uint32_t numerator = 1, std::uint32_t denominator = 1);

}  // namespace hal::chip
