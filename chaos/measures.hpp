// The hardware against the intent, block by block: what the oracle `delivers` asks about the whole chip.
#pragma once

#include <functional>

#include "chaos/oracles.hpp"

namespace chaos {

/// compare_measures() of those blocks only.
std::optional<Finding> compare_measures_of(const transports::model::Chip& chip, const Intended& intended,
                                           std::uint64_t& compared, std::uint64_t& non_zero,
                                           const std::function<bool(std::uint16_t instance)>& asked);

}  // namespace chaos
