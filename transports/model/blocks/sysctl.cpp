#include "hal/registers/sysctl.hpp"

#include "transports/model/chip.hpp"
#include "transports/model/traffic.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::sysctl;

namespace {

void written(Chip& chip, Instance, std::uint32_t word, std::uint32_t, std::uint32_t) {
    if (word == r::Traffic::kIndex) gate_moved(chip);
}

// A reset shuts the gate; whether traffic runs is not the block's to forget.
void inputs_changed(Chip& chip, Instance) {
    chip.show_traffic();
    gate_moved(chip);
}

void cold(Chip& chip, Instance i) {
    const hal::converge::Chip& heron = chip.layout().chip;
    chip.set<r::Identity::Eighths>(i, 8 * heron.scale_numerator / heron.scale_denominator);
}

std::uint64_t thermal_limit(const Chip& chip, Instance i) { return chip.get<r::Alarm::LimitC>(i); }
std::uint64_t alarm_mask(const Chip& chip, Instance i) { return chip.get<r::Alarm::Mask>(i); }

constexpr Measure kMeasures[] = {{"alarm_mask", alarm_mask}, {"thermal_limit_c", thermal_limit}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.inputs_changed = inputs_changed;
    b.cold = cold;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_sysctl;
const Behaviour k_sysctl = make();

}  // namespace transports::model::blocks
