#include "hal/registers/hub.hpp"

#include "transports/model/chip.hpp"
#include "transports/model/traffic.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::hub;

namespace {

void written(Chip& chip, Instance, std::uint32_t word, std::uint32_t, std::uint32_t) {
    if (word == r::Gate::kIndex) gate_moved(chip);
}

// A reset shuts the gate; whether traffic runs is not the block's to forget.
void inputs_changed(Chip& chip, Instance) {
    chip.show_traffic();
    gate_moved(chip);
}

std::uint64_t wake_sources(const Chip& chip, Instance i) { return chip.get<r::Wake::Sources>(i); }

constexpr Measure kMeasures[] = {{"wake_sources", wake_sources}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.inputs_changed = inputs_changed;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_hub;
const Behaviour k_hub = make();

}  // namespace transports::model::blocks
