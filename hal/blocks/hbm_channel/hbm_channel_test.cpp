#include "hal/blocks/hbm_channel/hbm_channel.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/hbm_channel.hpp"

namespace hal::blocks::hbm_channel {
namespace {

namespace r = hal::registers::hbm_channel;
using converge::Verdict;

struct HbmChannelTest : testing::Test {
    HbmChannelTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Ctrl, r::RangeBase, r::RangeLimit, r::Page, r::Scheduler, r::ReadQueue, r::WriteQueue,
                    r::Credits, r::Turnaround, r::Refresh, r::PowerDown, r::Class, r::Ecc, r::Scrub, r::Retry,
                    r::Throttle, r::Alarm>();
        bench.index = 5;
        bench.count = 64;
    }
    void tune() {
        bench.decide();
        bench.apply();
    }
    void all() {
        tune();
        bench.decide();
        bench.apply();
        bench.set<r::Status::Ready>(1);
    }
    converge::Bench bench;
};

TEST_F(HbmChannelTest, QueuesAreTunedAloneAndWithoutDisturbance) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.plan.items().size(), 16U);
    EXPECT_EQ(bench.writes<r::Ctrl>() + bench.writes<r::RangeBase>(), 0U);
}

TEST_F(HbmChannelTest, TheChannelIsPlacedByItsNumberAndThenEnabled) {
    tune();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::RangeBase>().get<r::RangeBase::FirstMib>(), 5U * 1536U);
    EXPECT_EQ(bench.written<r::RangeLimit>().get<r::RangeLimit::LastMib>(), 6U * 1536U - 1U);
    EXPECT_EQ(bench.place<r::Ctrl>(), static_cast<int>(bench.plan.items().size()) - 1);
}

TEST_F(HbmChannelTest, EveryPrefixOfThePlacingLeadsToTheSameEnd) {
    tune();
    converge::expect_every_prefix_to_lead_to_the_same_end(bench);
}

TEST_F(HbmChannelTest, AnEnabledChannelIsTakenOutBeforeItsRangeMoves) {
    all();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::RangeLimit::LastMib>(3);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    ASSERT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::MapOut>(), 1U);
}

TEST_F(HbmChannelTest, ABrokenChannelIsMappedOutAndThatIsConvergence) {
    bench.intent[kEnabled] = bench.intent[kCapacityMib] = 0;
    tune();
    bench.decide();
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::MapOut>(), 1U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(HbmChannelTest, LevellingIsWaitedForAndAChannelThatCannotIsMappedOut) {
    all();
    bench.set<r::Status::Ready>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act) << "nothing moves: level again";
    EXPECT_TRUE(bench.plan.disruptive());
    bench.set<r::Status::Levelling>(1);
    EXPECT_EQ(bench.decide(0).verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::MapOut>(), 1U);
}

TEST_F(HbmChannelTest, ErrorsStayUntilTheHostHasStoredThem) {
    all();
    bench.set<r::ErrorStatus::Uncorrected>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::ErrorLog::Saved>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::ErrorStatus>().word(), r::ErrorStatus::Uncorrected::kMask);
    EXPECT_EQ(bench.writes<r::ErrorLog>(), 0U);
}

TEST_F(HbmChannelTest, PromisesAddUpWhateverTheReadsGet) {
    for (std::uint32_t share = 1; share <= 97; ++share) {
        bench.intent[kReadShare] = share;
        tune();
        std::uint32_t sum = 0;
        for (std::uint32_t k = 0; k < r::Class::kCount; ++k) sum += bench.get<r::Class::Share>(k);
        EXPECT_EQ(sum, 100U) << share;
    }
}

}  // namespace
}  // namespace hal::blocks::hbm_channel
