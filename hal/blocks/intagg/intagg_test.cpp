#include "hal/blocks/intagg/intagg.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/intagg.hpp"

namespace hal::blocks::intagg {
namespace {

namespace r = hal::registers::intagg;
using converge::Verdict;

struct IntaggTest : testing::Test {
    IntaggTest() : bench(kDriver, r::kWords) { bench.reset<r::Ctrl, r::Limits, r::Threshold>(); }
    void act() {
        bench.decide();
        bench.apply();
    }
    void captured() {
        act();
        act();
        bench.set<r::Status::Settled>(1);
    }
    converge::Bench bench;
};

TEST_F(IntaggTest, RoutesBeforeCaptureAndLinesBehindIt) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.place<r::Ctrl>(), static_cast<int>(bench.plan.items().size()) - 1);
    EXPECT_EQ(bench.writes<r::Lines>(), 0U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    bench.set<r::Status::Settled>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Lines>(), 8U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(IntaggTest, WaitingEventsAreNeverWrittenBack) {
    captured();
    for (std::uint32_t b = 0; b < r::Lines::kCount; ++b) bench.set<r::Lines::Pending>(0xFFFF, b);
    bench.decide();
    for (const converge::Item& item : bench.plan.items()) EXPECT_EQ(item.value & r::Lines::Pending::kMask, 0U);
}

TEST_F(IntaggTest, ABankIsOnlyReroutedWithItsLinesOff) {
    captured();
    act();
    bench.set<r::Polarity::Low>(5, 3);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    ASSERT_EQ(bench.plan.items().size(), 2U);
    EXPECT_EQ(bench.plan.items()[0].index, r::Lines::kIndex + 3);
    EXPECT_EQ(bench.plan.items()[0].value & r::Lines::Enable::kMask, 0U);
    bench.apply(1);
    EXPECT_EQ(bench.decide().items().size(), 1U);
    bench.apply();
    EXPECT_EQ(bench.decide().items().size(), 1U);  // the lines again
}

TEST_F(IntaggTest, AnErrorIsLoggedBeforeItIsCleared) {
    captured();
    bench.set<r::Summary::Parity>(1);
    bench.set<r::Summary::Overrun>(0x81);
    bench.set<r::Event::Phase>(1);
    bench.set<r::Event::Row>(33);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Log>(), 1U);
    EXPECT_EQ(bench.writes<r::Summary>(), 0U) << "what is logged is seen first";
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Summary>().word(), r::Summary::Parity::kMask);  // overruns are the host's
    EXPECT_EQ(bench.writes<r::Log>(), 0U);
}

TEST_F(IntaggTest, TheLogIsLeftAloneUntilTheCollectorHasReadIt) {
    captured();
    act();
    bench.set<r::Status::Collecting>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::Status::Collecting>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(IntaggTest, WhatIsBeingCollectedIsLoggedAgainWhereTheLogIsWrong) {
    captured();
    act();
    bench.set<r::Event::Row>(37);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged) << "what was collected is history";
    bench.set<r::Status::Collecting>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Log>().get<r::Log::Row>(), 37U);
    EXPECT_EQ(bench.writes<r::Lines>() + bench.writes<r::Summary>(), 0U);
    bench.set<r::Polarity::Low>(0, 7);
    bench.decide();
    EXPECT_EQ(bench.writes<r::Log>(), 1U);
    EXPECT_EQ(bench.writes<r::Polarity>(), 0U) << "banks can wait, the collector doesn't";
    bench.apply();
    bench.decide();
    EXPECT_EQ(bench.writes<r::Polarity>(), 1U);
    bench.apply();
    act();
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
}

TEST_F(IntaggTest, EveryPrefixOfTheLinesActLeadsToTheSameEnd) {
    captured();
    const auto before = bench.words;
    const auto full = static_cast<std::uint32_t>(bench.decide().items().size());
    for (std::uint32_t n = 0; n < full; ++n) {
        bench.words = before;
        bench.decide();
        bench.apply(n);
        ASSERT_EQ(bench.decide().items().size(), full - n);
        bench.apply();
        EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    }
}

}  // namespace
}  // namespace hal::blocks::intagg
