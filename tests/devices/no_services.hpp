// What a device has for the engine beside its block: nothing but a register that tells who it is.
#pragma once

#include "hal/converge/chip.hpp"

namespace tests::devices {

/// No traffic to be gated, and no place for verdicts: what is written to a read-only register is lost, and a fresh HAL
/// tries again.
template <typename Identity>
inline constexpr hal::converge::Services kNoServices{
    {Identity::kOffset, Identity::kIndex}, {Identity::kOffset, Identity::kIndex}, 0, 0,
    {Identity::kOffset, Identity::kIndex}, {Identity::kOffset, Identity::kIndex}};

}  // namespace tests::devices
