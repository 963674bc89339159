#include "hal/blocks/ucie/ucie.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/ucie.hpp"

namespace hal::blocks::ucie {
namespace {

namespace r = hal::registers::ucie;
using converge::Verdict;
using State = r::Status::State;

struct UcieTest : testing::Test {
    UcieTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Ctrl, r::Parameters, r::TrainSetup, r::Repair, r::Adapter, r::Sideband, r::ReplayBuffer,
                    r::Arbiter, r::LowPower, r::Credits, r::Monitor, r::Alarm>();
        bench.decide();
        bench.apply();  // credits, arbitration, alarms
    }
    /// The link comes up over what the registers say.
    void come_up() {
        bench.set<r::Status::Moving>(0);
        bench.set<State>(State::kActive);
        bench.set<r::Negotiated::AskedWidth>(bench.get<r::Parameters::Width>());
        bench.set<r::Negotiated::AskedGt>(bench.get<r::Parameters::RateGt>());
        bench.set<r::Negotiated::GrantedWidth>(bench.get<r::Parameters::Width>());
        bench.set<r::Negotiated::GrantedGt>(bench.get<r::Parameters::RateGt>());
        bench.set<r::Trained::ClockTaken>(bench.get<r::Parameters::FreeClock>());
        bench.set<r::Trained::SetupTaken>(bench.words[r::TrainSetup::kIndex]);
        bench.set<r::Taken::LanesTaken>(bench.words[r::Repair::kIndex]);
        bench.set<r::Taken::AdapterTaken>(bench.words[r::Adapter::kIndex]);
    }
    void all() {
        bench.decide();
        bench.apply();
        come_up();
    }
    converge::Bench bench;
};

TEST_F(UcieTest, SettingsComeBeforeTheStart) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.plan.items().size(), 5U);
    EXPECT_EQ(bench.place<r::Ctrl>(), 4);
}

TEST_F(UcieTest, EveryPrefixOfTheStartLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(bench);
}

TEST_F(UcieTest, ALinkFoundComingUpIsWaitedForInEveryState) {
    all();
    bench.set<r::Status::Moving>(1);
    for (std::uint32_t state = State::kSideband; state <= State::kLinkInit; ++state) {
        bench.set<State>(state);
        EXPECT_EQ(bench.decide(0).verdict(), Verdict::wait) << state;
        EXPECT_TRUE(bench.plan.items().empty()) << state;
    }
    bench.intent[kRateGt] = 16;
    EXPECT_EQ(bench.decide(0).verdict(), Verdict::wait) << "its partner is in the middle of it";
}

TEST_F(UcieTest, ActiveIsNotBelievedWithAnotherWidth) {
    all();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::Negotiated::AskedWidth>(16);
    bench.set<r::Negotiated::GrantedWidth>(16);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.place<r::Ctrl>(), 1) << "stop and start";
}

TEST_F(UcieTest, AnActiveLinkIsStoppedBeforeItsSettingsChange) {
    all();
    bench.intent[kWidth] = 32;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    ASSERT_EQ(bench.plan.items().size(), 3U);
    EXPECT_EQ(bench.plan.items()[0].offset, std::uint32_t{r::Ctrl::kOffset});
    EXPECT_EQ(bench.place<r::Parameters>(), 1);
    EXPECT_EQ(bench.place<r::Ctrl>(), 2);
}

TEST_F(UcieTest, SettingsOfTheNextStartAreRestoredWithoutTouchingTheLink) {
    all();
    bench.set<r::Parameters::Width>(7);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    ASSERT_EQ(bench.plan.items().size(), 1U);
}

TEST_F(UcieTest, AFailedLinkGetsASecondTryAndNoThird) {
    bench.decide();
    bench.apply();
    bench.set<State>(State::kTraining);
    bench.set<r::Status::Moving>(1);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Retried>(), 1U);
    EXPECT_EQ(bench.place<r::LinkCommand>(), 0) << "called off in good order";
    bench.apply();
    EXPECT_EQ(bench.decide(0).verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Start>(), 0U);
}

TEST_F(UcieTest, ErrorsStayUntilTheHostHasStoredThem) {
    all();
    bench.set<r::ErrorStatus::Retrained>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.set<r::ErrorLog::Saved>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::ErrorStatus>().word(), r::ErrorStatus::Retrained::kMask);
}

}  // namespace
}  // namespace hal::blocks::ucie
