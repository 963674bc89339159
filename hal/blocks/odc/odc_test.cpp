#include "hal/blocks/odc/odc.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/odc.hpp"

namespace hal::blocks::odc {
namespace {

namespace r = hal::registers::odc;
using converge::Verdict;

struct OdcTest : testing::Test {
    OdcTest() : bench(kDriver, r::kWords), code(200, 7) {
        bench.reset<r::Ctrl, r::Arguments, r::Envelope>();
        bench.count = 2;
    }
    void intend() { bench.image = {code.data(), 200, 0xABCD, 0x12}; }
    void verified() {
        intend();
        bench.set<r::Length::Words>(200);
        bench.set<r::Status::Digested>(1);
        bench.set<r::Digest::Word>(0xABCD);
    }
    void running() {
        verified();
        bench.decide();
        bench.apply();
        bench.set<r::Boot::Running>(1);
        bench.set<r::Boot::Version>(0x12);
    }
    converge::Bench bench;
    std::vector<std::uint32_t> code;
};

TEST_F(OdcTest, WithoutAnImageItIsHeldAndPrepared) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::Ctrl::Release>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
}

TEST_F(OdcTest, AnImageIsDownloadedHeldInResetAndVerifiedLast) {
    intend();
    bench.set<r::Ctrl::Release>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.place<r::Ctrl>(), 0);
    EXPECT_LT(bench.place<r::Length>(), bench.place<r::Code>());
    EXPECT_EQ(bench.place<r::LoadCtrl>(), static_cast<int>(bench.plan.items().size()) - 1);
    EXPECT_EQ(bench.written<r::LoadCtrl>().word(), r::LoadCtrl::Verify::kMask);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Release>(), 0U);
}

TEST_F(OdcTest, VerificationIsWaitedFor) {
    intend();
    bench.set<r::Status::Busy>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
}

TEST_F(OdcTest, OnlyTheFreshDigestOfTheWholeImageIsBelieved) {
    verified();
    bench.decide();
    EXPECT_EQ(bench.writes<r::Code>(), 0U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Release>(), 1U);
    const auto good = bench.words;
    for (int spoiled = 0; spoiled < 5; ++spoiled) {
        bench.words = good;
        if (spoiled == 0) bench.set<r::Status::Written>(1);
        if (spoiled == 1) bench.set<r::Status::BrownOut>(1);
        if (spoiled == 2) bench.set<r::Status::Digested>(0);
        if (spoiled == 3) bench.set<r::Length::Words>(199);
        if (spoiled == 4) bench.set<r::Digest::Word>(0xABCC);
        bench.decide();
        EXPECT_EQ(bench.writes<r::Code>(), 1U) << spoiled;
    }
}

TEST_F(OdcTest, ABrownOutIsAcknowledgedBehindTheFirstCodeWord) {
    verified();
    bench.set<r::Status::BrownOut>(1);
    bench.decide();
    EXPECT_GT(bench.place<r::Status>(), bench.place<r::Code>());
    EXPECT_LT(bench.place<r::Status>(), bench.place<r::LoadCtrl>());
}

TEST_F(OdcTest, RunningInTheRightVersionIsConvergedInAnotherStartedOver) {
    running();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::Boot::Version>(0x11);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Boot::kLatencyMaxUs).verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::LoadCtrl>().word(), r::LoadCtrl::Verify::kMask);
}

TEST_F(OdcTest, SettingsAreCorrectedInReset) {
    running();
    bench.intent[kPower] += 1;
    bench.decide();
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_LT(bench.place<r::Ctrl>(), bench.place<r::Envelope>());
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Release>(), 0U);
}

TEST_F(OdcTest, FirmwareThatCrashesIsGivenUpAfterSomeAttempts) {
    running();
    bench.set<r::Boot::Crashed>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    bench.set<r::Boot::Attempts>(3);
    EXPECT_EQ(bench.decide().verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Release>(), 0U);
}

TEST_F(OdcTest, AnImageThatDoesNotFitIsRefused) {
    intend();
    bench.image.count = 513;
    for (int n = 0; n < 3 && bench.decide().verdict() == Verdict::act; ++n) bench.apply();
    EXPECT_EQ(bench.plan.verdict(), Verdict::broken);
    EXPECT_EQ(bench.writes<r::Code>(), 0U);
}

}  // namespace
}  // namespace hal::blocks::odc
