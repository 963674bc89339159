#include "hal/registers/pcie_phy.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::pcie_phy;

namespace {

constexpr std::uint32_t kLaneCount = 16;

/// The board wires every second port in reverse.
bool wired_in_reverse(const Chip& chip, Instance i) { return chip.layout().chip.instances[i].index % 2 == 1; }

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Ready>(i) != 0; }

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Ready>(i, 0);
    chip.set_reg<r::LockTimer>(i, 0);
}

// The PLL starts only over sampled straps: they select its reference.
void follow(Chip& chip, Instance i) {
    const bool powered = chip.get<r::Ctrl::Power>(i) != 0;
    if (!powered) chip.set_reg<r::Straps>(i, 0);
    if (!powered || chip.get<r::Ctrl::Run>(i) == 0 || chip.get<r::Straps::Sampled>(i) == 0) return stop(chip, i);
    if (chip.get<r::Status::Ready>(i) != 0 || chip.reg<r::LockTimer>(i) != 0) return;
    chip.set_reg<r::LockTimer>(i, r::Status::kLatencyUs);
}

void sample(Chip& chip, Instance i, std::uint32_t word) {
    if (chip.get<r::Ctrl::Power>(i) == 0) return;
    if (chip.get<r::Ctrl::Run>(i) != 0) chip.violate(i, word, "straps sampled while the lanes run");
    chip.set<r::Straps::Sampled>(i, 1);
    chip.set<r::Straps::Reversed>(i, wired_in_reverse(chip, i) ? 1 : 0);
    chip.set<r::Straps::CommonClock>(i, 1);
    chip.set<r::Straps::Wired>(i, kLaneCount);
    chip.set<r::Straps::Parity>(i, 0);
    std::uint32_t parity = 0;
    for (std::uint32_t bits = chip.reg<r::Straps>(i); bits != 0; bits >>= 1) parity ^= bits & 1;
    chip.set<r::Straps::Parity>(i, parity);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::StrapCommand::kIndex && (value & r::StrapCommand::Sample::kMask) != 0) sample(chip, i, word);
    const bool mux = word >= r::Mux::kIndex && word < r::Mux::kIndex + r::Mux::kCount * r::Mux::kIndexStride;
    if (mux && chip.word(i, word) != old && chip.get<r::Ctrl::Run>(i) != 0) {
        chip.violate(i, word, "lanes switched while they run");
    }
    if (word == r::Ctrl::kIndex) follow(chip, i);
}

void expired(Chip& chip, Instance i, std::uint32_t) { chip.set<r::Status::Ready>(i, 1); }

// A powered PHY whose straps weren't sampled shows the board's pull-up on the ready line; the countdown tells whether
// the PLL is locking.
std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    const bool floating = chip.get<r::Ctrl::Power>(i) != 0 && chip.get<r::Straps::Sampled>(i) == 0;
    const bool locking = chip.reg<r::LockTimer>(i) != 0;
    return (stored & ~r::Status::Locking::kMask) | (floating ? r::Status::Ready::kMask : 0) |
           (locking ? r::Status::Locking::kMask : 0);
}

// --- measures

std::uint32_t physical(const Chip& chip, Instance i, std::uint32_t logical) {
    return (chip.reg<r::Mux>(i, logical / 4) >> (logical % 4 * 8)) & 0xF;
}

// Logical lanes that run and arrive at the connector's lane of the same number, counted up to the first that doesn't.
std::uint64_t lanes(const Chip& chip, Instance i) {
    if (!output(chip, i)) return 0;
    const std::uint32_t used = chip.get<r::Lanes::Used>(i);
    std::uint32_t lane = 0;
    for (; lane < kLaneCount && (used >> lane & 1) != 0; ++lane) {
        const std::uint32_t pin = physical(chip, i, lane);
        if ((wired_in_reverse(chip, i) ? kLaneCount - 1 - pin : pin) != lane) break;
    }
    return (used >> lane) == 0 ? lane : 0;
}

// What all lanes are set to, if their cursors undo the loss of the board.
std::uint64_t preset(const Chip& chip, Instance i) {
    constexpr std::uint32_t kLoss[kLaneCount] = {27, 26, 25, 24, 23, 22, 21, 20, 20, 21, 22, 23, 24, 25, 26, 27};
    for (std::uint32_t k = 0; k < kLaneCount; ++k) {
        if (chip.get<r::Eq::Preset>(i, k) != chip.get<r::Eq::Preset>(i, 0)) return 255;
        if (chip.get<r::Eq::Postcursor>(i, k) != kLoss[k] || chip.get<r::Eq::HalfSwing>(i, k) != 0) return 255;
        if (chip.get<r::Eq::Precursor>(i, k) != kLoss[k] / 2) return 255;
    }
    return chip.get<r::Eq::Preset>(i, 0);
}

std::uint64_t hint(const Chip& chip, Instance i) {
    for (std::uint32_t k = 1; k < kLaneCount; ++k) {
        if (chip.get<r::Eq::Hint>(i, k) != chip.get<r::Eq::Hint>(i, 0)) return 255;
    }
    return chip.get<r::Eq::Hint>(i, 0);
}

std::uint64_t spread_ppm(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<r::Pll::SpreadPpm>(i) : 0xFFFF;
}
std::uint64_t termination_ohm(const Chip& chip, Instance i) {
    return chip.get<r::Termination::Coupled>(i) == 0 ? 0 : chip.get<r::Termination::Ohm>(i);
}
std::uint64_t squelch_mv(const Chip& chip, Instance i) { return chip.get<r::Squelch::LimitMv>(i); }

constexpr Measure kMeasures[] = {
    {"lanes", lanes},
    {"preset", preset},
    {"hint", hint},
    {"spread_ppm", spread_ppm},
    {"termination_ohm", termination_ohm},
    {"squelch_mv", squelch_mv},
};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.output = output;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_pcie_phy;
const Behaviour k_pcie_phy = make();

}  // namespace transports::model::blocks
