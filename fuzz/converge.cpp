// converge() from any chip that deaths and upsets leave behind: the input is a stage and a list of blows, six bytes
// each, which the mutator keeps whole. What ends must be true, and must stay. Built twice: at scale 1/8, and of the
// whole chip.
#include "fuzz/input.hpp"
#include "properties/recovery/stage.hpp"

namespace {

using properties::recovery::Case;
using properties::recovery::Stage;

constexpr std::size_t kHead = 1, kBlow = 6, kMostBlows = 24;
#ifdef RECONVERGE_WHOLE_CHIP
constexpr properties::recovery::Scale kScale{1, 1};
#else
constexpr properties::recovery::Scale kScale{1, 8};
#endif

Stage& stage_of(std::uint8_t number) {
    constexpr const char* kScenarios[] = {"resume", "boot", "update", "degraded"};
    return properties::recovery::stage(kScenarios[number / 2 % 4],
                                       number % 2 == 0 ? chaos::Path::spi : chaos::Path::pcie, chaos::OracleSet().set(),
                                       kScale);
}

/// Blows by deaths end a life; those by upsets come before the last one.
Case case_of(fuzz::Input input) {
    constexpr std::size_t kMostDeaths = 3;
    Case c{&stage_of(input.take<std::uint8_t>()), {}};
    c.plan.lives.clear();
    std::vector<chaos::faults::Strike> flips;
    for (std::size_t n = 0; n < kMostBlows && input.left() >= kBlow; ++n) {
        const auto kind = input.take<std::uint8_t>();
        const auto outage = input.take<std::uint8_t>();
        const auto number = input.take<std::uint32_t>();
        if (kind % 8 == 7 && c.plan.lives.size() < kMostDeaths) {
            const auto moments = static_cast<std::uint32_t>(c.stage->points.size());
            c.plan.lives.push_back({{}, number % moments, outage % 2 != 0});
        } else {
            const auto& bit = c.stage->managed[number % c.stage->managed.size()];
            flips.push_back({chaos::faults::Fault::upset, 0, {bit.instance, bit.word, bit.bit}});
        }
    }
    c.plan.lives.push_back({flips, {}, false});
    return c;
}

void demand(bool kept, const Case& c, const std::string& what) {
    if (!kept) fuzz::found(properties::recovery::story(c, what));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Case c = case_of({data, size});
    c.stage->enter(c.plan);
    chaos::Rig& rig = c.stage->rig();
    hal::converge::Policy policy = c.stage->scenario.policy;
    policy.drain = true;
    policy.deadline_ns =
        100'000'000;  // of the chip's time: many times a boot; or traffic that never drains takes it all
    const chaos::Run run = rig.run(c.stage->scenario.intended, policy);
    const std::string wrong = properties::recovery::untruth(*c.stage, run);
    demand(wrong.empty(), c, wrong);
    return 0;
}

/// Whole blows: one more, one less, one twice, one changed.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room, unsigned seed) {
    if (size < kHead || room < kHead + kBlow) return LLVMFuzzerMutate(data, size, room);
    const std::size_t blows = (size - kHead) / kBlow;
    size = kHead + blows * kBlow;
    const std::size_t at = kHead + (blows == 0 ? 0 : seed / 8 % blows * kBlow);
    const bool has_room = blows < kMostBlows && size + kBlow <= room;
    switch (seed % 8) {
        case 0: LLVMFuzzerMutate(data, kHead, kHead); return size;
        case 1:
            if (blows == 0) return size;
            std::memmove(data + at, data + at + kBlow, size - at - kBlow);
            return size - kBlow;
        case 2:
        case 3:
            if (!has_room) return size;
            std::memmove(data + at + kBlow, data + at, size - at);
            if (seed % 8 == 3 || blows == 0) {
                for (std::size_t k = 0; k < kBlow; ++k) data[at + k] = static_cast<std::uint8_t>(seed >> k * 5);
            }
            return size + kBlow;
        default:
            if (blows != 0) LLVMFuzzerMutate(data + at, kBlow, kBlow);
            return size;
    }
}
