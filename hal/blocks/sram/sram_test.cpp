#include "hal/blocks/sram/sram.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/sram.hpp"

namespace hal::blocks::sram {
namespace {

namespace r = hal::registers::sram;
using converge::Verdict;

struct SramTest : testing::Test {
    SramTest() : bench(kDriver, r::kWords) { bench.reset<r::Timing>(); }
    /// Carries out `acts` acts.
    void act(int acts) {
        while (acts-- > 0) {
            ASSERT_EQ(bench.decide().verdict(), Verdict::act);
            bench.apply();
        }
    }
    void run() {
        act(3);
        bench.set<r::Filled::Banks>(bench.intent[kBanks]);
        act(1);
        bench.set<r::Status::Ready>(1);
    }
    converge::Bench bench;
};

TEST_F(SramTest, PowersSharesFillsAndServesInThisOrder) {
    act(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Banks>(), 1U);
    act(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Fill>().word(), bench.intent[kBanks]);
    EXPECT_EQ(bench.writes<r::Ctrl>(), 0U);
    act(1);
    bench.set<r::Filled::Banks>(bench.intent[kBanks]);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 1U);
    act(1);
    bench.set<r::Status::Ready>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(SramTest, EveryPrefixOfTheFillingActLeadsToTheSameEnd) {
    act(2);
    converge::expect_every_prefix_to_lead_to_the_same_end(
        bench, [this](std::uint32_t n) { EXPECT_EQ(bench.writes<r::Fill>(), 1U) << n; });
}

TEST_F(SramTest, WaitsForAFillThatSomebodyStarted) {
    act(1);
    bench.set<r::Status::Filling>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
}

TEST_F(SramTest, ADoneFillOfOtherBanksIsNoEvidence) {
    act(2);
    bench.set<r::Status::Done>(1);
    bench.set<r::Filled::Banks>(0x00FF);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Fill>().word(), 0xFF00U) << "and valid banks are left alone";
}

TEST_F(SramTest, ServesAgainWithoutAnotherFill) {
    run();
    bench.set<r::Ctrl::Enable>(0);
    bench.set<r::Status::Ready>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Fill>(), 0U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 1U);
}

TEST_F(SramTest, NothingIsFilledUnderTheEngines) {
    run();
    bench.set<r::Filled::Banks>(0x7FFF);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::Fill>(), 0U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
}

TEST_F(SramTest, PartitionsThatMoveAreAllInvalidBeforeTheFirstOneMoves) {
    run();
    bench.intent[kTensorKib] += 1024;
    bench.intent[kGpsimdKib] -= 1024;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    ASSERT_EQ(bench.plan.items().size(), 12U);
    for (std::uint32_t k = 0; k < 4; ++k) EXPECT_EQ(bench.plan.items()[k].value & r::PartitionUse::Valid::kMask, 0U);
    for (std::uint32_t k = 8; k < 12; ++k) EXPECT_NE(bench.plan.items()[k].value & r::PartitionUse::Valid::kMask, 0U);
}

TEST_F(SramTest, ErrorsAreKeptTwiceBeforeTheLogIsCleared) {
    run();
    bench.set<r::EccLog::Corrected>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::EccKept>(), 2U);
    EXPECT_EQ(bench.writes<r::EccLog>(), 0U) << "what is kept is seen first";
    bench.apply();
    EXPECT_EQ(bench.decide().items().size(), 1U);
    EXPECT_EQ(bench.place<r::EccLog>(), 0);
}

TEST_F(SramTest, IsBrokenIfItNeverServesAndOffIfTheIntentSaysSo) {
    run();
    bench.set<r::Status::Ready>(0);
    bench.set<r::Status::Starting>(1);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    bench.intent[kEnabled] = 0;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::off);
}

}  // namespace
}  // namespace hal::blocks::sram
