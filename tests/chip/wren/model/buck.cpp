#include "hal/registers/buck.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::buck;

namespace {

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Good>(i) != 0; }

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (word != r::Ctrl::kIndex || ((old ^ chip.reg<r::Ctrl>(i)) & r::Ctrl::Enable::kMask) == 0) return;
    chip.set<r::Status::Good>(i, 0);
    chip.set_reg<r::SoftStart>(i, chip.get<r::Ctrl::Enable>(i) != 0 ? r::Status::kLatencyUs : 0);
}

void expired(Chip& chip, Instance i, std::uint32_t) { chip.set<r::Status::Good>(i, 1); }

std::uint64_t millivolts(const Chip& chip, Instance i) {
    return output(chip, i) ? 500 + 10 * chip.get<r::Target::Code>(i) : 0;
}
std::uint64_t forced(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Forced>(i); }

constexpr Measure kMeasures[] = {{"forced", forced}, {"millivolts", millivolts}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.output = output;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_buck;
const Behaviour k_buck = make();

}  // namespace transports::model::blocks
