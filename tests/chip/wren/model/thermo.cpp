#include "hal/registers/thermo.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::thermo;

namespace {

bool armed(const Chip& chip, Instance i) { return chip.get<r::Alarm::Armed>(i) != 0; }
bool valid(const Chip& chip, Instance i) { return chip.get<r::Status::Valid>(i) != 0; }

void start(Chip& chip, Instance i) {
    const bool on = chip.get<r::Ctrl::Enable>(i) != 0 && chip.parents_good(i);
    chip.set<r::Status::Valid>(i, 0);
    chip.set_reg<r::Converting>(i, on ? r::Status::kLatencyUs : 0);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (word == r::Ctrl::kIndex && ((old ^ chip.reg<r::Ctrl>(i)) & r::Ctrl::Enable::kMask) != 0) start(chip, i);
    if (armed(chip, i) && !valid(chip, i)) {
        chip.set<r::Status::Raised>(i, 1);
        chip.violate(i, word, "armed before the first conversion");
    }
}

void expired(Chip& chip, Instance i, std::uint32_t) { chip.set<r::Status::Valid>(i, 1); }

// A rail that falls takes the conversion with it, and the alarm is disarmed with it.
void inputs_changed(Chip& chip, Instance i) {
    chip.set<r::Alarm::Armed>(i, 0);
    start(chip, i);
}

bool befall(Chip& chip, Instance i, Event event) {
    if (event != Event::alarm || !armed(chip, i)) return false;
    chip.set<r::Status::Raised>(i, 1);
    return true;
}

// What is watched: nothing while disarmed or without a conversion.
std::uint64_t limit_c(const Chip& chip, Instance i) {
    return armed(chip, i) && valid(chip, i) ? chip.get<r::Alarm::Code>(i) - 64 : 0;
}
std::uint64_t rate(const Chip& chip, Instance i) { return valid(chip, i) ? chip.get<r::Ctrl::Rate>(i) : 0; }

constexpr Measure kMeasures[] = {{"limit_c", limit_c}, {"rate", rate}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.inputs_changed = inputs_changed;
    b.measures = kMeasures;
    b.befall = befall;
    return b;
}

}  // namespace

extern const Behaviour k_thermo;
const Behaviour k_thermo = make();

}  // namespace transports::model::blocks
