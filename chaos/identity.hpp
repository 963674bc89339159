// What a certificate is about, named so that nothing else can be taken for it: the HAL that is killed and recovers, its
// intent, the registers of the chip and the model that stands for the chip. All are SHA-256, in hex.
#pragma once

#include <string>
#include <vector>

#include "chaos/scenario.hpp"

namespace chaos {

/// Of libhal.a and of the model's library that this program was linked with.
extern const char* const kLinkedHal;
extern const char* const kLinkedModel;

/// One of the HALs that may be started.
struct StarterIdentity {
    std::string name;         ///< "" where there is only one.
    std::string hal;          ///< libhal.a, or the libhal.so that was loaded.
    std::string intent;       ///< Values, groups and firmware.
    std::string intent_name;  ///< As its author calls it.
    bool drain = false;       ///< It may drain traffic.
};

struct Identity {
    std::vector<StarterIdentity> starters;
    std::string rdl;    ///< Instances, dependencies and what every access to every bit does.
    std::string model;  ///< The rest of the chip's behaviour.
};

Identity identity_of(const Scenario& scenario, const transports::model::Layout& layout);

}  // namespace chaos
