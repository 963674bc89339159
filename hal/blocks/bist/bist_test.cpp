#include "hal/blocks/bist/bist.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/bist.hpp"

namespace hal::blocks::bist {
namespace {

namespace r = hal::registers::bist;
using converge::Verdict;

struct BistTest : testing::Test {
    BistTest() : bench(kDriver, r::kWords) { bench.reset<r::Mode, r::Pace>(); }
    /// What the hardware makes of the run that the last plan started.
    void pass() {
        bench.apply();
        bench.words[r::PassedWith::kIndex] = bench.words[r::Mode::kIndex];
        bench.words[r::Tested::kIndex] = bench.words[r::Mask::kIndex];
        bench.words[r::Passed::kIndex] |= bench.words[r::Mask::kIndex];
        bench.set<r::Status::Done>(1);
        bench.set<r::Status::Pass>(1);
    }
    converge::Bench bench;
};

TEST_F(BistTest, TestsAtMostSixteenMemoriesAtOnceThenTheRestThenHandsOver) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::Mask>().word(), 0xFFFFU);
    EXPECT_EQ(bench.place<r::Command>(), static_cast<int>(bench.plan.items().size()) - 1);
    pass();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Mask>().word(), 0xFF'0000U);
    EXPECT_EQ(bench.writes<r::Owner>(), 0U);
    pass();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Mask>().word(), 0U) << "nothing tells which test was the last";
    EXPECT_EQ(bench.written<r::Owner>().word(), 0xFF'FFFFU);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(BistTest, ARunningTestIsWaitedForAndNotStartedAgain) {
    bench.decide();
    bench.apply();
    bench.set<r::Status::Busy>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
}

TEST_F(BistTest, DoneOfOtherMemoriesIsNotBelieved) {
    bench.decide();
    pass();
    bench.decide();
    bench.apply(1);  // killed between the second mask and its run
    EXPECT_EQ(bench.words[r::Mask::kIndex], 0xFF'0000U);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Command>(), 1U);
}

TEST_F(BistTest, EveryPrefixBeforeTheRunEndsInTheSameRun) {
    const auto reset = bench.words;
    const auto full = static_cast<std::uint32_t>(bench.decide().items().size());
    for (std::uint32_t n = 0; n + 1 < full; ++n) {
        bench.words = reset;
        bench.decide();
        bench.apply(n);
        ASSERT_EQ(bench.decide().items().size(), full - n);
    }
}

TEST_F(BistTest, ResultsOfAnotherModeDontCount) {
    bench.decide();
    pass();
    bench.decide();
    pass();
    bench.intent[kMargin] += 1;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Mask>().word(), 0xFFFFU);
}

TEST_F(BistTest, MemoriesAreTakenBackBeforeTheyAreTested) {
    bench.decide();
    pass();
    bench.set<r::Owner::Tile>(0xFFFF);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::Owner>().word(), 0U);
    EXPECT_LT(bench.place<r::Owner>(), bench.place<r::Command>());
}

TEST_F(BistTest, AFailedMemoryIsBrokenAndNotHandedOver) {
    bench.decide();
    pass();
    bench.set<r::Status::Pass>(0);
    bench.set<r::Failed::Memories>(4);
    bench.set<r::Passed::Memories>(0xFFFB);
    EXPECT_EQ(bench.decide().verdict(), Verdict::broken);
}

}  // namespace
}  // namespace hal::blocks::bist
