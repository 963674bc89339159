#include "hal/registers/bist.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::bist;

namespace {

constexpr std::uint32_t kAtOnce = 16, kRun = r::Command::kIndex;

std::uint32_t count(std::uint32_t bits) {
    std::uint32_t n = 0;
    for (; bits != 0; bits &= bits - 1) ++n;
    return n;
}

bool running(const Chip& chip, Instance i) { return chip.reg<r::TestTimer>(i) != 0; }

std::uint32_t mode(const Chip& chip, Instance i) { return chip.reg<r::Mode>(i); }

// Memories in use lose their contents; a test that is started over leaves them, and its own result, undefined.
void run(Chip& chip, Instance i) {
    const std::uint32_t memories = chip.reg<r::Mask>(i);
    if ((chip.get<r::Owner::Tile>(i) & memories) != 0) chip.violate(i, kRun, "memories tested that the tile uses");
    if (running(chip, i)) chip.violate(i, kRun, "test started while one runs");
    if (count(memories) > kAtOnce) chip.violate(i, kRun, "more memories tested than the supply carries");
    if (chip.traffic_running()) chip.disturb(i, "memories tested under traffic");
    if (chip.reg<r::PassedWith>(i) != mode(chip, i)) chip.set_reg<r::Passed>(i, 0);
    chip.set_reg<r::PassedWith>(i, mode(chip, i));
    chip.set_reg<r::Tested>(i, memories);
    chip.set_reg<r::Passed>(i, chip.reg<r::Passed>(i) & ~memories);
    chip.set<r::Status::Done>(i, 0);
    chip.set<r::Status::Pass>(i, 0);
    chip.set_reg<r::TestTimer>(i, r::Status::kLatencyUs);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::Command::kIndex && (value & r::Command::Run::kMask) != 0) run(chip, i);
    const bool setting = word == r::Mode::kIndex || word == r::Mask::kIndex || word == r::Seed::kIndex ||
                         word == r::Pace::kIndex || word == r::Owner::kIndex;
    if (setting && running(chip, i) && chip.word(i, word) != old) {
        chip.violate(i, word, "setting changed while a test runs");
        chip.set_reg<r::PassedWith>(i, ~mode(chip, i));  // its result is worth nothing
    }
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    const std::uint32_t memories = chip.reg<r::Tested>(i), failed = memories & chip.reg<r::Defects>(i);
    chip.set_reg<r::Failed>(i, failed);
    chip.set_reg<r::Passed>(i, chip.reg<r::Passed>(i) | (memories & ~failed));
    chip.set_reg<r::Signature>(i, (chip.reg<r::Seed>(i) ^ memories) * 0x85EB'CA6Bu ^ chip.reg<r::PassedWith>(i));
    chip.set<r::Status::Done>(i, 1);
    chip.set<r::Status::Pass>(i, failed == 0 ? 1 : 0);
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    return (stored & ~r::Status::Busy::kMask) | (running(chip, i) ? r::Status::Busy::kMask : 0);
}

bool output(const Chip& chip, Instance i) { return chip.get<r::Owner::Tile>(i) != 0; }

/// Memories that work and that the tile may use; none while one that doesn't work is among them.
std::uint64_t memories(const Chip& chip, Instance i) {
    const std::uint32_t used = chip.get<r::Owner::Tile>(i);
    return (used & (~chip.reg<r::Passed>(i) | chip.reg<r::Defects>(i))) == 0 ? used : 0;
}
std::uint64_t algorithm(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<r::PassedWith::Algorithm>(i) : 99;
}
std::uint64_t margin(const Chip& chip, Instance i) { return output(chip, i) ? chip.get<r::PassedWith::Margin>(i) : 99; }
std::uint64_t tolerated(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<r::PassedWith::Tolerated>(i) : 999;
}

constexpr Measure kMeasures[] = {
    {"memories", memories}, {"algorithm", algorithm}, {"margin", margin}, {"tolerated", tolerated}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.output = output;
    b.measures = kMeasures;
    b.unstoppable = true;
    return b;
}

}  // namespace

extern const Behaviour k_bist;
const Behaviour k_bist = make();

}  // namespace transports::model::blocks
