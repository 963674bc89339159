#include "hal/blocks/pvt/pvt.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/pvt.hpp"

namespace hal::blocks::pvt {
namespace {

namespace r = hal::registers::pvt;
using converge::Verdict;

struct PvtTest : testing::Test {
    PvtTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Ctrl, r::Sampling, r::LimitVoltage>();
        bench.set<r::Status::Differs>(1);
    }
    void staged() {
        bench.decide();
        bench.apply();
    }
    void live() {
        staged();
        bench.decide();
        bench.apply();
        bench.set<r::Status::Differs>(0);
        bench.set<r::Status::Ready>(1);
    }
    converge::Bench bench;
};

TEST_F(PvtTest, AlarmsAreEnabledBehindCalibrationAndConversionOnly) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::AlarmEnable>(), 0U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::AlarmEnable>(), 0U);
    EXPECT_EQ(bench.writes<r::Command>(), 1U);
    bench.set<r::Status::Applying>(1);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::Status::Applying>(0);
    bench.set<r::Status::Differs>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);  // no conversion yet
    bench.set<r::Status::Ready>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::AlarmEnable>().get<r::AlarmEnable::Source>(), bench.intent[kAlarms]);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(PvtTest, AlarmsThatAreOnGoOffBeforeASensorIsSetUpAgain) {
    live();
    bench.decide();
    bench.apply();
    ASSERT_NE(bench.get<r::AlarmEnable::Source>(), 0U);
    bench.reset<r::Ctrl>();
    bench.set<r::Status::Ready>(0);
    bench.decide();
    EXPECT_EQ(bench.written<r::AlarmEnable>().get<r::AlarmEnable::Source>(), 0U);
    EXPECT_EQ(bench.place<r::AlarmEnable>(), 0);
    EXPECT_EQ(bench.place<r::Ctrl>(), 1);
}

TEST_F(PvtTest, EveryPrefixOfTheSetUpLeadsToTheSameEnd) {
    const auto reset = bench.words;
    const auto full = static_cast<std::uint32_t>(bench.decide().items().size());
    for (std::uint32_t n = 0; n < full; ++n) {
        bench.words = reset;
        bench.decide();
        bench.apply(n);
        ASSERT_EQ(bench.decide().items().size(), full - n);
    }
}

TEST_F(PvtTest, StagedCoefficientsAreNotBelievedToBeLive) {
    live();
    bench.set<r::Status::Differs>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Command>(), 1U);
}

TEST_F(PvtTest, ASensorThatNeverConvertsIsSwitchedOff) {
    staged();
    bench.set<r::Status::Differs>(0);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
}

TEST_F(PvtTest, OnlyAlarmsThatAreOverAreAcknowledged) {
    live();
    bench.decide();
    bench.apply();
    bench.set<r::Alarm::Source>(5);
    bench.set<r::Status::Exceeded>(4);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Alarm>().word(), 1U);
    bench.set<r::Alarm::Source>(4);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);  // a true alarm stays
}

TEST_F(PvtTest, EverySpotHasItsOwnOffsets) {
    bench.index = 0;
    bench.decide();
    const auto first = bench.written<r::CalVoltage>();
    bench.index = 3;
    bench.decide();
    EXPECT_NE(bench.written<r::CalVoltage>(), first);
}

}  // namespace
}  // namespace hal::blocks::pvt
