#include "hal/blocks/tensor/tensor.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/tensor.hpp"

namespace hal::blocks::tensor {
namespace {

namespace r = hal::registers::tensor;
using converge::Verdict;

struct TensorTest : testing::Test {
    TensorTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Formats, r::Rounding, r::RoundingSeed, r::Saturation, r::WeightStream, r::Throttle>();
        bench.set<r::Defect::Lane>(27);
        bench.set<r::Defect::Present>(1);
    }
    void run() {
        bench.decide();
        bench.apply();
        bench.set<r::Status::Ready>(1);
        bench.decide();
        bench.apply();
    }
    converge::Bench bench;
};

TEST_F(TensorTest, StartsAtALowDutyAndRaisesItOnlyWhenReady) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.place<r::Ctrl>(), static_cast<int>(bench.plan.items().size()) - 1);
    bench.apply();
    EXPECT_LT(bench.get<r::Throttle::Duty>(), 6U);
    bench.set<r::Status::Starting>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::Status::Starting>(0);
    bench.set<r::Status::Ready>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Throttle>().get<r::Throttle::Duty>(), bench.intent[kDuty] - 1);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(TensorTest, EveryPrefixOfTheFirstActLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(bench);
}

TEST_F(TensorTest, ASpareStandsInForEveryKnownDefect) {
    bench.decide();
    bench.apply();
    EXPECT_EQ(bench.get<r::LaneRepair::Lane>(0), 27U);
    EXPECT_EQ(bench.get<r::LaneRepair::Replaces>(0), 1U);
    EXPECT_EQ(bench.get<r::LaneRepair::Replaces>(1), 0U);
}

TEST_F(TensorTest, AnotherConfigurationIsWrittenLiveAndLatchedAfterADrain) {
    run();
    bench.intent[kFormats] = 0x40;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    bench.apply();
    bench.set<r::Status::Stale>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::Ctrl>(), 2U);
}

TEST_F(TensorTest, LowersTheDutyBeforeAnotherStart) {
    run();
    ASSERT_EQ(bench.get<r::Throttle::Duty>(), bench.intent[kDuty] - 1);
    bench.set<r::Ctrl::Enable>(0);
    bench.set<r::Status::Ready>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.place<r::Throttle>(), 0);
    EXPECT_EQ(bench.place<r::Ctrl>(), 1);
}

TEST_F(TensorTest, ATrippedArrayIsSwitchedOffAndAcknowledged) {
    run();
    bench.set<r::Status::Tripped>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
    EXPECT_EQ(bench.written<r::Status>().word(), r::Status::Tripped::kMask);
}

TEST_F(TensorTest, IsBrokenIfLanesFailInSpiteOfRepairOrTheTestHangs) {
    bench.decide();
    bench.apply();
    bench.set<r::Status::Starting>(1);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    bench.set<r::Status::Starting>(0);
    bench.set<r::Status::TestFailed>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
}

TEST_F(TensorTest, IsOffWhenTheIntentSaysSo) {
    run();
    bench.intent[kEnabled] = 0;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::off);
}

}  // namespace
}  // namespace hal::blocks::tensor
