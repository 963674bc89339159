#include "chaos/cluster.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "hal/chip/heron.hpp"

namespace chaos {
namespace {

std::uint16_t first(hal::chip::Type type) {
    const auto& chip = *hal::chip::heron(1, 8);
    for (std::uint16_t i = 0; i < chip.instances.size(); ++i) {
        if (chip.instances[i].type == static_cast<std::uint8_t>(type)) return i;
    }
    return 0;
}

struct Explored {
    explicit Explored(const char* scenario, hal::chip::Type type) : whole(make_scenario(scenario, 1, 8)) {
        const Cluster cluster(*whole.chip, first(type));
        const Scenario part = cluster.part_of(whole);
        const transports::model::Layout layout(*part.chip);
        start = Judge(part, layout, OracleSet().set()).start();
        result = close_cluster(part, OracleSet().set(), 100'000);
    }
    const Scenario whole;
    transports::model::Snapshot start;
    ClusterResult result;
};

TEST(ClusterTest, EveryScenarioIsExploredFromItsOwnStart) {
    std::set<transports::model::Hash> starts;
    std::uint64_t states = 0;
    for (const ScenarioRow& row : scenarios()) {
        const Explored explored(row.name, hal::chip::Type::hbm_ctrl);
        EXPECT_TRUE(explored.result.closed) << row.name;
        EXPECT_TRUE(explored.result.findings.empty()) << row.name << ": " << explored.result.findings[0].what;
        EXPECT_GT(explored.result.states, 1U) << row.name;
        starts.insert(explored.start.hash);
        states += explored.result.states;
    }
    // degraded starts where boot does; update and deferred where resume does
    EXPECT_EQ(starts.size(), scenarios().size() - 3);
    std::cout << scenarios().size() << " scenarios, " << starts.size() << " starts, " << states << " states\n";
}

TEST(ClusterTest, TrafficRunsAndIsDrainedForAnUpdate) {
    const Explored resume("resume", hal::chip::Type::pll), update("update", hal::chip::Type::pll);
    EXPECT_TRUE(update.result.closed);
    EXPECT_GT(update.result.states, 2 * resume.result.states) << "the update changes nothing";
    EXPECT_EQ(update.result.findings.size(), 0U);
}

TEST(ClusterTest, AHalThatMayNotDrainLeavesAnUpdateUndoneAndIsRefusedAsAStandard) {
    Scenario whole = make_scenario("update", 1, 8);
    whole.policy.drain = false;
    const Cluster cluster(*whole.chip, first(hal::chip::Type::pll));
    EXPECT_THROW(close_cluster(cluster.part_of(whole), OracleSet().set(), 100'000), std::runtime_error);
}

}  // namespace
}  // namespace chaos
