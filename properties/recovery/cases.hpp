// Generators of cases on a stage.
#pragma once

#include <vector>

#include <rapidcheck.h>

#include "properties/recovery/stage.hpp"

namespace properties::recovery {

/// Deaths, then a chip with so many management bits flipped at most, before a HAL that lives.
rc::Gen<Case> any_state(const std::vector<const char*>& scenarios, int flips);
/// Deaths and strikes by these faults in any life.
rc::Gen<Case> any_plan(const std::vector<Stage*>& stages, const std::vector<chaos::faults::Fault>& faults);

/// The faults after which the very same call has to end as if nothing had been.
std::vector<chaos::faults::Fault> recoverable();

}  // namespace properties::recovery
