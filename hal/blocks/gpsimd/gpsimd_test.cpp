#include "hal/blocks/gpsimd/gpsimd.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/gpsimd.hpp"

namespace hal::blocks::gpsimd {
namespace {

namespace r = hal::registers::gpsimd;
using converge::Verdict;

struct GpsimdTest : testing::Test {
    GpsimdTest() : bench(kDriver, r::kWords) {}
    void fabric() {
        bench.decide();
        bench.apply();
        bench.set<r::Status::Fabric>(1);
    }
    void run() {
        fabric();
        bench.decide();
        bench.apply();
        bench.set<r::Status::Running>(bench.intent[kSubCores]);
    }
    converge::Bench bench;
};

TEST_F(GpsimdTest, WritesTablesAndStacksBeforeTheFabricAndVersionBehindTheTables) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    const int last = static_cast<int>(bench.plan.items().size()) - 1;
    EXPECT_EQ(bench.place<r::FirmwareVersion>(), last - 1);
    EXPECT_EQ(bench.place<r::Ctrl>(), last);
    EXPECT_EQ(bench.writes<r::Stack>(), 8U);
    EXPECT_EQ(bench.writes<r::OpControl>(), bench.intent[kOperations]);
    EXPECT_EQ(bench.writes<r::Semaphore>(), 4U);
}

TEST_F(GpsimdTest, EveryPrefixOfTheFirstActLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(bench);
}

TEST_F(GpsimdTest, TheVersionIsNoEvidenceOfTheTables) {
    bench.set<r::FirmwareVersion::Major>(bench.intent[kFirmwareVersion] >> 24);
    bench.set<r::FirmwareVersion::Minor>(bench.intent[kFirmwareVersion] >> 16);
    bench.set<r::FirmwareVersion::Build>(bench.intent[kFirmwareVersion]);
    bench.decide();
    EXPECT_EQ(bench.writes<r::OpEntry>(), bench.intent[kOperations]);
}

TEST_F(GpsimdTest, SemaphoresAreSeenBeforeTheFirstSubCoreAndNeverSetAfterwards) {
    fabric();
    bench.set<r::Semaphore::Units>(0, 2);  // a write was lost
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Semaphore>(), 1U);
    EXPECT_EQ(bench.writes<r::Start>(), 0U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Semaphore>(), 0U);
    EXPECT_EQ(bench.writes<r::Start>(), 1U);
    run();
    bench.idle = false;
    bench.set<r::Semaphore::Units>(3, 2);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(GpsimdTest, WithoutTrafficSubCoresThatHoldUnitsAreStartedAgain) {
    run();
    bench.set<r::Semaphore::Units>(3, 2);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::Stop>().word(), bench.intent[kSubCores]);
    bench.set<r::Status::Running>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Semaphore>(), 1U);
}

TEST_F(GpsimdTest, UnitsThatAllRunningSubCoresHoldMeanTraffic) {
    run();
    const std::uint32_t running = 7;  // of 0xFD
    for (std::uint32_t k = 0; k < r::Semaphore::kCount; ++k) {
        bench.set<r::Semaphore::Units>(bench.intent[kSemaphores] - running, k);
    }
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(GpsimdTest, SubCoresThatWouldStartOnWrongSemaphoresAreHeldBack) {
    fabric();
    bench.set<r::Status::Launching>(1);
    bench.set<r::Status::Queued>(bench.intent[kSubCores]);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::Semaphore::Units>(bench.intent[kSemaphores] + 1, 2);  // a bit has flipped
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Stop>().word(), bench.intent[kSubCores]);
    EXPECT_EQ(bench.writes<r::Semaphore>(), 0U);
    bench.set<r::Status::Queued>(0);  // the launch ends without them
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Semaphore>(), 1U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::Status::Launching>(0);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Start>().word(), bench.intent[kSubCores]);
}

TEST_F(GpsimdTest, OnlySubCoresThatDoNotRunAreStarted) {
    run();
    bench.set<r::Status::Running>(bench.intent[kSubCores] & ~0x10U);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::Start>().word(), 0x10U);
    EXPECT_EQ(bench.writes<r::Semaphore>(), 0U);
}

TEST_F(GpsimdTest, SubCoresThatNobodyWantsAreStopped) {
    run();
    bench.set<r::Status::Running>(0xFF);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Stop>().word(), 0xFF & ~bench.intent[kSubCores]);
    EXPECT_EQ(bench.writes<r::Start>(), 0U);
}

TEST_F(GpsimdTest, WaitsWhileSubCoresAreLaunchedAndIsBrokenIfThatHangs) {
    fabric();
    bench.set<r::Status::Launching>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
}

TEST_F(GpsimdTest, AnOperationIsNotValidWhileItMoves) {
    run();
    bench.set<r::OpEntry::Word>(0x123, 2);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    ASSERT_EQ(bench.plan.items().size(), 3U);
    EXPECT_EQ(bench.plan.items()[0].value & r::OpControl::Valid::kMask, 0U);
    EXPECT_EQ(bench.place<r::OpEntry>(), 1);
    bench.apply(1);
    bench.decide();
    EXPECT_LT(bench.place<r::OpEntry>(), bench.place<r::OpControl>());
    EXPECT_FALSE(bench.plan.disruptive());
}

TEST_F(GpsimdTest, StacksMoveOnlyWhileTheEngineIsOff) {
    run();
    bench.set<r::Stack::Limit>(1, 3);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::Stack>(), 0U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
}

TEST_F(GpsimdTest, IsOffWhenTheIntentSaysSo) {
    run();
    bench.intent[kEnabled] = 0;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::off);
}

}  // namespace
}  // namespace hal::blocks::gpsimd
