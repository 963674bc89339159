// A device as a chip for the engine: one block, and beside it nothing but a register that tells who it is.
#pragma once

#include "hal/converge/chip.hpp"

namespace tests::devices {

/// No traffic to be gated, and no place for verdicts: what is written to a read-only register is lost, and a fresh HAL
/// tries again.
template <typename Identity>
inline constexpr hal::converge::Services kNoServices{
    {Identity::kOffset, Identity::kIndex}, {Identity::kOffset, Identity::kIndex}, 0, 0,
    {Identity::kOffset, Identity::kIndex}, {Identity::kOffset, Identity::kIndex}};

/// Its chip points into it. `identity`: what its identity register reads.
struct LoneBlock {
    LoneBlock(const hal::converge::TypeRow& type, std::uint32_t identity, const hal::converge::Services& services)
        : types{type}, chip{type.name, 1, 1, identity, {types}, {instances}, parents, 1, services} {}
    LoneBlock(const LoneBlock&) = delete;
    LoneBlock& operator=(const LoneBlock&) = delete;

    const hal::converge::TypeRow types[1];
    const hal::converge::InstanceRow instances[1] = {{0, 0, 0, 0, 1, 0, 0}};
    const std::uint16_t parents[1] = {0};
    const hal::converge::Chip chip;
};

}  // namespace tests::devices
