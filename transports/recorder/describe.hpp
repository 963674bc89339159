// What a recording says about itself: whose registers these are, and what the HAL was asked to do.
#pragma once

#include "hal/api/hal.h"
#include "transports/intent/intent.hpp"
#include "transports/names/chip_names.hpp"
#include "transports/recorder/writer.hpp"

namespace transports::recorder {

/// One bus, the chip's register map, and the intent and policy of the HAL that is recorded, so that it can be run
/// again. `source` says who recorded ("halctl"), `scenario` what ("boot", or empty).
Description describe(const names::ChipNames& names, const std::string& bus, const std::string& source,
                     const std::string& scenario, const std::string& intent_name, const intent::Intended& intended,
                     const hal_policy& policy);

}  // namespace transports::recorder
