#include "hal/blocks/core/core.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/core.hpp"

namespace hal::blocks::core {
namespace {

namespace r = hal::registers::core;
using converge::Verdict;

struct CoreTest : testing::Test {
    CoreTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Power, r::Isolation, r::LocalClock, r::ResetControl, r::CurrentLimit, r::Throttle, r::Thermal,
                    r::Droop, r::IrqRoute>();
    }
    void power() {
        bench.decide();
        bench.apply();
        bench.set<r::Status::PowerGood>(1);
    }
    void latch() {
        bench.set<r::VectorState::Latched>(1);
        bench.set<r::VectorActiveLow::Active>(bench.intent[kBootVectorLow]);
        bench.set<r::VectorActiveHigh::Active>(bench.intent[kBootVectorHigh]);
    }
    void run() {
        power();
        latch();
        for (int acts = 0; acts < 3; ++acts) {  // open, clock, release
            bench.decide();
            bench.apply();
        }
        bench.set<r::Status::Clocked>(1);
        bench.set<r::Status::Ready>(1);
    }
    converge::Bench bench;
};

TEST_F(CoreTest, ADarkCoreGetsItsProtectionBeforePower) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.place<r::Power>(), static_cast<int>(bench.plan.items().size()) - 1);
    EXPECT_EQ(bench.written<r::Droop>().get<r::Droop::Detect>(), 1U);
}

TEST_F(CoreTest, EveryPrefixOfThePowerUpActLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(bench);
}

TEST_F(CoreTest, PowerIsNotGivenBeforeTheIslandHasDrained) {
    bench.set<r::Status::Moving>(1);
    EXPECT_EQ(bench.decide(40).verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
}

TEST_F(CoreTest, AStagedHalfOfUnknownOriginIsDroppedBeforeTheVectorIsWritten) {
    power();
    bench.set<r::VectorState::Half>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_GE(bench.place<r::VectorState>(), 0);
    EXPECT_LT(bench.place<r::VectorState>(), bench.place<r::VectorLow>());
    EXPECT_LT(bench.place<r::VectorLow>(), bench.place<r::VectorHigh>());
    bench.set<r::VectorState::Half>(0);
    bench.decide();
    EXPECT_EQ(bench.writes<r::VectorState>(), 0U);
}

TEST_F(CoreTest, AnotherVectorThanIntendedNeedsAPowerCycle) {
    run();
    bench.set<r::VectorActiveHigh::Active>(0x77);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::Power>().get<r::Power::Supply>(), 0U);
    EXPECT_LT(bench.place<r::Isolation>(), bench.place<r::Power>());
}

TEST_F(CoreTest, OpensClocksAndReleasesInThisOrderEachSeenBeforeTheNext) {
    power();
    latch();
    ASSERT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Isolation>(), 1U);
    EXPECT_EQ(bench.writes<r::LocalClock>(), 0U) << "open clamps are seen first";
    bench.apply();
    ASSERT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::LocalClock>(), 1U);
    EXPECT_EQ(bench.writes<r::ResetControl>(), 0U) << "a running clock is seen first";
    bench.apply();
    ASSERT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::ResetControl>(), 1U);
    bench.apply();
    bench.set<r::Status::Moving>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
}

TEST_F(CoreTest, MachineChecksAreKeptTwiceBeforeTheLogIsCleared) {
    run();
    bench.set<r::MachineCheck::PowerUp>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::MachineCheckKept>(), 2U);
    EXPECT_EQ(bench.writes<r::MachineCheck>(), 0U) << "what is kept is seen first";
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.place<r::MachineCheck>(), 0);
    bench.set<r::MachineCheck::PowerUp>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(CoreTest, ACorruptedIslandIsSwitchedOffWhole) {
    run();
    bench.set<r::Status::Corrupted>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.place<r::ResetControl>(), 0);
    EXPECT_EQ(bench.place<r::Power>(), 3);
}

TEST_F(CoreTest, AFusedOffCoreIsBrokenUnlessTheIntentWantsItOff) {
    bench.set<r::Status::FusedOff>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::broken);
    bench.intent[kEnabled] = 0;
    EXPECT_EQ(bench.decide().verdict(), Verdict::off);
    EXPECT_TRUE(bench.plan.items().empty());
}

TEST_F(CoreTest, ARunningCoreThatIsNotWantedGoesOffInOrderAndDrains) {
    run();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.intent[kEnabled] = 0;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_LT(bench.place<r::ResetControl>(), bench.place<r::LocalClock>());
    EXPECT_LT(bench.place<r::Isolation>(), bench.place<r::Power>());
    bench.apply();
    bench.set<r::Status::Moving>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::Status::Moving>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::IrqRoute>().get<r::IrqRoute::Deliver>(), 0U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::off);
}

}  // namespace
}  // namespace hal::blocks::core
