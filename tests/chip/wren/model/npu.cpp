#include "hal/registers/npu.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::npu;

namespace {

bool enabled(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Enable>(i) != 0; }
bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Ready>(i) != 0; }
bool unused(const Chip& chip, Instance i) { return !enabled(chip, i); }

void start(Chip& chip, Instance i) {
    chip.set<r::Status::Ready>(i, 0);
    chip.set_reg<r::Starting>(i, enabled(chip, i) && chip.parents_good(i) ? r::Status::kLatencyUs : 0);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::Ctrl::kIndex && ((old ^ chip.reg<r::Ctrl>(i)) & r::Ctrl::Enable::kMask) != 0) start(chip, i);
    if (word != r::Command::kIndex || (value & r::Command::Commit::kMask) == 0) return;
    if (enabled(chip, i)) return chip.violate(i, word, "window taken over by a running engine");
    chip.set_reg<r::WindowLow>(i, chip.reg<r::StagedLow>(i));
    chip.set_reg<r::WindowHigh>(i, chip.reg<r::StagedHigh>(i));
}

void expired(Chip& chip, Instance i, std::uint32_t) { chip.set<r::Status::Ready>(i, 1); }

void host_writes(Chip& chip, Instance i, std::uint32_t phase) { chip.set<r::Ring::Tail>(i, phase); }

std::uint64_t is_enabled(const Chip& chip, Instance i) { return enabled(chip, i) ? 1 : 0; }

// The first MiB that a job of an engine at work reaches.
std::uint64_t window_mib(const Chip& chip, Instance i) {
    const std::uint64_t base = std::uint64_t{chip.reg<r::WindowHigh>(i)} << 32 | chip.reg<r::WindowLow>(i);
    return output(chip, i) ? base / (1024 * 1024) : 0;
}

constexpr Measure kMeasures[] = {{"enabled", is_enabled}, {"window_mib", window_mib}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.inputs_changed = start;
    b.output = output;
    b.unused = unused;
    b.host_writes = host_writes;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_npu;
const Behaviour k_npu = make();

}  // namespace transports::model::blocks
