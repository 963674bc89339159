// One block of Heron and all that it depends on, as a chip: small enough to explore many times in a test.
#pragma once

#include "chaos/cluster.hpp"
#include "hal/chip/heron.hpp"

namespace chaos {

class SmallScenario {
public:
    explicit SmallScenario(hal::chip::Type type, Path path = Path::spi)
        : cluster_(*hal::chip::heron(1, 8), last(type)) {
        scenario.name = "part of a boot";
        scenario.chip = &cluster_.chip();
        scenario.intended = cluster_.part_of(initial_intended(*hal::chip::heron(1, 8)));
        scenario.hal = HalLibrary::direct();
        scenario.path = path;
        scenario.prepare = [](Rig&, const Intended&) {};
    }
    SmallScenario(const SmallScenario&) = delete;
    SmallScenario& operator=(const SmallScenario&) = delete;

    Scenario scenario;

private:
    static std::uint16_t last(hal::chip::Type type) {
        const auto& chip = *hal::chip::heron(1, 8);
        std::uint16_t found = 0;
        for (std::uint16_t i = 0; i < chip.instances.size(); ++i) {
            if (chip.instances[i].type == static_cast<std::uint8_t>(type)) found = i;
        }
        return found;
    }

    const Cluster cluster_;
};

}  // namespace chaos
