#include "hal/registers/pll.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::pll;

namespace {

constexpr std::uint64_t kReferenceKhz = 100'000;

bool output(const Chip& chip, Instance i) {
    return chip.get<r::Status::Locked>(i) != 0 && chip.get<r::Ctrl::Bypass>(i) == 0;
}

std::uint64_t programmed_khz(const Chip& chip, Instance i) {
    const std::uint64_t divisor = std::uint64_t{chip.get<r::Divider::Reference>(i)} * chip.get<r::Divider::Output>(i);
    return divisor == 0 ? 0 : kReferenceKhz * chip.get<r::Divider::Feedback>(i) / divisor;
}

// Locks only from a good supply and within the oscillator's range.
void start(Chip& chip, Instance i) {
    const std::uint64_t khz = programmed_khz(chip, i);
    const bool can = chip.parents_good(i) && khz >= 8'000 && khz <= 4'000'000;
    chip.set_reg<r::LockTimer>(i, can ? r::Status::kLatencyUs : 0);
}

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Locked>(i, 0);
    chip.set_reg<r::LockTimer>(i, 0);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (word != r::Ctrl::kIndex) return;
    const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
    if (!was && is) start(chip, i);
    if (was && !is) stop(chip, i);
}

void expired(Chip& chip, Instance i, std::uint32_t) { chip.set<r::Status::Locked>(i, 1); }

void inputs_changed(Chip& chip, Instance i) {
    const bool good = chip.parents_good(i);
    chip.set<r::Status::SupplyGood>(i, good ? 1 : 0);
    if (good) {
        if (chip.get<r::Ctrl::Enable>(i) != 0) start(chip, i);
        return;
    }
    if (chip.get<r::Status::Locked>(i) != 0) chip.set<r::Status::Lost>(i, 1);
    stop(chip, i);
}

std::uint64_t output_khz(const Chip& chip, Instance i) {
    if (chip.get<r::Ctrl::Bypass>(i) != 0) return kReferenceKhz;
    return chip.get<r::Status::Locked>(i) == 0 ? 0 : programmed_khz(chip, i);
}

constexpr Measure kMeasures[] = {{"output_khz", output_khz}};

// The loop slips and settles again; `locked` falls meanwhile.
bool befall(Chip& chip, Instance i, Event event) {
    if (event != Event::lock_lost || chip.get<r::Status::Locked>(i) == 0) return false;
    chip.set<r::Status::Locked>(i, 0);
    chip.set<r::Status::Lost>(i, 1);
    start(chip, i);
    return true;
}

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.inputs_changed = inputs_changed;
    b.output = output;
    b.measures = kMeasures;
    b.befall = befall;
    return b;
}

}  // namespace

extern const Behaviour k_pll;
const Behaviour k_pll = make();

}  // namespace transports::model::blocks
