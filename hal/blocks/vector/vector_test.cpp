#include "hal/blocks/vector/vector.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/vector.hpp"

namespace hal::blocks::vector {
namespace {

namespace r = hal::registers::vector;
using converge::Verdict;

constexpr std::uint32_t kSilu = 0x6353180C;  // FNV-1a of the table for activation 2

struct VectorTest : testing::Test {
    VectorTest() : bench(kDriver, r::kWords) { bench.reset<r::Lanes, r::Formats, r::Arbitration>(); }
    void run() {
        bench.decide();
        bench.apply();
        bench.set<r::LutDigest::Fnv>(kSilu);
        bench.set<r::Status::Ready>(1);
    }
    converge::Bench bench;
};

TEST_F(VectorTest, LoadsTheTableFromItsFirstEntryBeforeItStarts) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.place<r::LutPointer>() + 1, bench.place<r::LutData>());
    EXPECT_LT(bench.place<r::LutData>(), bench.place<r::Ctrl>());
    run();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(VectorTest, EveryPrefixOfTheFirstActLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(bench, [this](std::uint32_t) {
        EXPECT_EQ(bench.writes<r::LutPointer>(), 1U) << "the table counts only when it is whole";
    });
}

TEST_F(VectorTest, ATableThatIsInPlaceIsNotLoadedAgain) {
    bench.set<r::LutDigest::Fnv>(kSilu);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::LutData>(), 0U);
}

TEST_F(VectorTest, TheNumberInLutUseIsNoEvidenceOfTheTable) {
    run();
    ASSERT_EQ(bench.get<r::LutUse::Function>(), 2U);
    bench.set<r::LutDigest::Fnv>(kSilu ^ 1U);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::LutData>(), 0U) << "not while the lanes look up";
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
}

TEST_F(VectorTest, AnotherShapeNeedsADisabledEngine) {
    run();
    bench.intent[kLanes] = 32;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.plan.items().size(), 1U);
    bench.apply();
    bench.decide();
    EXPECT_EQ(bench.written<r::Lanes>().get<r::Lanes::InUse>(), 32U);
}

TEST_F(VectorTest, WindowAndRoundingAreSetLive) {
    run();
    bench.set<r::WindowBase::Base>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
}

TEST_F(VectorTest, IsBrokenIfItNeverBecomesReady) {
    run();
    bench.set<r::Status::Ready>(0);
    bench.set<r::Status::Starting>(1);
    EXPECT_EQ(bench.decide(50).verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
}

TEST_F(VectorTest, IsOffWhenTheIntentSaysSo) {
    run();
    bench.intent[kEnabled] = 0;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::off);
}

}  // namespace
}  // namespace hal::blocks::vector
