#include "hal/registers/cru.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::cru;

namespace {

constexpr std::uint32_t kClockUs = 5, kResetUs = r::Status::kLatencyUs;

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Released>(i) != 0; }

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Running>(i, 0);
    chip.set<r::Status::Released>(i, 0);
    chip.set_reg<r::ClockTimer>(i, 0);
    chip.set_reg<r::ResetTimer>(i, 0);
}

// A clock starts from a good source; reset ends some time after release, counted in clocks, so not without them.
void follow(Chip& chip, Instance i) {
    const bool clocked =
        chip.get<r::Clock::Enable>(i) != 0 && chip.parents_good(i) && chip.get<r::Clock::Divider>(i) != 0;
    if (!clocked) return stop(chip, i);
    if (chip.get<r::Status::Running>(i) == 0) {
        if (chip.reg<r::ClockTimer>(i) == 0) chip.set_reg<r::ClockTimer>(i, kClockUs);
        return;
    }
    if (chip.get<r::Reset::Release>(i) == 0) {
        chip.set<r::Status::Released>(i, 0);
        chip.set_reg<r::ResetTimer>(i, 0);
    } else if (chip.get<r::Status::Released>(i) == 0 && chip.reg<r::ResetTimer>(i) == 0) {
        chip.set_reg<r::ResetTimer>(i, kResetUs);
    }
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    const bool open = (old & r::Clock::Enable::kMask) != 0 && chip.get<r::Clock::Enable>(i) != 0;
    const bool divider_moved =
        word == r::Clock::kIndex && ((old ^ chip.reg<r::Clock>(i)) & r::Clock::Divider::kMask) != 0;
    // Moving the divider of a running clock makes a glitch: the tile falls into an undefined state.
    if (open && divider_moved) chip.violate(i, word, "divider changed while its clock runs");
    follow(chip, i);
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    if (word == r::ClockTimer::kIndex) chip.set<r::Status::Running>(i, 1);
    if (word == r::ResetTimer::kIndex) chip.set<r::Status::Released>(i, 1);
    follow(chip, i);
}

void inputs_changed(Chip& chip, Instance i) {
    if (!chip.parents_good(i) && chip.get<r::Status::Running>(i) != 0) chip.set<r::Status::Failed>(i, 1);
    follow(chip, i);
}

std::uint64_t divider(const Chip& chip, Instance i) {
    return chip.get<r::Status::Released>(i) == 0 ? 0 : chip.get<r::Clock::Divider>(i);
}

constexpr Measure kMeasures[] = {{"divider", divider}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.inputs_changed = inputs_changed;
    b.output = output;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_cru;
const Behaviour k_cru = make();

}  // namespace transports::model::blocks
