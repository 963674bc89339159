#include "hal/blocks/hbm_ctrl/hbm_ctrl.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/hbm_ctrl.hpp"

namespace hal::blocks::hbm_ctrl {
namespace {

namespace r = hal::registers::hbm_ctrl;
using converge::Verdict;

struct HbmCtrlTest : testing::Test {
    HbmCtrlTest() : bench(kDriver, r::kWords) {
        bench.reset<r::Ctrl, r::Clock, r::Trcd, r::Trp, r::Tras, r::Trc, r::Trfc, r::Trefi, r::Trrd, r::Tfaw, r::Tccd,
                    r::Twr, r::Twtr, r::Trtp, r::Tlat, r::Txp, r::Txs, r::Tmod, r::Tcke, r::Tturn, r::Map, r::Ecc,
                    r::Refresh, r::Scrub, r::PowerDown, r::Arbiter, r::MrIndex, r::MrData>();
        bench.decide();
        bench.apply();  // scrubbing, power-down, arbitration
    }
    void initialise() {
        bench.decide();
        bench.apply();
        bench.set<r::Status::Live>(1);
        bench.set<r::Status::InitDone>(1);
    }
    /// Carries the plan's mode register commands out, up to `items` items of it.
    void commands(std::uint32_t items) {
        for (std::uint32_t k = 0; k < items; ++k) {
            const converge::Item& item = bench.plan.items()[k];
            if (item.offset == r::MrGo::kOffset) bench.set<r::MrImage::Held>(data, number);
            if (item.offset == r::MrIndex::kOffset) number = item.value;
            if (item.offset == r::MrData::kOffset) data = item.value;
        }
        bench.apply(items);
    }
    void all() {
        initialise();
        bench.decide();
        commands(static_cast<std::uint32_t>(bench.plan.items().size()));
    }
    converge::Bench bench;
    std::uint32_t number = 0, data = 0;
};

TEST_F(HbmCtrlTest, TimingsAndMapComeBeforeInitialisation) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.plan.items().size(), 23U);
    EXPECT_EQ(bench.place<r::Ctrl>(), 22);
    EXPECT_EQ(bench.written<r::Trcd>().get<r::Trcd::Read>(), 23U) << "14 ns at 1600 MHz, rounded up";
    EXPECT_EQ(bench.written<r::Trefi>().get<r::Trefi::Clocks>(), 6240U) << "3.9 us at 1600 MHz, rounded down";
}

TEST_F(HbmCtrlTest, EveryPrefixOfTheTimingsLeadsToTheSameEnd) {
    converge::expect_every_prefix_to_lead_to_the_same_end(bench);
}

TEST_F(HbmCtrlTest, EveryCommandWritesIndexAndDataAfreshWhateverTheyHold) {
    initialise();
    bench.set<r::MrIndex::ModeRegister>(1);
    bench.set<r::MrData::Content>(0x65);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::MrIndex>(), 8U);
    EXPECT_EQ(bench.writes<r::MrData>(), 8U);
    EXPECT_EQ(bench.writes<r::MrGo>(), 8U);
    EXPECT_EQ(bench.place<r::Ctrl>(), 24) << "the data path opens last";
}

TEST_F(HbmCtrlTest, WhateverCommandsAPredecessorGotDoneTheOthersFollow) {
    initialise();
    const auto before = bench.words;
    const auto full = static_cast<std::uint32_t>(bench.decide().items().size());
    for (std::uint32_t n = 0; n < full; ++n) {
        bench.words = before;
        bench.decide();
        commands(n);
        ASSERT_EQ(bench.decide().verdict(), Verdict::act) << n;
        EXPECT_EQ(bench.writes<r::MrGo>(), 8 - n / 3) << n;
        commands(static_cast<std::uint32_t>(bench.plan.items().size()));
        EXPECT_EQ(bench.decide().verdict(), Verdict::converged) << n;
    }
}

TEST_F(HbmCtrlTest, ARunningDramIsPutToSleepForOtherTimingsAndWokenByWhoeverFindsIt) {
    all();
    bench.intent[kPostponedRefreshes] = 8;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    ASSERT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::SelfRefresh>(), 1U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Open>(), 0U);
    bench.apply();
    bench.set<r::Status::Live>(0);
    bench.set<r::Status::Sleeping>(1);
    bench.intent[kPostponedRefreshes] = 4;  // the next one wants what is there
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::SelfRefresh>(), 0U);
}

TEST_F(HbmCtrlTest, ModeRegistersAreNotWrittenUnderAnOpenDataPath) {
    all();
    bench.set<r::MrImage::Held>(0, 4);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
    ASSERT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Open>(), 0U);
}

TEST_F(HbmCtrlTest, ADramOnItsWayIsWaitedForWithinItsBound) {
    initialise();
    bench.set<r::Status::InitDone>(0);
    bench.set<r::Status::Moving>(1);
    EXPECT_EQ(bench.decide(0).verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Init>(), 0U);
}

TEST_F(HbmCtrlTest, ScrubbingIsTunedWithoutDisturbance) {
    all();
    bench.set<r::Scrub::Hours>(99);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_FALSE(bench.plan.disruptive());
    EXPECT_EQ(bench.plan.items().size(), 1U);
}

}  // namespace
}  // namespace hal::blocks::hbm_ctrl
