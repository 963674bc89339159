#include "hal/registers/vr.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::vr;

namespace {

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Good>(i) != 0; }

// The rail moves when it is switched or its target changes; a tripped stage stays off until acknowledged.
void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    const bool on = chip.get<r::Ctrl::Enable>(i) != 0 && chip.get<r::Status::Tripped>(i) == 0;
    if (!on) {
        chip.set<r::Status::Good>(i, 0);
        chip.set_reg<r::RampTimer>(i, 0);
        return;
    }
    const bool switched = word == r::Ctrl::kIndex && (old & r::Ctrl::Enable::kMask) == 0;
    const bool moved = word == r::Target::kIndex && chip.reg<r::Target>(i) != old;
    if (!switched && !moved) return;
    chip.set<r::Status::Good>(i, 0);
    chip.set_reg<r::RampTimer>(i, r::Status::kLatencyUs);
}

void expired(Chip& chip, Instance i, std::uint32_t) { chip.set<r::Status::Good>(i, 1); }

std::uint64_t millivolts(const Chip& chip, Instance i) {
    return chip.get<r::Status::Good>(i) == 0 ? 0 : 400 + 5 * chip.get<r::Target::Code>(i);
}
std::uint64_t trip_amperes(const Chip& chip, Instance i) { return chip.get<r::Limits::TripA>(i); }

constexpr Measure kMeasures[] = {{"millivolts", millivolts}, {"trip_amperes", trip_amperes}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.output = output;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_vr;
const Behaviour k_vr = make();

}  // namespace transports::model::blocks
