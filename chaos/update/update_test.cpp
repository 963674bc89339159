#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "chaos/judge.hpp"
#include "chaos/update/matrix.hpp"
#include "chaos/update/update.hpp"
#include "hal/chip/heron.hpp"
#include "hal/registers/cru.hpp"
#include "hal/registers/pll.hpp"
#include "hal/registers/vr.hpp"

namespace chaos::update {
namespace {

Starter side(const char* name, const char* intent) {
    Starter starter;
    starter.name = name;
    auto document = transports::intent::load(intent, {sizeof(hal_chip), 1, 8});
    starter.intent = document.name;
    starter.intended = document.intended;
    return starter;
}

struct UpdateTest : testing::Test {
    UpdateTest() : update(make()), scenario(scenario_of(update)), layout(*update.chip) {}
    static Update make() {
        return {side("old", "training"), side("new", "inference"), hal::chip::heron(1, 8), Path::spi};
    }
    std::pair<std::string, std::uint32_t> place(std::uint32_t cell) const {
        const auto next = std::upper_bound(layout.first_cell.begin(), layout.first_cell.end(), cell);
        const auto i = static_cast<std::size_t>(next - layout.first_cell.begin() - 1);
        return {layout.type[i]->name, cell - layout.first_cell[i]};
    }

    const Update update;
    const Scenario scenario;
    const transports::model::Layout layout;
};

TEST_F(UpdateTest, AGroupThatIsHalfOldAndHalfNewUnderTrafficIsNoticedAndNothingElseIs) {
    Judge judge(scenario, layout, OracleSet().set());
    transports::model::Chip& chip = judge.rig().chip;
    const auto before = chip.snapshot();
    ASSERT_TRUE(chip.traffic_running());
    EXPECT_EQ(scenario.half_applied(chip), "");
    judge.run_starter(kNewMayDrain);
    chip.advance(10'000);
    const auto after = chip.snapshot();
    ASSERT_TRUE(chip.traffic_running());
    EXPECT_EQ(scenario.half_applied(chip), "");
    std::size_t words = 0;
    std::set<std::pair<std::string, std::uint32_t>> mixed;  // block type, register word
    for (std::uint32_t cell = 0; cell < layout.cells; ++cell) {
        if (((before.cells[cell] ^ after.cells[cell]) & layout.hash_mask[cell]) == 0 || cell >= layout.traffic)
            continue;
        chip.restore(before);
        chip.set_cell(cell, after.cells[cell]);
        ++words;
        if (!scenario.half_applied(chip).empty()) mixed.insert(place(cell));
        chip.set_cell(layout.traffic + transports::model::kPhase, 0);
        EXPECT_EQ(scenario.half_applied(chip), "") << "nobody's traffic runs";
    }
    namespace r = hal::registers;
    // `clocks` is in both intents. `memory` and `routes` are in one only, and some of each may change under traffic:
    // the HAL of the other side changes those at once and leaves the rest to a drain, as its own intent has it.
    const std::set<std::pair<std::string, std::uint32_t>> clocks{{"vr", r::vr::Target::kIndex},
                                                                 {"vr", r::vr::Limits::kIndex},
                                                                 {"pll", r::pll::Divider::kIndex},
                                                                 {"cru", r::cru::Clock::kIndex}};
    EXPECT_EQ(mixed, clocks);
    EXPECT_GT(words, 100 * mixed.size()) << "what is in no group, or working registers";
    std::cout << words << " words differ; of " << mixed.size()
              << " registers each one, changed alone, breaks a group\n";
}

TEST_F(UpdateTest, AWriteOnceLockThatDiffersIsReportedAsNeedingAResetAndNothingIsTouched) {
    Starter wider = side("new", "training");
    auto document = transports::intent::parse(
        R"({"name": "wider", "defaults": {"firewall": {"window_mib": 256}}, "firmware": {"odc": 258}})", "test",
        {sizeof(hal_chip), 1, 8});
    wider.intended = document.intended;
    const Update locked{side("old", "training"), wider, hal::chip::heron(1, 8), Path::spi};
    try {
        scenario_of(locked);
        FAIL() << "an update that only a reset can complete counts as one";
    } catch (const std::runtime_error& told) {
        EXPECT_THAT(told.what(), testing::HasSubstr("2 need a reset"));
        EXPECT_THAT(told.what(), testing::HasSubstr("firewall[0]: needs_reset"));
    }
    Rig rig(layout, Path::spi);
    hal::converge::Policy draining;
    draining.drain = true;
    ASSERT_TRUE(rig.run(locked.older.intended, draining).result->complete());
    const auto before = rig.chip.snapshot();
    const auto run = rig.run(wider.intended, draining);
    ASSERT_TRUE(run.result);
    EXPECT_EQ(run.result->needs_reset, 2U);
    EXPECT_EQ(run.result->writes, 0U) << "what differs is locked, and nothing else differs";
    EXPECT_EQ(rig.chip.hash(), before.hash);
    rig.chip.cold_reset();
    EXPECT_TRUE(rig.run(wider.intended, draining).result->complete());
}

TEST_F(UpdateTest, AShareThatNoDrainCanKeepIsFoundToBeMissed) {
    MatrixOptions options;
    options.share = 1;
    options.only = "old>new/keeps/killed/0";
    const MatrixResult result = matrix(update, scenario, options);
    ASSERT_EQ(result.runs, 1U);
    ASSERT_EQ(result.lost, 1U);
    EXPECT_EQ(result.losses[0].findings[0].oracle, Oracle::share);
    options.share = 0.8;
    const MatrixResult kept = matrix(update, scenario, options);
    EXPECT_EQ(kept.lost, 0U);
    EXPECT_EQ(kept.rows[0].ends[0].deferred, 1U) << "the clocks wait for a drain";
    EXPECT_GT(kept.rows[0].worst_stall_us, 0U);
}

TEST_F(UpdateTest, ThreadsShareTheWorkAndFindTheSame) {
    MatrixOptions options;
    const MatrixResult one = matrix(update, scenario, options);
    options.threads = 3;
    const MatrixResult three = matrix(update, scenario, options);
    EXPECT_EQ(one.lost, 0U);
    EXPECT_EQ(one.runs, three.runs);
    ASSERT_EQ(one.rows.size(), 2 * kWorks);
    for (std::size_t n = 0; n < one.rows.size(); ++n) {
        EXPECT_EQ(one.rows[n].moments, three.rows[n].moments);
        EXPECT_EQ(one.rows[n].worst_stall, three.rows[n].worst_stall);
        for (std::size_t e = 0; e < kEnds; ++e) {
            EXPECT_EQ(one.rows[n].ends[e].runs, three.rows[n].ends[e].runs) << n << name(static_cast<End>(e));
            EXPECT_GT(one.rows[n].ends[e].runs, 0U);
        }
    }
    std::cout << one.runs << " takeovers\n";
}

}  // namespace
}  // namespace chaos::update
