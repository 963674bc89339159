#include "chaos/closure.hpp"

#include <gtest/gtest.h>

#include <iostream>

#include "chaos/known_states.hpp"
#include "chaos/left_out.hpp"
#include "chaos/small_scenario_test.hpp"
#include "hal/registers/odc.hpp"

namespace chaos {
namespace {

struct ClosureTest : testing::TestWithParam<Path> {
    ClosureTest() { options.audit_percent = 100; }

    const SmallScenario small{hal::chip::Type::hbm_ctrl, GetParam()};
    const Scenario& scenario = small.scenario;
    ClosureOptions options;
};

INSTANTIATE_TEST_SUITE_P(Links, ClosureTest, testing::Values(Path::spi, Path::pcie),
                         [](const auto& link) { return std::string(name(link.param)); });

TEST_P(ClosureTest, EveryMergedStateRunsTheSameFromItsSecondArrivalAndEveryRunTheSameTwice) {
    options.twice = true;
    const ClosureResult r = close(scenario, options);
    EXPECT_TRUE(r.closed);
    EXPECT_EQ(r.lost, 0U);
    EXPECT_FALSE(r.broken()) << r.audited.first_difference << r.repeated.first_difference;
    EXPECT_GT(r.audited.runs, r.states / 2);
    EXPECT_GT(r.audited.shifted, r.audited.runs) << "nothing left out was changed";
    EXPECT_GT(r.audited.writes, 0U);
    EXPECT_EQ(r.repeated.runs, r.states);
    std::cout << r.states << " states, " << r.audited.runs << " merges audited with " << r.audited.shifted
              << " words changed, " << r.repeated.writes << " writes repeated\n";
}

TEST_P(ClosureTest, ACellThatMattersAndIsLeftOutOfTheHashIsNoticed) {
    options.plant_wrong_hash = true;
    const ClosureResult r = close(scenario, options);
    EXPECT_GT(r.audited.differ, 0U);
    EXPECT_TRUE(r.broken());
    EXPECT_NE(r.audited.first_difference, "");
}

TEST_P(ClosureTest, MergingSavesAtLeastTenRunsOutOfEleven) {
    options.audit_percent = 0;
    const ClosureResult r = close(scenario, options);
    EXPECT_GE(r.unmerged_pairs, 10 * r.runs);
    EXPECT_EQ(r.audited.runs, 0U);
    std::cout << r.runs << " runs for any number of kills; " << r.unmerged_pairs << " for two without merging\n";
}

TEST_P(ClosureTest, TheResultDoesNotDependOnTheNumberOfThreads) {
    const ClosureResult one = close(scenario, options);
    options.threads = 3;
    const ClosureResult three = close(scenario, options);
    EXPECT_EQ(one.states, three.states);
    EXPECT_EQ(one.boundaries, three.boundaries);
    EXPECT_EQ(one.audited.runs, three.audited.runs);
    EXPECT_EQ(one.audited.writes, three.audited.writes);
    EXPECT_EQ(one.setback_accesses, three.setback_accesses);
    EXPECT_GT(one.states, 1U);
}

/// An instance of the block that shall do harm by itself as soon as its timer is over, without having been told to.
struct OutageTest : testing::Test {
    OutageTest() : layout(*small.scenario.chip), judge(small.scenario, layout, OracleSet().set()) {
        judge.reference();
        transports::model::Chip& chip = judge.rig().chip;
        for (std::uint16_t i = 0; i < layout.first_cell.size(); ++i) {
            if (layout.chip.instances[i].type == static_cast<std::uint8_t>(hal::chip::Type::odc)) odc = i;
        }
        chip.set_reg<hal::registers::odc::BootTimer>(odc, 5);  // on firmware that isn't there
    }
    std::vector<Finding> watched(bool outages) {
        Outcome outcome;
        KnownStates states;
        Watcher watcher(judge, states, outages, true, outcome);
        watcher.reached(0, Moment::before, 4);
        watcher.finish();
        return outcome.judged.findings;
    }

    const SmallScenario small{hal::chip::Type::odc};
    const transports::model::Layout layout;
    Judge judge;
    std::uint16_t odc = 0;
};

TEST_F(OutageTest, WhatTheChipDoesWhileTheHalIsDeadIsJudged) {
    const std::vector<Finding> findings = watched(true);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].oracle, Oracle::lawful);
    EXPECT_NE(findings[0].what.find("ran wild, in an outage"), std::string::npos) << findings[0].what;
    EXPECT_EQ(watched(false).size(), 0U) << "without an outage nothing has happened";
}

TEST(LeftOutTest, ChangingWhatIsLeftOutKeepsTheStateAndChangesEveryWordSometimes) {
    const transports::model::Layout layout(*hal::chip::heron(1, 8));
    Rig rig(layout);
    const auto before = rig.chip.snapshot();
    std::vector<bool> changed(layout.cells);
    for (std::uint64_t seed = 0; seed < 64; ++seed) {
        rig.chip.restore(before);
        EXPECT_GT(shift_left_out(rig, seed), 0U);
        EXPECT_EQ(rig.chip.hash(), before.hash);
        for (std::uint32_t c = 0; c < layout.cells; ++c) {
            const std::uint32_t bits = rig.chip.cell(c) ^ before.cells[c];
            EXPECT_EQ(bits & layout.hash_mask[c], 0U);
            changed[c] = changed[c] || bits != 0;
        }
    }
    std::size_t words = 0;
    for (const auto& timer : layout.timers) changed[timer.cell] = true;  // those at rest stay at rest
    for (std::uint32_t c = 0; c < layout.cells; ++c) {
        if (layout.hash_mask[c] == ~0U) continue;
        ++words;
        EXPECT_TRUE(changed[c]) << "word " << c << " was never changed";
    }
    EXPECT_GT(words, 50U);
    EXPECT_GT(left_out().size(), 20U);
}

}  // namespace
}  // namespace chaos
