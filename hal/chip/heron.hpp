// Heron: 289 block instances of 28 types at scale 1 (see docs/registers.md); described in heron.rdl, generated.
#pragma once

#include "hal/chip/types.hpp"
#include "hal/converge/chip.hpp"
#include "hal/registers/sysctl.hpp"

namespace hal::chip {

/// Heron at scale numerator/denominator, one of 1/8, 1/4, 1/2, 1, 2, 4; null for any other. Lives for ever.
const converge::Chip* heron(std::uint32_t numerator = 1, std::uint32_t denominator = 1);

/// What sysctl.identity reads at that scale.
constexpr std::uint32_t identity(std::uint32_t numerator, std::uint32_t denominator) {
    using registers::sysctl::Identity;
    return Identity::kReset | (8 * numerator / denominator) << Identity::Eighths::kLsb;
}

extern const converge::Services kServices;

}  // namespace hal::chip
