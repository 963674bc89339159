#include "hal/blocks/pcie_phy/pcie_phy.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/pcie_phy.hpp"

namespace hal::blocks::pcie_phy {
namespace {

namespace r = hal::registers::pcie_phy;
using converge::Verdict;

struct PciePhyTest : testing::Test {
    PciePhyTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Ctrl, r::Pll, r::Lanes, r::Termination, r::Squelch, r::Idle, r::Adaptation, r::Mux, r::Eq>();
        bench.count = 2;
        bench.decide();
        bench.apply();  // squelch, idle, adaptation
    }
    void straps(bool reversed) {
        bench.decide();
        bench.apply();
        bench.set<r::Straps::Sampled>(1);
        bench.set<r::Straps::Reversed>(reversed ? 1 : 0);
        bench.set<r::Straps::Parity>(reversed ? 0 : 1);
    }
    void all() {
        straps(false);
        bench.decide();
        bench.apply();
        bench.set<r::Status::Ready>(1);
    }
    converge::Bench bench;
};

TEST_F(PciePhyTest, PowerAndStrapsComeFirst) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    ASSERT_EQ(bench.plan.items().size(), 2U);
    EXPECT_EQ(bench.place<r::Ctrl>(), 0);
    EXPECT_EQ(bench.place<r::StrapCommand>(), 1);
}

TEST_F(PciePhyTest, ReadySaysNothingBeforeTheStrapsAreSampled) {
    bench.decide();
    bench.apply();
    bench.set<r::Status::Ready>(1);  // the board's pull-up
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::StrapCommand>(), 1U);
}

TEST_F(PciePhyTest, LanesFollowTheWiringOfTheBoard) {
    straps(false);
    bench.decide();
    EXPECT_EQ(bench.written<r::Mux>().get<r::Mux::Lane3>(), 15U);
    bench.set<r::Straps::Reversed>(1);
    bench.set<r::Straps::Parity>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Mux>().get<r::Mux::Lane3>(), 0U);
}

TEST_F(PciePhyTest, StrapsWithAFlippedBitAreSampledAgain) {
    all();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::Straps::Reversed>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::StrapCommand>(), 1U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Run>(), 0U) << "not while the lanes run";
}

TEST_F(PciePhyTest, EveryPrefixOfTheLanesLeadsToTheSameEnd) {
    straps(true);
    EXPECT_GE(bench.decide().items().size(), 22U);
    converge::expect_every_prefix_to_lead_to_the_same_end(bench);
}

TEST_F(PciePhyTest, RunningLanesAreStoppedBeforeTheyAreChanged) {
    all();
    bench.set<r::Mux::Lane0>(9, 2);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    ASSERT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Run>(), 0U);
}

TEST_F(PciePhyTest, LockingIsWaitedForWithinItsBound) {
    all();
    bench.set<r::Status::Ready>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act) << "nothing moves: start again";
    bench.set<r::Status::Locking>(1);
    EXPECT_EQ(bench.decide(0).verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Power>(), 0U);
}

}  // namespace
}  // namespace hal::blocks::pcie_phy
