// Closure: every chip state that any number of kills at any moments can leave behind, each recovered by a fresh HAL.
// The argument, and why it ends, is in docs/closure.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "chaos/certificate/certificate.hpp"
#include "chaos/judge.hpp"

namespace chaos {

struct Arrivals;
struct Outcome;

/// Runs that other processes have made (chaos/shards), one generation after the other.
class RecordedRuns {
public:
    virtual ~RecordedRuns() = default;
    virtual void next_generation() = 0;
    /// What came of the run from that state, once. Several threads may ask. Throws std::invalid_argument, with a text
    /// for users, if it isn't there.
    virtual void take(const transports::model::Hash& state, Outcome& outcome) = 0;
    /// Of all edges of this generation, also those that no outcome has: what is kept of them, by the state they lead
    /// to.
    virtual void each_arrival(const std::function<void(const Arrivals&)>& f) const = 0;
    /// What that state is. Of this generation, and of one whose merges are audited or certified.
    virtual std::vector<certificate::Change> changes(const transports::model::Hash& state) const = 0;
};

struct ClosureOptions {
    bool outages = false;  ///< Also let hardware run until it rests between death and restart.
    unsigned threads = 1;
    std::uint32_t max_states = 2'000'000;  ///< Beyond that: not closed within the budget.
    double audit_percent = 1;              ///< Of the states, chosen by their hash: one merge of each is audited.
    bool twice = false;                    ///< Every run is repeated and must be the same.
    bool plant_wrong_hash = false;         ///< Leaves a cell out of the hash that matters: the audit must tell.
    OracleSet oracles = OracleSet().set();
    certificate::Writer* certificate = nullptr;  ///< Gets a leaf for every state.
    RecordedRuns* recorded = nullptr;            ///< Makes the runs; but merges are audited here.
};

struct Loss {
    std::string id;  ///< For `--repro`.
    std::vector<Finding> findings;
    std::string block{}, op{}, phase{};  ///< Where the last death before it struck, as in CellSum; empty if none did.
};

/// Runs that were run again, and must have been the same. One that wasn't: the harness is broken, nothing is shown.
struct Repeats {
    std::uint64_t runs = 0;
    std::uint64_t writes = 0;   ///< Words written in them, each compared.
    std::uint64_t shifted = 0;  ///< Left-out words that had another value (audit only).
    std::uint64_t differ = 0;
    std::string first_difference;
};

/// Deaths by where they struck (known_states.hpp); each is one moment of one run.
struct CellSum {
    std::string block, op, phase;
    std::uint64_t survived = 0, lost = 0;
};

/// Recoveries that took `from` to `to` accesses.
struct CostBin {
    std::uint64_t from = 0, to = 0, n = 0;
};

struct ClosureResult {
    Reference reference;
    bool closed = false;
    std::uint64_t states = 0;          ///< Distinct chip states, the first one included.
    std::uint64_t runs = 0;            ///< Fresh HALs run to their end: one of each kind per state.
    std::uint64_t deferred = 0;        ///< Of these, reported that changes wait for a drain.
    std::uint64_t boundaries = 0;      ///< Moments of death passed in all runs.
    std::uint64_t points = 0;          ///< Ways to die in them: at every byte of every frame.
    std::uint64_t merged = 0;          ///< Boundaries whose state was known already.
    std::uint64_t accesses = 0;        ///< Modelled register accesses of all runs.
    std::uint64_t worst_accesses = 0;  ///< The dearest recovery.
    std::string worst_id;
    std::uint64_t worst_us = 0;  ///< Its virtual time.
    unsigned generations = 0;    ///< Kills in a row until no new state appeared.
    /// Runs that trying all pairs of kills takes when no states are merged.
    std::uint64_t unmerged_pairs = 0;
    /// A HAL that lives for more accesses, or for more time, leaves less to do than it found.
    std::uint64_t setback_accesses = 0, setback_us = 0;
    std::uint64_t digest = 14695981039346656037u;  ///< FNV-1a over all that every run did, in order.
    Repeats audited, repeated;
    bool broken() const { return audited.differ + repeated.differ != 0; }
    double seconds = 0, cpu_seconds = 0;
    std::uint64_t lost = 0;
    std::vector<Loss> losses;  ///< The first few.
    std::vector<CellSum> cells;
    std::vector<CostBin> costs;
};

struct ClosureProgress {
    std::uint64_t states, runs, queued, lost;
};

/// Explores the scenario to the fixpoint. `progress` is called now and then from the calling thread.
ClosureResult close(const Scenario& scenario, const ClosureOptions& options,
                    const std::function<void(const ClosureProgress&)>& progress = {});

/// What a certificate of that exploration says ahead of its leaves. The result must be closed, with nothing lost.
nlohmann::json certificate_header(const Scenario& scenario, const std::string& scale, const ClosureOptions& options,
                                  const ClosureResult& result);

/// Replays the kills that lead to a state, then the run that is judged; tells each step. Throws std::invalid_argument
/// for an id that isn't one. The path of an id: boundaries at which one HAL after the other dies, "q" behind one where
/// hardware comes to rest before the next starts. Where several HALs may be started, a letter says which one it is, a
/// for the first: a1200.b40.a is two deaths, and then the run of the first that is judged.
/// `observer`, if not null, sees every HAL of the path at work.
Judged replay_path(const Scenario& scenario, const std::string& path, const std::function<void(std::string)>& tell,
                   RunObserver* observer = nullptr);

}  // namespace chaos
