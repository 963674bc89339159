#include "chaos/trial.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "chaos/coverage.hpp"
#include "chaos/modes.hpp"
#include "chaos/strikes.hpp"

namespace chaos {
namespace {

using faults::Outcome;

struct TrialTest : testing::Test {
    static Scenario make(const char* name, Path path) {
        Scenario scenario = make_scenario(name, 1, 8);
        scenario.path = path;
        return scenario;
    }
    Trial run(const std::string& plan) { return trials.run(faults::parse(plan)); }
    /// The moment before the n-th frame of a boot, as text.
    std::string frame(std::size_t n) {
        for (const Point& point : survey(trials.judge(), scenario)) {
            if (point.moment == Moment::before && n-- == 0) return std::to_string(point.index);
        }
        return "none";
    }

    Scenario scenario = make("boot", Path::spi);
    transports::model::Layout layout{*scenario.chip};
    Trials trials{scenario, layout, OracleSet().set()};
};

TEST_F(TrialTest, ALostRequestIsRepeatedAndChangesNothing) {
    const Trial trial = run("request_lost-" + frame(20));
    EXPECT_EQ(trial.verdict, Verdict::survived);
    EXPECT_EQ(trial.outcome, Outcome::same_call);
}

TEST_F(TrialTest, TooManyLostFramesEndInAnErrorAndTheNextHalRecovers) {
    const Trial trial = run("outage_beyond-" + frame(20));
    EXPECT_EQ(trial.verdict, Verdict::survived);
    EXPECT_EQ(trial.outcome, Outcome::error);
}

TEST_F(TrialTest, WhoSleptThroughAWaveGivesNobodyUp) {
    EXPECT_EQ(run("paused-10").outcome, Outcome::same_call);
    EXPECT_EQ(run("paused_long-10").outcome, Outcome::same_call);
}

TEST_F(TrialTest, AFaultThatNeverFiresIsNotMeasured) {
    EXPECT_EQ(run("request_lost-1").verdict, Verdict::not_measured) << "that moment is behind its frame";
    EXPECT_EQ(run("request_lost-999999").verdict, Verdict::not_measured);
    EXPECT_EQ(run("lock_lost-0-3").verdict, Verdict::not_measured) << "no PLL, nothing to lose";
    EXPECT_EQ(run("999999").verdict, Verdict::not_measured);
}

TEST_F(TrialTest, AFaultOutOfContractIsExcludedHoweverItEnds) {
    Scenario window = make("boot", Path::pcie);
    Trials through(window, layout, OracleSet().set());
    std::size_t struck = 0;
    for (const Job& job : single_strikes(window, {faults::Fault::stores_swapped}, Targets::all).jobs) {
        if (struck++ == 20) break;
        EXPECT_EQ(through.run(job.plan).verdict, Verdict::excluded);
    }
    EXPECT_GT(struck, 0U);
}

TEST_F(TrialTest, TheSamePlanEndsTheSameWayTwice) {
    const std::string plans[] = {"reply_lost-" + frame(40), "cold_reset-90", "outage_beyond-" + frame(30) + ".40",
                                 "busy-" + frame(10) + ",duplicated-" + frame(30) + ",200q"};
    for (const std::string& plan : plans) {
        const Trial first = run(plan), second = run(plan);
        EXPECT_EQ(first.verdict, Verdict::survived) << plan;
        EXPECT_EQ(first.outcome, second.outcome) << plan;
        EXPECT_EQ(first.accesses, second.accesses) << plan;
    }
}

TEST_F(TrialTest, TwoInstancesLeaveOneOwner) {
    for (const char* plan : {"overlapped-0-2", "overlapped-4-3", "overlapped-60-0", "overlapped-60-30"}) {
        EXPECT_EQ(run(plan).verdict, Verdict::survived) << plan;
    }
}

TEST_F(TrialTest, ThePointsAreThoseThatTheLinkCounts) {
    Judge judge(scenario, layout, OracleSet().set());
    judge.reference();
    const chaos::Run alone = judge.rig().run(scenario.intended, scenario.policy);
    const Strikes strikes = single_strikes(scenario, {faults::Fault::request_lost}, Targets::all);
    EXPECT_EQ(strikes.points, alone.link.frames);
    EXPECT_EQ(strikes.jobs.size(), strikes.points);
    EXPECT_GT(strikes.points, 100U);
}

/// A few moments of a boot, spread evenly over those for which `wanted` holds.
template <typename Wanted>
std::vector<std::size_t> some(const std::vector<Point>& points, const Wanted& wanted) {
    constexpr std::size_t kSome = 12;
    std::vector<std::size_t> all, few;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (wanted(i)) all.push_back(i);
    }
    for (std::size_t k = 0; k < all.size(); k += std::max<std::size_t>(1, all.size() / kSome)) few.push_back(all[k]);
    return few;
}

TEST_F(TrialTest, AMomentAtWhichNothingChangedIsTheOneBesideIt) {
    const std::vector<Point> points = survey(trials.judge(), scenario);
    const auto same = some(points, [&](std::size_t i) {
        return !tried_here(points, i) && i + 1 < points.size() && i != 0 && points[i].moment != Moment::waiting;
    });
    ASSERT_GT(same.size(), 5U);
    std::size_t compared = 0;
    for (const std::size_t i : same) {
        const std::size_t beside = points[i].moment == Moment::after ? i + 1 : i - 1;
        for (const char* const fault : {"paused_long-", "warm_reset-", "cold_reset-"}) {
            const Trial here = run(fault + std::to_string(i)), there = run(fault + std::to_string(beside));
            EXPECT_EQ(here.verdict, Verdict::survived) << fault << i;
            EXPECT_EQ(there.outcome, here.outcome) << fault << i;
            ++compared;
        }
    }
    EXPECT_EQ(compared, 3 * same.size());
}

TEST_F(TrialTest, WhatWritesNothingCannotBeIgnored) {
    const std::vector<Point> points = survey(trials.judge(), scenario);
    const auto writes = [&](std::size_t i) { return points[i].moment == Moment::before && points[i].words != 0; };
    const auto reads = some(points, [&](std::size_t i) { return !writes(i) && points[i].op == Op::read; });
    ASSERT_GT(reads.size(), 5U);
    for (const std::size_t i : reads) {
        std::size_t next = i;
        while (next < points.size() && !writes(next)) ++next;
        if (next == points.size()) continue;  // nothing is written any more
        const std::string dead = "-" + std::to_string(points[next].instance) + "-" + std::to_string(points[next].word);
        EXPECT_EQ(run("register_dead-" + std::to_string(i) + dead).outcome,
                  run("register_dead-" + std::to_string(next) + dead).outcome);
    }
}

TEST_F(TrialTest, EventsBefallOnlyBlocksThatKnowThem) {
    using transports::model::Event;
    transports::model::Chip& chip = trials.judge().rig().chip;
    trials.judge().rig().run(scenario.intended, scenario.policy);
    std::size_t know = 0, asked = 0;
    for (transports::model::Instance i = 0; i < layout.first_cell.size(); ++i) {
        for (const Event event : {Event::lock_lost, Event::link_lost, Event::ecc_error, Event::alarm}) {
            const auto before = chip.hash();
            const auto here = chip.mark();
            const bool befell = chip.befall(i, event);
            EXPECT_EQ(befell, chip.hash() != before) << i << ": refused, and nothing has happened";
            EXPECT_FALSE(befell && layout.behaviour[i]->befall == nullptr);
            chip.roll_back(here);
            know += befell ? 1 : 0;
            ++asked;
        }
    }
    EXPECT_GT(know, 8U);
    EXPECT_LT(know, asked / 2);
}

TEST_F(TrialTest, OnlyWhatIsOutOfResetFallsIntoIt) {
    EXPECT_EQ(run("block_reset-0-20").verdict, Verdict::not_measured) << "its clock doesn't run yet";
    EXPECT_NE(run("block_reset-200-20").verdict, Verdict::not_measured);
}

TEST_F(TrialTest, ACellThatNobodyHitIsMissedUnlessARuleWaivesIt) {
    const std::vector<faults::Fault> which = {faults::Fault::reply_lost, faults::Fault::lock_lost};
    const Strikes strikes = single_strikes(scenario, which, Targets::all);
    Tally tally = explore(scenario, strikes.jobs, {});
    const Coverage whole = cover(scenario, which, tally);
    std::uint64_t waived = 0;
    for (const std::uint64_t n : whole.waived) waived += n;
    EXPECT_TRUE(whole.missed.empty()) << text(*scenario.chip, whole.missed[0]);
    EXPECT_EQ(whole.hit + waived, whole.cells);
    EXPECT_GT(whole.hit, 20U);
    EXPECT_GT(waived, 20U);
    EXPECT_EQ(whole.sent, strikes.points);
    const Cell taken = tally.cells.begin()->first;
    tally.cells.erase(taken);
    const Coverage less = cover(scenario, which, tally);
    ASSERT_EQ(less.missed.size(), 1U);
    EXPECT_EQ(text(*scenario.chip, less.missed[0]), text(*scenario.chip, taken));
}

TEST_F(TrialTest, WhoIsGivenUpHasComeToRest) {
    const std::vector<Point> points = survey(trials.judge(), scenario);
    const auto moving = some(points, [&](std::size_t i) { return points[i].moving && tried_here(points, i); });
    ASSERT_GT(moving.size(), 5U);
    std::size_t given_up = 0;
    for (const std::size_t i : moving) {
        const Trial trial = run("lock_never-" + std::to_string(i));
        EXPECT_EQ(trial.verdict, Verdict::survived) << i;
        given_up += trial.outcome == Outcome::retry || trial.outcome == Outcome::reset ? 1 : 0;
    }
    EXPECT_GT(given_up, 2U);
}

struct SingleTest : testing::TestWithParam<std::tuple<const char*, Path>> {};

TEST_P(SingleTest, EveryFaultOnTheWayToTheChipKeepsItsContract) {
    const auto& [name, path] = GetParam();
    Scenario scenario = make_scenario(name, 1, 8);
    scenario.path = path;
    std::vector<faults::Fault> which;
    for (const faults::Row& row : faults::rows()) {
        const bool way = row.level == faults::Level::frame || row.level == faults::Level::access;
        if (way && row.contract != faults::Contract::out_of_contract) which.push_back(row.fault);
    }
    const Strikes strikes = single_strikes(scenario, which, Targets::all);
    const Tally tally = explore(scenario, strikes.jobs, {});
    EXPECT_EQ(tally.lost(), 0U) << (tally.losses.empty() ? "" : tally.losses[0].loss.id);
    EXPECT_EQ(tally.verdicts[static_cast<std::size_t>(Verdict::survived)], strikes.jobs.size());
    EXPECT_GT(strikes.jobs.size(), strikes.points);
    std::printf("%s over %s: %zu strikes at %zu points, %zu survived, %zu kinds of cells\n", name, chaos::name(path),
                strikes.jobs.size(), static_cast<std::size_t>(strikes.points),
                static_cast<std::size_t>(tally.verdicts[0]), tally.cells.size());
}

/// Plans that were once lost, or were called so.
TEST(Findings, WhatOnceWasFoundKeepsItsContract) {
    struct {
        const char* scenario;
        Path path;
        const char* plan;
    } const found[] = {
        {"boot", Path::spi, "upset-0-33-7-24"},
        {"update", Path::spi, "192.upset-0-34-12-0"},  // sub-cores that are queued take what flips before they start
        {"boot", Path::spi, "block_reset-210-14"},
        {"boot", Path::spi, "block_reset-165-14"},
        {"boot", Path::pcie, "window_outage_beyond-2713,6402"},    // false alarms of the next HAL
        {"boot", Path::pcie, "register_dead-3811-30-5"},           // fools whoever is told to try again
        {"update", Path::spi, "block_reset-19-6,upset-25-0-1-0"},  // the twin was struck too late
        {"update", Path::pcie, "2227.upset-0-14-19-0,upset-2235-0-1-0"},
        {"update", Path::pcie, "overlapped-350-2466"},  // a stale instance loads from a block that its successor gated
        {"update", Path::spi, "stuck_busy-55,outage_beyond-98,stuck_busy-98"},  // still busy when the next HAL comes
        {"update", Path::spi, "paused_beyond-3,paused_beyond-49,link_lost-229-0"},  // two safe holds, the twin has one
        {"update", Path::pcie, "block_reset-254-0"},  // shuts the gate; traffic that runs is not forgotten
        {"repair", Path::spi, "block_reset-66-34"},   // a repair of it was under way
        {"update", Path::spi, "request_lost-68,172q.123q.paused_beyond-3"},  // nothing for the twin to feed
        {"update", Path::spi, "ecc_error-29-43,123.14q.outage_beyond-12"},   // the host has yet to store the error
        {"resume", Path::spi, "upset-0-7-3-0"},                              // only a drain shows that it is broken
        {"resume", Path::spi, "upset-0-0-0-24"},                             // another chip, until its supply is cut
    };
    for (const auto& [name, path, plan] : found) {
        Scenario scenario = make_scenario(name, 1, 8);
        scenario.path = path;
        const transports::model::Layout layout(*scenario.chip);
        const Trial trial = Trials(scenario, layout, OracleSet().set()).run(faults::parse(plan));
        EXPECT_EQ(trial.verdict, Verdict::survived) << name << '@' << chaos::name(path) << ':' << plan << ' '
                                                    << (trial.findings.empty() ? "" : trial.findings[0].what);
    }
}

TEST(Upsets, ResetHoldsWhatFlipsInIt) {
    const Scenario scenario = make_scenario("boot", 1, 8);
    const transports::model::Layout layout(*scenario.chip);
    transports::model::Chip chip(layout);
    std::size_t held = 0, flipped = 0;
    for (transports::model::Instance i = 0; i < layout.type.size(); ++i) {
        for (std::uint32_t w = 0; w < layout.type[i]->words.size(); ++w) {
            const auto& row = layout.type[i]->words[w];
            const std::uint32_t stays = row.stored & (chip.accessible(i) ? ~0u : row.sticky);
            for (std::uint32_t bit = 0; bit < 32; ++bit) {
                const transports::model::Mark here = chip.mark();
                const std::vector<std::uint32_t> before = chip.cells();
                ASSERT_EQ(chip.upset(i, w, bit), (row.stored >> bit & 1u) != 0);
                const bool changed = chip.cells() != before, holds = ((row.stored & ~stays) >> bit & 1u) != 0;
                EXPECT_FALSE(changed && holds) << i << '-' << w << '-' << bit;
                held += holds;
                flipped += changed;
                chip.roll_back(here);
            }
        }
    }
    EXPECT_GT(held, 1000U);
    EXPECT_GT(flipped, 1000U);
    std::printf("of a chip before its boot reset holds %zu bits, %zu flip\n", held, flipped);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, SingleTest,
                         testing::Combine(testing::Values("boot", "resume", "update"),
                                          testing::Values(Path::spi, Path::pcie)),
                         [](const auto& test) {
                             return std::string(std::get<0>(test.param)) + "_" + chaos::name(std::get<1>(test.param));
                         });

}  // namespace
}  // namespace chaos
