// Atomic groups of an intent: all of one change together, or none of it does.
#pragma once

#include <functional>
#include <string>

#include "chaos/update/update.hpp"

namespace chaos::update {

/// Looks at the management fields in which `before` and `after`, the chip as intended by the old and by the new side,
/// differ. Says of a chip under traffic which group shows some of both; empty if none. Groups that can change under
/// traffic, one block after the other, are left out: deferring is all that their intents ask for.
std::function<std::string(const transports::model::Chip&)> half_applied(const Update& update,
                                                                        const transports::model::Layout& layout,
                                                                        const transports::model::Snapshot& before,
                                                                        const transports::model::Snapshot& after);

}  // namespace chaos::update
