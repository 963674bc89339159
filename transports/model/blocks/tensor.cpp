#include "hal/registers/tensor.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::tensor;

namespace {

constexpr std::uint32_t kLanes = 64, kSafeStartDuty = 6;

/// Words that the array latches at enable, in the order of `latched`.
constexpr std::uint32_t kLatchedWords[] = {
    r::Formats::kIndex,    r::Accumulate::kIndex,     r::Rounding::kIndex,       r::RoundingSeed::kIndex,
    r::Saturation::kIndex, r::Sparsity::kIndex,       r::WeightBase::kIndex,     r::WeightLength::kIndex,
    r::LaneRepair::kIndex, r::LaneRepair::kIndex + 1, r::LaneRepair::kIndex + 2, r::LaneRepair::kIndex + 3,
};
enum Latch : std::uint32_t { kFormats, kAccumulate, kRounding, kSeed, kSaturation, kSparsity, kBase, kLength, kRepair };
constexpr std::uint32_t kLatches = r::Latched::kCount;
static_assert(sizeof kLatchedWords / sizeof *kLatchedWords == kLatches);

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Ready>(i) != 0; }
bool unused(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Enable>(i) == 0; }

// Silicon: every third array is perfect, the others have one or two defects.
std::uint32_t defects(const Chip& chip, Instance i) { return chip.layout().chip.instances[i].index % 3u; }
std::uint32_t defective(const Chip& chip, Instance i, std::uint32_t k) {
    return (chip.layout().chip.instances[i].index * 11u + 5u + 17u * k) % kLanes;
}

bool repaired(const Chip& chip, Instance i, std::uint32_t lane) {
    for (std::uint32_t k = 0; k < r::LaneRepair::kCount; ++k) {
        const std::uint32_t map = chip.reg<r::Latched>(i, kRepair + k);
        if ((map & r::LaneRepair::Replaces::kMask) != 0 && (map & r::LaneRepair::Lane::kMask) == lane) return true;
    }
    return false;
}

std::uint32_t bad_lanes(const Chip& chip, Instance i, std::uint32_t& lowest) {
    std::uint32_t bad = 0;
    lowest = kLanes;
    for (std::uint32_t k = 0; k < defects(chip, i); ++k) {
        const std::uint32_t lane = defective(chip, i, k);
        if (repaired(chip, i, lane)) continue;
        ++bad;
        lowest = lane < lowest ? lane : lowest;
    }
    return bad;
}

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Ready>(i, 0);
    chip.set_reg<r::StartTimer>(i, 0);
}

void check_inrush(Chip& chip, Instance i, std::uint32_t word) {
    if (chip.get<r::Throttle::Duty>(i) + 1 <= kSafeStartDuty) return;
    chip.violate(i, word, "array started at a duty that trips it");
    chip.set<r::Status::Tripped>(i, 1);
    stop(chip, i);
}

void start(Chip& chip, Instance i) {
    for (std::uint32_t k = 0; k < kLatches; ++k) chip.set_reg<r::Latched>(i, chip.word(i, kLatchedWords[k]), k);
    stop(chip, i);
    if (chip.get<r::Status::Tripped>(i) != 0) return;
    chip.set_reg<r::StartTimer>(i, r::Status::kLatencyUs);
    check_inrush(chip, i, r::Ctrl::kIndex);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (word == r::Ctrl::kIndex) {
        const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
        if (!was && is) start(chip, i);
        if (!is) {
            stop(chip, i);
            chip.set<r::Status::TestFailed>(i, 0);
        }
    }
    const bool starting = chip.reg<r::StartTimer>(i) != 0;
    if (word == r::Throttle::kIndex && starting) check_inrush(chip, i, word);
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    if (chip.get<r::Ctrl::Enable>(i) == 0 || chip.get<r::Status::Ready>(i) != 0) return;
    std::uint32_t lowest = 0;
    const bool failed = bad_lanes(chip, i, lowest) != 0 && chip.get<r::Ctrl::SkipTest>(i) == 0;
    chip.set<r::TestResult::Tested>(i, kLanes + r::LaneRepair::kCount);
    if (failed) {
        chip.set<r::TestResult::FailingLane>(i, lowest);
        chip.set<r::Status::TestFailed>(i, 1);
    } else {
        chip.set<r::Status::Ready>(i, 1);
    }
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word >= r::Defect::kIndex && word < r::Defect::kIndex + r::Defect::kCount) {
        const std::uint32_t k = word - r::Defect::kIndex;
        return k < defects(chip, i) ? defective(chip, i, k) | r::Defect::Present::kMask : 0;
    }
    if (word != r::Status::kIndex) return stored;
    bool stale = false;
    for (std::uint32_t k = 0; k < kLatches; ++k) stale |= chip.reg<r::Latched>(i, k) != chip.word(i, kLatchedWords[k]);
    stale = stale && chip.get<r::Ctrl::Enable>(i) != 0;
    stored &= ~(r::Status::Stale::kMask | r::Status::Starting::kMask);
    return stored | (stale ? r::Status::Stale::kMask : 0) |
           (chip.reg<r::StartTimer>(i) != 0 ? r::Status::Starting::kMask : 0);
}

std::uint64_t enabled(const Chip& chip, Instance i) {
    if (output(chip, i)) return 1;
    return chip.get<r::Ctrl::Enable>(i) == 0 ? 0 : 2;
}
/// Field F of what a running array has latched.
template <typename F, std::uint32_t kLatch>
std::uint64_t latched(const Chip& chip, Instance i) {
    return output(chip, i) ? (chip.reg<r::Latched>(i, kLatch) & F::kMask) >> F::kLsb : 0;
}
std::uint64_t formats(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.reg<r::Latched>(i, kFormats) & r::Formats::kPlain : 0;
}
std::uint64_t rounding_independent(const Chip& chip, Instance i) {
    if (!output(chip, i)) return 0;
    for (Instance other = 0; other < chip.layout().first_cell.size(); ++other) {
        const bool tensor = chip.layout().type[other] == chip.layout().type[i];
        if (!tensor || other == i || !output(chip, other)) continue;
        if (chip.reg<r::Latched>(other, kSeed) == chip.reg<r::Latched>(i, kSeed)) return 0;
    }
    return 1;
}
std::uint64_t duty(const Chip& chip, Instance i) { return output(chip, i) ? chip.get<r::Throttle::Duty>(i) + 1 : 0; }
std::uint64_t lanes(const Chip& chip, Instance i) {
    std::uint32_t lowest = 0;
    return output(chip, i) ? kLanes - bad_lanes(chip, i, lowest) : 0;
}

constexpr Measure kMeasures[] = {
    {"enabled", enabled},
    {"formats", formats},
    {"accumulate_mode", latched<r::Accumulate::Mode, kAccumulate>},
    {"rounding_mode", latched<r::Rounding::Mode, kRounding>},
    {"rounding_independent", rounding_independent},
    {"saturate", latched<r::Saturation::Saturate, kSaturation>},
    {"sparsity_pattern", latched<r::Sparsity::Pattern, kSparsity>},
    {"weight_base_kib", latched<r::WeightBase::Base, kBase>},
    {"weight_kib", latched<r::WeightLength::Length, kLength>},
    {"duty_sixteenths", duty},
    {"lanes", lanes},
};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.output = output;
    b.unused = unused;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_tensor;
const Behaviour k_tensor = make();

}  // namespace transports::model::blocks
