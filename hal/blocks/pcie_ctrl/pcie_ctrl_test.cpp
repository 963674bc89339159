#include "hal/blocks/pcie_ctrl/pcie_ctrl.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/pcie_ctrl.hpp"

namespace hal::blocks::pcie_ctrl {
namespace {

namespace r = hal::registers::pcie_ctrl;
using converge::Verdict;
using Ltssm = r::Status::Ltssm;

struct PcieCtrlTest : testing::Test {
    PcieCtrlTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Ctrl, r::LinkTarget, r::Identity, r::Class, r::Subsystem, r::Bar, r::PostedCredits,
                    r::NonpostedCredits, r::Msi, r::Packets, r::Completion, r::Power, r::Tolerance, r::Replay,
                    r::Alarm>();
        bench.count = 2;
        bench.decide();
        bench.apply();  // target, time-outs, power management
    }
    void up() {
        bench.set<r::Status::Moving>(0);
        bench.set<Ltssm>(Ltssm::kL0);
        bench.set<r::Status::LinkUp>(1);
        negotiate(5, 16);
    }
    void negotiate(std::uint32_t speed, std::uint32_t width) {
        bench.set<r::Negotiated::AskedSpeed>(speed);
        bench.set<r::Negotiated::AskedWidth>(width);
        bench.set<r::Negotiated::Speed>(speed);
        bench.set<r::Negotiated::Width>(width);
    }
    void all() {
        bench.decide();
        bench.apply();
        up();
    }
    converge::Bench bench;
};

TEST_F(PcieCtrlTest, EverythingTheHostWillSeeComesBeforeTheLink) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::Bar>(), 3U);
    EXPECT_EQ(bench.place<r::Ctrl>(), static_cast<int>(bench.plan.items().size()) - 1);
    EXPECT_EQ(bench.writes<r::Command>(), 0U) << "bus mastering is the host's";
}

TEST_F(PcieCtrlTest, EveryPrefixOfTheSetUpLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(bench);
}

TEST_F(PcieCtrlTest, ALinkFoundTrainingIsWaitedForInEveryState) {
    all();
    bench.set<r::Status::LinkUp>(0);
    bench.set<r::Status::Moving>(1);
    for (std::uint32_t state = Ltssm::kDetect; state <= Ltssm::kRecovery; ++state) {
        bench.set<Ltssm>(state);
        EXPECT_EQ(bench.decide(0).verdict(), Verdict::wait) << state;
        EXPECT_TRUE(bench.plan.items().empty()) << state;
    }
}

TEST_F(PcieCtrlTest, AnUpLinkGoesDownBeforeLockedRegistersChange) {
    all();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::Bar::SizeLog2>(20, 2);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    ASSERT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::LinkEnable>(), 0U);
}

TEST_F(PcieCtrlTest, ALinkThatAskedForAnotherSpeedAgreesAgainOneOfAnotherWidthStartsAgain) {
    all();
    negotiate(1, 16);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.writes<r::LinkCommand>(), 1U);
    negotiate(5, 1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::LinkEnable>(), 0U);
}

TEST_F(PcieCtrlTest, TheTargetIsRestoredUnderALinkWithoutTouchingIt) {
    all();
    bench.set<r::LinkTarget::Speed>(2);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    ASSERT_EQ(bench.plan.items().size(), 1U);
}

TEST_F(PcieCtrlTest, AFailedLinkGetsASecondTryAndNoThird) {
    all();
    bench.set<r::Negotiated::Width>(8);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Retried>(), 1U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::LinkEnable>(), 0U);
    bench.set<r::Negotiated::Width>(16);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(PcieCtrlTest, ErrorsStayUntilTheHostHasStoredThem) {
    all();
    bench.set<r::ErrorStatus::Fatal>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::ErrorLog::Saved>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::ErrorStatus>().word(), r::ErrorStatus::Fatal::kMask);
}

}  // namespace
}  // namespace hal::blocks::pcie_ctrl
