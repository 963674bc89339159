#include "hal/blocks/watchdog/watchdog.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/watchdog.hpp"

namespace hal::blocks::watchdog {
namespace {

namespace r = hal::registers::watchdog;
using converge::Verdict;

struct WatchdogTest : testing::Test {
    WatchdogTest() : bench(kDriver, r::kWords) { bench.reset<r::Timeout>(); }
    /// What the hardware makes of a whole set-up act.
    void set_up() {
        bench.decide();
        bench.apply();
        take_over();
    }
    void take_over() {
        bench.set<r::Effective::Ms>(bench.get<r::Timeout::Ms>());
        bench.set<r::Effective::AtHalf>(bench.get<r::Stages::AtHalf>());
        bench.set<r::Effective::AtExpiry>(bench.get<r::Stages::AtExpiry>());
        bench.set<r::Status::Running>(1);
    }
    converge::Bench bench;
};

TEST_F(WatchdogTest, SetUpIsUnlockedInOrderEnabledLastAndShut) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    const auto items = bench.plan.items();
    ASSERT_EQ(items.size(), 8U);
    EXPECT_EQ(items[0].value, 0U);
    EXPECT_EQ(items[1].value, 0x5AFE'0001U);
    EXPECT_EQ(items[2].value, 0x5AFE'0002U);
    EXPECT_EQ(items[6].index, r::Ctrl::kIndex);
    EXPECT_EQ(items[7].index, r::Unlock::kIndex);
    EXPECT_EQ(items[7].value, 0U);
}

TEST_F(WatchdogTest, EveryPrefixOfTheSetUpStartsOverFromTheFirstWord) {
    const auto reset = bench.words;
    const auto full = static_cast<std::uint32_t>(bench.decide().items().size());
    for (std::uint32_t n = 0; n + 1 < full; ++n) {
        bench.words = reset;
        bench.decide();
        bench.apply(n);
        ASSERT_EQ(bench.decide().verdict(), Verdict::act) << n;
        ASSERT_EQ(bench.plan.items().size(), full) << n;
    }
}

TEST_F(WatchdogTest, RunningAsIntendedIsConverged) {
    set_up();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(WatchdogTest, WhatTheCountdownUsesCountsNotTheRegister) {
    set_up();
    bench.set<r::Effective::Ms>(bench.intent[kTimeout] + 1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Ctrl>(), 2U);  // off, then on again
}

TEST_F(WatchdogTest, EnabledButNotRunningIsNotBelieved) {
    set_up();
    bench.set<r::Status::Running>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
}

TEST_F(WatchdogTest, IsFedInTheSecondHalfOnly) {
    set_up();
    bench.decide();
    EXPECT_EQ(bench.writes<r::Feed>(), 0U);
    bench.set<r::Status::RemainingHalf>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.written<r::Feed>().word(), 0x57D0U);
}

TEST_F(WatchdogTest, AnExpiryIsAcknowledgedUnlockedAndSetUpAgain) {
    set_up();
    bench.set<r::Status::Expired>(1);
    bench.set<r::Status::Running>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Unlock>(), 4U);
    EXPECT_EQ(bench.written<r::Status>().word(), r::Status::Expired::kMask);
    bench.apply();
    bench.set<r::Status::Expired>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Timeout>(), 1U);
}

TEST_F(WatchdogTest, IsNotLeftOpen) {
    set_up();
    bench.set<r::Status::Open>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.plan.items().size(), 1U);
}

}  // namespace
}  // namespace hal::blocks::watchdog
