// What holds for a fresh HAL in front of any chip that kills and upsets can leave behind.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "chaos/modes.hpp"
#include "properties/holds.hpp"
#include "properties/recovery/cases.hpp"

namespace properties::recovery {

namespace {

using chaos::Path;
using hal::converge::Policy;
using hal::converge::State;

constexpr int kMostFlips = 24;

/// Asserts with the plan's story behind the text.
void demand(bool kept, const Case& c, const std::string& what) {
    if (!kept) RC_FAIL(story(c, what));
}

chaos::Run converge(const Case& c, const Policy& policy) {
    return c.stage->rig().run(c.stage->scenario.intended, policy);
}

Policy draining() {
    Policy policy;
    policy.drain = true;
    return policy;
}

TEST(Recovery, ComesOutOfEveryPlanOfRecoverableFaults) {
    Tally tally{"plans survived", "faults", "deaths"};
    std::vector<Stage*> stages;
    for (const char* scenario : {"boot", "update", "brownout"}) {
        for (const Path path : {Path::spi, Path::pcie}) stages.push_back(&stage(scenario, path));
    }
    hold("converges", 400, tally, [&] {
        const Case c = *any_plan(stages, recoverable());
        RC_PRE(chaos::faults::adds_up_to(c.plan).empty());
        const chaos::Trial trial = c.stage->trials.run(c.plan);
        if (trial.verdict == chaos::Verdict::not_measured) return;
        demand(trial.verdict == chaos::Verdict::survived, c,
               trial.findings.empty() ? chaos::name(trial.verdict) : trial.findings[0].what);
        tally.add("plans survived");
        for (const auto& life : c.plan.lives) {
            tally.add("faults", life.strikes.size());
            tally.add("deaths", life.killed_at ? 1 : 0);
        }
    });
}

TEST(Recovery, NeverClaimsASuccessThatTheHardwareDoesNotDeliver) {
    Tally tally{"chips as intended", "chips in part", "bits flipped", "blocks named"};
    hold("truthful", 1'500, tally, [&] {
        const Case c = *any_state({"boot", "resume", "update"}, kMostFlips);
        c.stage->enter(c.plan);
        const chaos::Run run = converge(c, draining());
        const std::string wrong = untruth(*c.stage, run);
        demand(wrong.empty(), c, wrong);
        demand(bool(run.result), c, "the call runs out of time");
        tally.add("bits flipped", c.plan.lives.back().strikes.size());
        tally.add(run.result->complete() ? "chips as intended" : "chips in part");
        for (const auto& state : c.stage->rig().states()) {
            tally.add("blocks named", state.state == State::converged || state.state == State::off ? 0 : 1);
        }
    });
}

TEST(Recovery, WritesNothingWhenHardwareHasComeToRest) {
    Tally tally{"chips as intended", "chips in part", "words of the first calls"};
    hold("idempotent", 1'500, tally, [&] {
        const Case c = *any_state({"boot", "resume", "degraded"}, kMostFlips);
        c.stage->enter(c.plan);
        const chaos::Run first = converge(c, draining());
        RC_PRE(bool(first.result));
        tally.add("words of the first calls", c.stage->rig().chip.monitor.writes);
        // What hardware has done since behind the first call's back is repaired by the second, if it has to be.
        c.stage->rig().chip.settle();
        const chaos::Run second = converge(c, draining());
        demand(bool(second.result), c, "the second call fails");
        const std::uint64_t written = c.stage->rig().chip.monitor.writes;
        const chaos::Run third = converge(c, draining());
        demand(bool(third.result), c, "the third call fails");
        demand(c.stage->rig().chip.monitor.writes == written, c, "the third call writes");
        demand(chaos::same_outcome(*second.result, *third.result), c,
               "the third call reports: " +
                   chaos::outcome(*c.stage->scenario.chip, *third.result, c.stage->rig().states()));
        tally.add(first.result->complete() ? "chips as intended" : "chips in part");
    });
}

/// Adds nothing to what a chip with the same faults suffers without a HAL.
TEST(Recovery, DisturbsTrafficNoMoreThanATwinWithoutAHal) {
    using chaos::Oracle;
    using chaos::faults::Fault;
    chaos::OracleSet asked;
    for (const Oracle oracle : {Oracle::undisturbed, Oracle::planned}) asked.set(static_cast<std::size_t>(oracle));
    std::vector<Stage*> stages;
    for (const char* scenario : {"resume", "update"}) {
        for (const Path path : {Path::spi, Path::pcie}) stages.push_back(&stage(scenario, path, asked));
    }
    Tally tally{"plans", "faults", "deaths"};
    hold("undisturbed", 500, tally, [&] {
        const Case c = *any_plan(stages, {Fault::upset, Fault::upset, Fault::lock_lost, Fault::link_lost,
                                          Fault::ecc_error, Fault::thermal_alarm, Fault::block_reset});
        const chaos::Trial trial = c.stage->trials.run(c.plan);
        if (trial.verdict == chaos::Verdict::not_measured) return;
        demand(trial.findings.empty(), c, trial.findings.empty() ? "" : trial.findings[0].what);
        tally.add("plans");
        for (const auto& life : c.plan.lives) {
            tally.add("faults", life.strikes.size());
            tally.add("deaths", life.killed_at ? 1 : 0);
        }
    });
}

class DiesAt final : public chaos::Boundary {
public:
    DiesAt(chaos::Judge& judge, std::uint32_t moment) : judge_(judge), moment_(moment) {}
    bool reached(std::uint32_t index, chaos::Moment, std::size_t) override {
        if (index != moment_) return true;
        again = judge_.words_again();
        words = judge_.watch().words();
        died = true;
        return false;
    }
    std::uint32_t again = 0;
    std::uint64_t words = 0;
    bool died = false;

private:
    chaos::Judge& judge_;
    const std::uint32_t moment_;
};

TEST(Recovery, GetsNearerWithEveryWordWritten) {
    Tally tally{"deaths", "words written before", "words written behind"};
    hold("progress", 1'000, tally, [&] {
        const Case c = *any_state({"boot", "degraded", "update"}, 0);
        const auto moment = *rc::gen::inRange<std::uint32_t>(0, 1u << 20) % c.stage->points.size();
        chaos::Judge& judge = c.stage->trials.judge();
        c.stage->enter(c.plan);
        const auto start = c.stage->rig().chip.snapshot();
        bool stray = false;
        judge.run(c.stage->scenario.policy, nullptr, stray);
        const std::uint64_t whole = judge.watch().words();
        c.stage->rig().chip.restore(start);
        DiesAt death(judge, static_cast<std::uint32_t>(moment));
        judge.run(c.stage->scenario.policy, &death, stray);
        if (!death.died) return;
        judge.run(c.stage->scenario.policy, nullptr, stray);
        const std::uint64_t rest = judge.watch().words();
        demand(death.words + rest <= whole + death.again + chaos::kAttachAccesses, c,
               fmt::format("dies at moment {} with {} words written; {} more, {} without a death", moment, death.words,
                           rest, whole));
        tally.add("deaths");
        tally.add("words written before", death.words);
        tally.add("words written behind", rest);
    });
}

}  // namespace

}  // namespace properties::recovery
