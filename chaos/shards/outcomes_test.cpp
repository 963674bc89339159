#include "chaos/shards/outcomes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "chaos/certificate/leaves.hpp"

namespace chaos::shards {
namespace {

using certificate::Certificate;
using certificate::Change;
using transports::model::Hash;

constexpr std::uint64_t kSweep = 100;
constexpr certificate::Kind kKind{"reconverge_outcomes_test", "test", 1};

Hash state(std::uint64_t n) { return {n, n * 1'000'003}; }

/// Runs from states 0, 1, ... through states that mostly follow each other, some of them twice.
std::vector<Outcome> some_runs() {
    auto random = [engine = std::mt19937(7)]() mutable { return static_cast<std::uint32_t>(engine()); };
    std::vector<Outcome> runs(30);
    for (std::uint64_t run = 0; run < runs.size(); ++run) {
        Outcome& outcome = runs[run];
        outcome.judged.run.accesses = 500 + run;
        outcome.judged.run.result = hal::converge::Report{};
        outcome.cost_us = 9'000 + random() % 100;
        outcome.points = run;
        outcome.boundaries = 3 * run;
        outcome.trail.writes = run;
        std::uint32_t boundary = 0;
        for (std::uint64_t to = run; to < 60; to += random() % 3) {
            const auto edge = static_cast<std::uint32_t>(outcome.edges.size());
            boundary += 1 + random() % 2;
            const DeathPlace place{static_cast<std::uint8_t>(to % 5), {}, static_cast<Moment>(random() % 3)};
            outcome.edges.push_back(
                {state(to), boundary, random() % 4 == 0, place, 1, boundary, boundary * 7ull, random() % 20});
            outcome.deaths.push_back({edge, place, 1 + random() % 9});
        }
        outcome.passed = outcome.edges.size();
    }
    return runs;
}

RecordedRound written(const std::vector<Outcome>& runs, const RunWriter::Options& options) {
    certificate::Writer records;
    RunWriter writer(records, options);
    for (std::uint64_t run = 0; run < runs.size(); ++run) {
        writer.add(state(run), runs[run], [&] { return std::vector<Change>{{static_cast<std::uint32_t>(run), 1}}; });
    }
    writer.finish(3);
    const std::string file =
        testing::TempDir() + "outcomes_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    records.write(file, {}, kKind);
    const Certificate content = Certificate::read(file, kKind);
    std::filesystem::remove(file);
    certificate::Leaves leaves(content.compressed());
    RecordedRound round;
    Bytes record;
    while (leaves.next(record)) {
        if (!round.add(record)) break;
    }
    EXPECT_EQ(round.runs(), runs.size());
    EXPECT_EQ(round.round(), 3U);
    return round;
}

bool same(const Edge& a, const Edge& b) {
    return a.hash == b.hash && a.boundary == b.boundary && a.outage == b.outage && a.place == b.place &&
           a.moments == b.moments && a.accesses == b.accesses && a.passed_us == b.passed_us && a.again == b.again;
}

TEST(OutcomesTest, WithAllEdgesRunsComeBackAsTheyWere) {
    const std::vector<Outcome> runs = some_runs();
    const RecordedRound round = written(runs, {kSweep, 0, true});
    std::size_t compared = 0;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const Outcome back = round.outcome(run);
        EXPECT_EQ(round.start(run), state(run));
        EXPECT_EQ(round.changes(run), (std::vector<Change>{{static_cast<std::uint32_t>(run), 1}}));
        EXPECT_EQ(back.judged.run.accesses, runs[run].judged.run.accesses);
        EXPECT_EQ(back.cost_us, runs[run].cost_us);
        EXPECT_EQ(back.boundaries, runs[run].boundaries);
        EXPECT_EQ(back.trail.writes, runs[run].trail.writes);
        EXPECT_EQ(back.passed, runs[run].edges.size());
        ASSERT_EQ(back.edges.size(), runs[run].edges.size());
        for (std::size_t n = 0; n < back.edges.size(); ++n, ++compared) {
            ASSERT_TRUE(same(back.edges[n], runs[run].edges[n]));
        }
    }
    EXPECT_GT(compared, 500U);
}

TEST(OutcomesTest, OfEachStateTheFirstEdgesOfTwoOtherRunsAreKept) {
    const std::vector<Outcome> runs = some_runs();
    const RecordedRound round = written(runs, {kSweep, 100, false});
    std::map<std::uint64_t, std::set<std::size_t>> by;  // runs whose first edge to a state must be there
    std::size_t kept = 0, all = 0;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        std::vector<Edge> expected;
        for (const Edge& edge : runs[run].edges) {
            ++all;
            std::set<std::size_t>& there = by[edge.hash.low];
            if (edge.hash == state(run) || there.size() == 2 || there.count(run) != 0) continue;
            there.insert(run);
            expected.push_back(edge);
        }
        const Outcome back = round.outcome(run);
        EXPECT_EQ(back.passed, runs[run].edges.size());
        ASSERT_EQ(back.edges.size(), expected.size()) << run;
        for (std::size_t n = 0; n < expected.size(); ++n) ASSERT_TRUE(same(back.edges[n], expected[n]));
        kept += expected.size();
    }
    EXPECT_GT(kept, 60U);
    EXPECT_LT(kept, all / 4);
}

TEST(OutcomesTest, WhatAllEdgesTellIsKept) {
    const std::vector<Outcome> runs = some_runs();
    const RecordedRound few = written(runs, {kSweep, 0, false}), every = written(runs, {kSweep, 0, true});
    struct Sum {
        Least least;
        std::map<DeathPlace, std::uint64_t> deaths;
    };
    std::map<std::uint64_t, Sum> sums;
    for (const Outcome& run : runs) {
        for (const Edge& edge : run.edges) sums[edge.hash.low].least.lower(least_of(run, edge, kSweep));
        for (const DeathCount& count : run.deaths) {
            sums[run.edges[count.edge].hash.low].deaths[count.place] += count.moments;
        }
    }
    for (const RecordedRound* round : {&few, &every}) {
        ASSERT_EQ(round->arrivals().size(), sums.size());
        for (const Arrivals& at : round->arrivals()) {
            const Sum& sum = sums.at(at.state.low);
            EXPECT_EQ(at.least.accesses, sum.least.accesses);
            EXPECT_EQ(at.least.us, sum.least.us);
            EXPECT_EQ(at.least.allowed, sum.least.allowed);
            std::map<DeathPlace, std::uint64_t> deaths(at.deaths.rows().begin(), at.deaths.rows().end());
            EXPECT_EQ(deaths, sum.deaths);
        }
    }
}

TEST(OutcomesTest, AStateThatNobodyNeedsIsNotThere) {
    const RecordedRound round = written(some_runs(), {kSweep, 0, false});
    EXPECT_THROW(round.changes(0), certificate::Refused);
}

}  // namespace
}  // namespace chaos::shards
