#include "hal/registers/fuse.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::fuse;

namespace {

constexpr std::uint32_t kSerialLow = 0x5A17'0C42, kSerialHigh = 0x0004'2019;
constexpr std::uint32_t kWeakestNs = 20;  // weak fuses need a strobe this wide

/// Bits of the array that nobody measured one by one: a fixed mix of the serial number and the row.
std::uint32_t row(std::uint32_t number) {
    std::uint32_t x = kSerialLow ^ (number * 0x9E37'79B9u);
    x = (x ^ (x >> 16)) * 0x85EB'CA6Bu;
    return x ^ (x >> 13);
}

std::uint32_t lane_repair(std::uint32_t phy) {
    using Lane = r::LaneRepair;
    if (phy % 4 == 0) return 0;  // no defect
    const std::uint32_t first = row(phy) % 72, second = (first + 1 + row(phy + 16) % 71) % 72;
    std::uint32_t word = Lane::First::kMask | first << Lane::FirstLane::kLsb;
    if (phy % 4 == 3) word |= Lane::Second::kMask | second << Lane::SecondLane::kLsb;
    return word;
}

std::uint32_t rail_trim(std::uint32_t rail) { return 20 + row(rail + 32) % 24; }

/// What sensing brings into the shadows, word by word.
template <typename F>
void each_shadow(const Chip& chip, Instance i, F f) {
    f(r::SerialLow::kIndex, kSerialLow);
    f(r::SerialHigh::kIndex, kSerialHigh);
    f(r::Cores::kIndex, chip.reg<r::Array>(i));
    f(r::Sort::kIndex, 2u << r::Sort::Leakage::kLsb);
    for (std::uint32_t k = 0; k < r::LaneRepair::kCount; ++k) f(r::LaneRepair::kIndex + k, lane_repair(k));
    for (std::uint32_t k = 0; k < r::RailTrim::kCount; ++k) f(r::RailTrim::kIndex + k, rail_trim(k));
}

bool intact(const Chip& chip, Instance i) {
    bool same = true;
    each_shadow(chip, i, [&](std::uint32_t word, std::uint32_t value) { same &= chip.word(i, word) == value; });
    return same;
}

bool good(const Chip& chip, Instance i) {
    return chip.get<r::Status::Loaded>(i) != 0 && chip.get<r::Status::CrcGood>(i) != 0;
}

// The shadows feed every trim and mask of the running chip: they must not vanish under traffic.
void sense(Chip& chip, Instance i) {
    if (chip.traffic_running()) chip.disturb(i, "fuses sensed under traffic");
    each_shadow(chip, i, [&](std::uint32_t word, std::uint32_t) { chip.set_word(i, word, 0); });
    chip.set<r::Status::Loaded>(i, 0);
    chip.set<r::Status::CrcGood>(i, 0);
    chip.set_reg<r::SensedWith>(i, chip.reg<r::Timing>(i));
    chip.set_reg<r::SenseTimer>(i, r::Status::kLatencyUs);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    const bool sensing = chip.reg<r::SenseTimer>(i) != 0;
    if (word == r::Command::kIndex && (value & r::Command::Sense::kMask) != 0) {
        if (sensing) chip.violate(i, word, "sensing started while sensing");
        sense(chip, i);
    }
    if (word == r::Command::kIndex && (value & r::Command::Burn::kMask) != 0 &&
        chip.get<r::Lock::Programming>(i) == 0) {
        chip.set_reg<r::Array>(i, chip.reg<r::Array>(i) | chip.reg<r::Program>(i));
    }
    if (word == r::Timing::kIndex && sensing && chip.reg<r::Timing>(i) != old) {
        chip.violate(i, word, "timing changed while sensing");
    }
    const bool offset = word >= r::RailOffset::kIndex && word < r::RailOffset::kIndex + r::RailOffset::kCount;
    if (offset && !good(chip, i)) chip.violate(i, word, "rail corrected by fuses that aren't loaded");
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    const bool readable = chip.get<r::SensedWith::StrobeNs>(i) >= kWeakestNs;
    each_shadow(chip, i, [&](std::uint32_t word, std::uint32_t value) {
        chip.set_word(i, word, readable ? value : value & 0x5555'5555u);
    });
    const std::uint32_t failures = chip.get<r::Status::Failures>(i);
    chip.set<r::Status::Failures>(i, readable ? 0 : failures == 15 ? 15 : failures + 1);
    chip.set<r::Status::CrcGood>(i, readable ? 1 : 0);
    chip.set<r::Status::Loaded>(i, 1);
}

// After power-on, and after a reset that stopped it, sensing starts by itself.
void inputs_changed(Chip& chip, Instance i) {
    if (chip.get<r::Status::Loaded>(i) == 0 && chip.reg<r::SenseTimer>(i) == 0) sense(chip, i);
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    if (!intact(chip, i)) stored &= ~r::Status::CrcGood::kMask;
    return chip.reg<r::SenseTimer>(i) != 0 ? stored | r::Status::Sensing::kMask : stored & ~r::Status::Sensing::kMask;
}

std::uint64_t strobe(const Chip& chip, Instance i) { return good(chip, i) ? chip.get<r::SensedWith::StrobeNs>(i) : 0; }
std::uint64_t settle(const Chip& chip, Instance i) { return good(chip, i) ? chip.get<r::SensedWith::SettleNs>(i) : 0; }

/// What every rail gets beyond its own error; 999 if they don't agree.
std::uint64_t guard_band(const Chip& chip, Instance i) {
    const auto beyond = [&](std::uint32_t rail) {
        return chip.get<r::RailOffset::Code>(i, rail) + 32u - 128u - rail_trim(rail);
    };
    for (std::uint32_t rail = 1; rail < r::RailOffset::kCount; ++rail) {
        if (beyond(rail) != beyond(0)) return 999;
    }
    return good(chip, i) && intact(chip, i) ? beyond(0) : 999;
}

std::uint64_t locked(const Chip& chip, Instance i) { return chip.get<r::Lock::Programming>(i); }

constexpr Measure kMeasures[] = {
    {"strobe_ns", strobe}, {"settle_ns", settle}, {"guard_band_mv", guard_band}, {"programming_locked", locked}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.inputs_changed = inputs_changed;
    b.output = good;
    b.measures = kMeasures;
    b.unstoppable = true;
    return b;
}

}  // namespace

extern const Behaviour k_fuse;
const Behaviour k_fuse = make();

}  // namespace transports::model::blocks
