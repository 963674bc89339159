// What is rehearsed: a chip in some state, and the intent that a fresh HAL has to bring it to.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "chaos/rig.hpp"

namespace chaos {

/// A HAL that may be started: a build, and what it is to bring the chip to.
struct Starter {
    std::string name;  ///< "new"
    HalLibrary hal = HalLibrary::linked();
    std::string intent;
    Intended intended;
    hal::converge::Policy policy;
};

struct Scenario {
    std::string name;
    const hal::converge::Chip* chip = nullptr;
    std::string intent;  ///< The name of `intended`, for programs that are told.
    Intended intended;
    Intended earlier;  ///< What the chip was brought to before, by scenarios that start on a running chip.
    hal::converge::Policy policy;
    bool defers = false;  ///< Some of the intent has to wait for a drain that the policy doesn't allow.
    Path path = Path::spi;
    HalLibrary hal = HalLibrary::linked();  ///< The HAL that is killed and that recovers.
    /// Puts a chip that was just made into the scenario's first state. The same for a part of the chip, whose intents
    /// are shorter.
    std::function<void(Rig&, const Intended& earlier)> prepare;

    std::string starter;  ///< What the scenario's own HAL is called among several.
    /// Further HALs that may be started on the same chip, after the scenario's own, which is the first. Then each one's
    /// reference is what it comes to if it may drain.
    std::vector<Starter> others;
    /// With several: says in words which atomic group a state shows half-applied under traffic; empty if none.
    std::function<std::string(const transports::model::Chip&)> half_applied;
};

/// In the first block of every type, upsets the lowest bit of management's that can be repaired under traffic.
void upset_one_of_each(transports::model::Chip& chip);

struct ScenarioRow {
    const char* name;
    const char* what;
};

/// Every scenario there is, in the order they are listed to users.
const std::vector<ScenarioRow>& scenarios();

/// The scenario of that name at scale numerator/denominator. Throws std::invalid_argument, with a text for
/// users, if there is none.
Scenario make_scenario(const std::string& name, std::uint32_t numerator, std::uint32_t denominator);

}  // namespace chaos
