#include "hal/blocks/scalar/scalar.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/scalar.hpp"

namespace hal::blocks::scalar {
namespace {

namespace r = hal::registers::scalar;
using converge::Verdict;

struct ScalarTest : testing::Test {
    ScalarTest() : bench(kDriver, r::kWords) { bench.reset<r::Ctrl, r::Interrupts>(); }
    void sweep() {
        bench.decide();
        bench.apply();
        bench.set<r::Status::Clean>(1);
    }
    void start() {
        sweep();
        bench.decide();
        bench.apply();
        bench.set<r::Status::Ready>(1);
    }
    void run() {
        start();
        bench.decide();
        bench.apply();
    }
    converge::Bench bench;
};

TEST_F(ScalarTest, SetsTheProgramThenSweepsOnceThenStarts) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::IcacheCommand>(), 1U);
    EXPECT_LT(bench.place<r::ProgramBase>(), bench.place<r::IcacheCommand>());
    EXPECT_EQ(bench.writes<r::Ctrl>(), 0U);
    sweep();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::IcacheCommand>(), 0U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 1U);
}

TEST_F(ScalarTest, EveryPrefixOfTheFirstActLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(
        bench, [this](std::uint32_t) { EXPECT_EQ(bench.writes<r::IcacheCommand>(), 1U); });
}

TEST_F(ScalarTest, WaitsForASweepThatSomebodyStarted) {
    bench.set<r::Status::Sweeping>(1);
    bench.decide();
    EXPECT_EQ(bench.writes<r::IcacheCommand>(), 0U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
}

TEST_F(ScalarTest, ACleanCacheIsNoEvidenceForAnotherProgram) {
    sweep();
    bench.set<r::ProgramBase::Page>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::IcacheCommand>(), 1U);
    EXPECT_EQ(bench.writes<r::Ctrl>(), 0U);
}

TEST_F(ScalarTest, ArmsTheWatchdogOnlyWhenFirmwareRuns) {
    start();
    bench.set<r::Status::Ready>(0);
    bench.set<r::Status::Starting>(1);
    EXPECT_EQ(bench.get<r::Watchdog::Arm>(), 0U);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::Status::Ready>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::Watchdog>().get<r::Watchdog::Arm>(), 1U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(ScalarTest, AnotherProgramStopsTheEngineDisarmedFirst) {
    run();
    bench.intent[kProgramBase] = 7;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.place<r::Watchdog>(), 0);
    EXPECT_EQ(bench.place<r::Ctrl>(), 1);
}

TEST_F(ScalarTest, ABittenEngineIsDisabledAndAcknowledged) {
    run();
    bench.set<r::Status::Bitten>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
    EXPECT_EQ(bench.written<r::Status>().word(), r::Status::Bitten::kMask);
    EXPECT_LT(bench.place<r::Watchdog>(), bench.place<r::Status>());
}

TEST_F(ScalarTest, IsBrokenIfItNeverStartsAndOffIfTheIntentSaysSo) {
    run();
    bench.set<r::Status::Ready>(0);
    bench.set<r::Status::Starting>(1);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    bench.intent[kEnabled] = 0;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.place<r::Watchdog>(), 0);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::off);
}

}  // namespace
}  // namespace hal::blocks::scalar
