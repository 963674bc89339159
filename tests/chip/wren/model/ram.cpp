#include "hal/registers/ram.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::ram;

namespace {

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Filled>(i) != 0; }

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    const bool busy = chip.get<r::Status::Busy>(i) != 0;
    if (word == r::Mode::kIndex && chip.reg<r::Mode>(i) != old) {
        if (busy) chip.violate(i, word, "mode changed while filling");
        chip.set<r::Status::Filled>(i, 0);
    }
    if (word != r::Fill::kIndex || (value & r::Fill::Start::kMask) == 0) return;
    if (busy) return chip.violate(i, word, "a second fill while the first runs");
    chip.set<r::Status::Filled>(i, 0);
    chip.set<r::Status::Busy>(i, 1);
    chip.set_reg<r::Filling>(i, r::Status::kLatencyUs);
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    chip.set<r::Status::Busy>(i, 0);
    chip.set<r::Status::Filled>(i, 1);
}

// What an unfilled bank does is neither: 2 is no intent's.
std::uint64_t ecc(const Chip& chip, Instance i) { return output(chip, i) ? chip.get<r::Mode::Ecc>(i) : 2; }
std::uint64_t threshold(const Chip& chip, Instance i) { return chip.get<r::Threshold::Errors>(i); }

constexpr Measure kMeasures[] = {{"ecc", ecc}, {"threshold", threshold}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.output = output;
    b.measures = kMeasures;
    b.unstoppable = true;
    return b;
}

}  // namespace

extern const Behaviour k_ram;
const Behaviour k_ram = make();

}  // namespace transports::model::blocks
