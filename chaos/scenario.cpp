#include "chaos/scenario.hpp"

#include <stdexcept>

#include "hal/chip/heron.hpp"
#include "transports/intent/intent.hpp"

namespace chaos {

const std::vector<ScenarioRow>& scenarios() {
    static const std::vector<ScenarioRow> rows = {
        {"boot", "from cold reset to the training configuration, traffic admitted"},
        {"resume", "a converged chip under running traffic: one look, nothing to do"},
        {"update", "from training to inference under running traffic, which is drained first"},
        {"degraded", "from cold reset to a product with a core and a memory channel switched off"},
    };
    return rows;
}

Scenario make_scenario(const std::string& name, std::uint32_t numerator, std::uint32_t denominator) {
    Scenario scenario;
    scenario.name = name;
    scenario.chip = hal::chip::heron(numerator, denominator);
    if (scenario.chip == nullptr) {
        throw std::invalid_argument("no Heron at scale " + std::to_string(numerator) + "/" +
                                    std::to_string(denominator) + "; use 1/8, 1/4, 1/2, 1, 2 or 4");
    }
    scenario.intended = transports::intent::load("training", {sizeof(hal_chip), numerator, denominator}).intended;
    if (name == "boot") {
        scenario.prepare = [](Rig&) {};
        return scenario;
    }
    if (name == "degraded") {
        scenario.intended = transports::intent::load("degraded", {sizeof(hal_chip), numerator, denominator}).intended;
        scenario.prepare = [](Rig&) {};
        return scenario;
    }
    if (name == "update") {
        scenario.prepare = [training = scenario.intended](Rig& rig) {
            rig.run(training, {});
            rig.chip.advance(10'000);
        };
        scenario.intended = transports::intent::load("inference", {sizeof(hal_chip), numerator, denominator}).intended;
        scenario.policy.drain = true;
        return scenario;
    }
    if (name == "resume") {
        scenario.prepare = [intended = scenario.intended](Rig& rig) {
            rig.run(intended, {});
            rig.chip.advance(10'000);  // traffic has started and passed through every phase
        };
        return scenario;
    }
    std::string known;
    for (const ScenarioRow& row : scenarios()) known += std::string(known.empty() ? "" : ", ") + row.name;
    throw std::invalid_argument("no scenario '" + name + "'; use one of " + known);
}

}  // namespace chaos
