#include "hal/blocks/hbm_phy/hbm_phy.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/hbm_phy.hpp"

namespace hal::blocks::hbm_phy {
namespace {

namespace r = hal::registers::hbm_phy;
using converge::Verdict;

struct HbmPhyTest : testing::Test {
    HbmPhyTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Power, r::Rate, r::Zq, r::TrainSetup, r::Repair, r::Drift, r::LowPower, r::Thermal, r::Lane>();
    }
    void settings() {
        bench.decide();
        bench.apply();
        for (std::uint32_t k = 0; k < r::Repair::kCount; ++k) {
            bench.set<r::Applied::Replaced>(bench.get<r::Repair::BadLane>(k), k);
            bench.set<r::Applied::Used>(bench.get<r::Repair::Use>(k), k);
        }
    }
    void calibration() {
        bench.set<r::ZqStatus::Calibrated>(1);
        bench.set<r::ZqStatus::Ohm>(bench.get<r::Zq::TargetOhm>());
    }
    /// The rule of trained_config, over the registers as they are.
    std::uint32_t digest() const {
        std::uint32_t d = 0;
        const auto mix = [&d](std::uint32_t word) { d = (d << 5 | d >> 27) ^ word; };
        mix(bench.words[r::Rate::kIndex]);
        mix(bench.words[r::ZqStatus::kIndex] & r::ZqStatus::Ohm::kMask);
        mix(bench.words[r::TrainSetup::kIndex]);
        for (std::uint32_t k = 0; k < r::Applied::kCount; ++k) mix(bench.words[r::Applied::kIndex + k]);
        for (std::uint32_t k = 0; k < r::Lane::kCount; ++k) mix(bench.words[r::Lane::kIndex + k]);
        return d;
    }
    void training() {
        bench.set<r::TrainStatus::Training>(0);
        bench.set<r::TrainStatus::Trained>(1);
        bench.set<r::TrainedRate::TrainedMbps>(bench.get<r::Rate::Mbps>());
        bench.set<r::TrainedConfig::Digest>(digest());
    }
    void all() {
        settings();
        calibration();
        training();
    }
    converge::Bench bench;
};

TEST_F(HbmPhyTest, APhyInResetIsSetUpRepairedAndCalibratedInThisOrder) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_GE(bench.plan.items().size(), 18U);
    EXPECT_LT(bench.place<r::Repair>(), bench.place<r::RepairCommand>());
    EXPECT_EQ(bench.place<r::ZqCommand>(), static_cast<int>(bench.plan.items().size()) - 1);
    EXPECT_EQ(bench.writes<r::TrainCommand>(), 0U);
}

TEST_F(HbmPhyTest, EveryPrefixOfTheSettingsLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(bench, [this](std::uint32_t n) {
        EXPECT_EQ(bench.writes<r::RepairCommand>(), 1U) << "staged repairs are not applied ones, prefix " << n;
        EXPECT_EQ(bench.writes<r::ZqCommand>(), 1U) << n;
    });
}

TEST_F(HbmPhyTest, ACalibratedPhyIsTrainedOnceAndConverges) {
    settings();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act) << "a calibration that nobody has started is started";
    bench.set<r::ZqStatus::Busy>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::ZqStatus::Busy>(0);
    calibration();
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    ASSERT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.writes<r::TrainCommand>(), 1U);
    training();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(HbmPhyTest, ATrainingFoundRunningIsWaitedForNotStartedAgain) {
    settings();
    calibration();
    bench.set<r::TrainStatus::Training>(1);
    EXPECT_EQ(bench.decide(0).verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::TrainStatus::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Power>().get<r::Power::On>(), 0U);
}

TEST_F(HbmPhyTest, TrainedIsNotBelievedForAnotherConfiguration) {
    all();
    bench.intent[kArrivalPs] += 10;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::TrainCommand>(), 1U);
    bench.apply();  // and the process dies before the command
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::TrainCommand>(), 1U);
    bench.set<r::TrainedRate::TrainedMbps>(3200);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
}

TEST_F(HbmPhyTest, SettingsOfTheNextTrainingAreRestoredWithoutTraining) {
    all();
    bench.set<r::Rate::Mbps>(2000);
    bench.set<r::Repair::Use>(0, 1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.plan.items().size(), 2U);
    bench.apply();
    bench.set<r::Lane::DelayPs>(7, 3);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive()) << "lanes feel it at once";
    EXPECT_EQ(bench.plan.items().size(), 1U);
}

TEST_F(HbmPhyTest, LanesArriveTogetherWhateverTheirLength) {
    bench.index = 3;
    bench.decide();
    bench.apply();
    EXPECT_EQ(bench.get<r::Lane::DelayPs>(0), 700U - 230U);
    EXPECT_EQ(bench.get<r::Lane::DelayPs>(7), 700U - 335U);
}

TEST_F(HbmPhyTest, ATrainingThatFailedWithTheIntendedConfigurationIsGivenUpAnotherIsRepeated) {
    settings();
    calibration();
    bench.set<r::TrainStatus::Failed>(1);
    bench.set<r::TrainedConfig::Digest>(digest() ^ 1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    bench.set<r::TrainedConfig::Digest>(digest());
    EXPECT_EQ(bench.decide().verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Power>().get<r::Power::On>(), 0U);
}

}  // namespace
}  // namespace hal::blocks::hbm_phy
