// Runs many trials on all cores and counts what came of them: the one engine behind every mode but closure.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "chaos/closure.hpp"
#include "chaos/trial.hpp"

namespace chaos {

/// Where a fault struck: block type x operation x phase x fault. What coverage is counted in.
struct Cell {
    std::uint8_t block = 0;  ///< Row of the chip's types.
    Op op = Op::read;
    Moment moment = Moment::before;
    faults::Fault fault = faults::Fault::killed;

    friend bool operator<(const Cell& a, const Cell& b) {
        return std::tie(a.block, a.op, a.moment, a.fault) < std::tie(b.block, b.op, b.moment, b.fault);
    }
};

struct Job {
    faults::Plan plan;
    Cell cell;                    ///< Of its first strike.
    const char* label = nullptr;  ///< What else outcomes are counted by; static text.
};

/// Runs by verdict.
using Verdicts = std::array<std::uint64_t, kVerdicts>;

/// How often recovery took `from` to `to` accesses.
struct Cost {
    std::uint64_t from = 0, to = 0, n = 0;
};

struct LostTrial {
    Loss loss;
    Cell cell;
};

/// A state that strikes and deaths had left behind, and what came of the HAL that started in it.
struct Recovery {
    enum class Fate : std::uint8_t {
        tried,
        left_out,  ///< Not in the sample.
        waiting,   ///< Beyond the budget.
    };
    transports::model::Hash state;
    Fate fate = Fate::tried;
    bool further = false;  ///< Deaths alone don't lead there.
    Trial trial;
    std::string plan;  ///< That leads there; of those that are told one by one: lost ones and the dearest.
};

struct Tally {
    Verdicts verdicts{};
    std::map<Cell, Verdicts> cells;
    std::array<std::array<std::uint64_t, faults::kOutcomes>, faults::kFaults> outcomes{};  ///< Of survived ones.
    std::map<std::string, std::array<std::uint64_t, faults::kOutcomes>> labelled;          ///< Of survived ones.
    std::array<std::uint64_t, 40> costs{};  ///< By the number of binary digits of the accesses.
    std::vector<LostTrial> losses;          ///< The first few of each cell.
    std::size_t kept_per_cell = 2;          ///< How many.
    std::uint64_t runs = 0, accesses = 0;
    std::uint64_t recoveries = 0, unrecovered = 0;  ///< From states that strikes and deaths had left behind.
    std::uint64_t states = 0;    ///< Distinct states in which a HAL could die after a strike, beyond those known.
    std::uint64_t left_out = 0;  ///< Of these, not in the sample.
    std::uint64_t waiting = 0;   ///< Of these, not recovered within the budget.
    std::uint64_t worst_accesses = 0;
    std::string worst_id;
    double seconds = 0, cpu_seconds = 0;

    void count(const Job& job, const Trial& trial);
    void count(const Recovery& recovery);
    void add(const Tally& other);
    std::vector<Cost> histogram() const;
    std::uint64_t lost() const { return verdicts[static_cast<std::size_t>(Verdict::lost)] + unrecovered; }
};

struct ExploreOptions {
    unsigned threads = 1;
    OracleSet oracles = OracleSet().set();
    /// After every strike, and from every state that leaves behind, any number of kills: known states first.
    bool kills_after = false;
    std::uint64_t max_states = 1'000'000;
    /// Of the states that only faults leave, one in so many is recovered from, chosen by its hash.
    std::uint32_t one_state_in = 1;
    std::size_t kept_per_cell = 2;            ///< Losses told one by one.
    std::function<bool(std::uint64_t)> mine;  ///< Only jobs with such numbers are run; null: all.
};

/// All that was done, for counting: by this process, or by several that shared the work.
struct Recording {
    std::map<std::uint64_t, Trial> trials;  ///< By the number of their job.
    std::map<transports::model::Hash, Recovery> recoveries;
    double seconds = 0, cpu_seconds = 0;
};

struct ExploreProgress {
    std::uint64_t done, all, lost, states;
};

/// The same whatever the number of threads; but for the plan that leads to a state: that of whoever was there first.
Recording record(const Scenario& scenario, const std::vector<Job>& jobs, const ExploreOptions& options,
                 const std::function<void(const ExploreProgress&)>& progress = {});

/// What a recording of those jobs amounts to.
Tally tally_of(const std::vector<Job>& jobs, const Recording& recording, const ExploreOptions& options);

/// Both.
Tally explore(const Scenario& scenario, const std::vector<Job>& jobs, const ExploreOptions& options,
              const std::function<void(const ExploreProgress&)>& progress = {});

}  // namespace chaos
