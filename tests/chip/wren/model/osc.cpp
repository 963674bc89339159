#include "hal/registers/osc.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::osc;

namespace {

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Stable>(i) != 0; }
bool runs(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Run>(i) != 0; }

std::uint64_t khz(const Chip& chip, Instance i) {
    const std::uint64_t divider = chip.get<r::Ratio::Divider>(i);
    return divider == 0 ? 0 : 24'000 * chip.get<r::Ratio::Multiplier>(i) / divider;
}

// It gets stable from a good rail and within its range only.
void start(Chip& chip, Instance i) {
    const bool can = runs(chip, i) && chip.parents_good(i) && khz(chip, i) >= 1'000 && khz(chip, i) <= 1'500'000;
    chip.set<r::Status::Stable>(i, 0);
    chip.set_reg<r::Settling>(i, can ? r::Status::kLatencyUs : 0);
}

void lock(Chip& chip, Instance i) { chip.set_reg<r::Lock>(i, 0); }

void key(Chip& chip, Instance i, std::uint32_t value) {
    chip.set_reg<r::Key>(i, 0);
    const bool first = value == 0x5A, second = value == 0xA5 && chip.get<r::Lock::Keys>(i) != 0;
    chip.set<r::Lock::Keys>(i, first ? 1 : 0);
    chip.set<r::Lock::Open>(i, second ? 1 : 0);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::Key::kIndex) return key(chip, i, value);
    lock(chip, i);
    if (word == r::Ratio::kIndex && chip.reg<r::Ratio>(i) != old && runs(chip, i)) {
        chip.violate(i, word, "ratio changed under a running clock");
    }
    if (word == r::Ctrl::kIndex && ((old ^ chip.reg<r::Ctrl>(i)) & r::Ctrl::Run::kMask) != 0) start(chip, i);
}

void expired(Chip& chip, Instance i, std::uint32_t) { chip.set<r::Status::Stable>(i, 1); }

std::uint64_t output_khz(const Chip& chip, Instance i) { return output(chip, i) ? khz(chip, i) : 0; }

constexpr Measure kMeasures[] = {{"output_khz", output_khz}};

bool befall(Chip& chip, Instance i, Event event) {
    if (event != Event::lock_lost || !output(chip, i)) return false;
    start(chip, i);
    return true;
}

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.inputs_changed = start;
    b.claimed = lock;
    b.output = output;
    b.measures = kMeasures;
    b.befall = befall;
    return b;
}

}  // namespace

extern const Behaviour k_osc;
const Behaviour k_osc = make();

}  // namespace transports::model::blocks
