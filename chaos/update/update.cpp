#include "chaos/update/update.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "chaos/judge.hpp"
#include "chaos/update/half_applied.hpp"

namespace chaos::update {

using hal::converge::Policy;

namespace {

constexpr std::uint64_t kSettledUs = 10'000;  // traffic has started and passed through every phase

/// That side takes over, drains as it needs to, and traffic goes on.
void take_turn(Rig& rig, const Starter& side, const hal::converge::Chip& chip) {
    Policy draining = side.policy;
    draining.drain = true;
    const Run run = rig.run_with(side.hal, side.intended, draining);
    if (!run.result || !run.result->complete()) {
        throw std::runtime_error(
            fmt::format("{} doesn't come to its goal without any trouble: {}", side.name,
                        run.result ? outcome(chip, *run.result, rig.states()) : explain(chip, run.result.error())));
    }
    rig.chip.advance(kSettledUs);
}

Starter with_drain(Starter side, bool drain) {
    side.policy.drain = drain;
    if (drain) side.name += ", may drain";
    return side;
}

}  // namespace

Scenario scenario_of(const Update& update) {
    Scenario scenario;
    const Starter older = with_drain(update.older, false);
    scenario.name = "update";
    scenario.chip = update.chip;
    scenario.path = update.path;
    scenario.starter = older.name;
    scenario.hal = older.hal;
    scenario.intent = older.intent;
    scenario.intended = scenario.earlier = older.intended;
    scenario.policy = older.policy;
    scenario.others = {with_drain(update.newer, false), with_drain(update.older, true), with_drain(update.newer, true)};
    // Working registers keep what was last done with them: each side has been there once.
    scenario.prepare = [older, newer = update.newer, chip = update.chip](Rig& rig, const Intended&) {
        for (const Starter* side : {&older, &newer, &older}) take_turn(rig, *side, *chip);
        rig.forget_sessions();
    };
    const transports::model::Layout layout(*update.chip);
    Rig rig(layout, update.path, older.hal);
    scenario.prepare(rig, scenario.earlier);
    const transports::model::Snapshot before = rig.chip.snapshot();
    take_turn(rig, update.newer, *update.chip);
    scenario.half_applied = half_applied(update, layout, before, rig.chip.snapshot());
    return scenario;
}

}  // namespace chaos::update
