#include "hal/blocks/fuse/fuse.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/fuse.hpp"

namespace hal::blocks::fuse {
namespace {

namespace r = hal::registers::fuse;
using converge::Verdict;

struct FuseTest : testing::Test {
    FuseTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Timing, r::RailOffset>();
        bench.set<r::Status::Loaded>(1);
        bench.set<r::Status::CrcGood>(1);
        for (std::uint32_t rail = 0; rail < r::RailTrim::kCount; ++rail) bench.set<r::RailTrim::Code>(30 + rail, rail);
    }
    void sensed_as_intended() {
        bench.set<r::SensedWith::StrobeNs>(bench.intent[kStrobe]);
        bench.set<r::SensedWith::SettleNs>(bench.intent[kSettle]);
    }
    converge::Bench bench;
};

TEST_F(FuseTest, WaitsForTheSensingThatPowerOnStarted) {
    bench.set<r::Status::Sensing>(1);
    bench.set<r::Status::Loaded>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
}

TEST_F(FuseTest, ShadowsSensedWithAnotherTimingAreSensedAgain) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_LT(bench.place<r::Timing>(), bench.place<r::Command>());
    EXPECT_EQ(bench.writes<r::RailOffset>(), 0U);
}

TEST_F(FuseTest, TheTimingRegisterAloneIsNoEvidence) {
    bench.decide();
    bench.apply(1);  // killed between timing and pulse
    EXPECT_EQ(bench.get<r::Timing::StrobeNs>(), bench.intent[kStrobe]);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Command>(), 1U);
}

TEST_F(FuseTest, AnUpsetTimingIsRepairedWithoutSensing) {
    sensed_as_intended();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::Command>(), 0U);
}

TEST_F(FuseTest, RailsAreCorrectedByTrimAndGuardBandThenLocked) {
    sensed_as_intended();
    bench.decide();
    bench.apply();
    EXPECT_EQ(bench.decide().items().size(), r::RailOffset::kCount);
    const auto reset = bench.words;
    for (std::uint32_t n = 0; n < r::RailOffset::kCount; ++n) {
        bench.words = reset;
        bench.decide();
        bench.apply(n);
        ASSERT_EQ(bench.decide().items().size(), r::RailOffset::kCount - n);
    }
    bench.apply();
    EXPECT_EQ(bench.get<r::RailOffset::Code>(3), 128 + 1 + bench.intent[kGuardBand]);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Lock>(), 1U);
    bench.set<r::Lock::Programming>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.intent[kLocked] = 0;
    EXPECT_EQ(bench.decide().verdict(), Verdict::needs_reset);
}

TEST_F(FuseTest, BadCrcIsSensedAgainAFewTimesOnly) {
    sensed_as_intended();
    bench.set<r::Status::CrcGood>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    bench.set<r::Status::Failures>(3);
    EXPECT_EQ(bench.decide().verdict(), Verdict::broken);
}

}  // namespace
}  // namespace hal::blocks::fuse
