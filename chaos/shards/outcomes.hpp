// Runs of closure as records: what the explorer wants to know of each, and of all edges together.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "chaos/known_states.hpp"
#include "chaos/shards/rows.hpp"

namespace chaos::shards {

inline constexpr std::size_t kEdgeColumns = 7;

void put(Bytes& out, const std::vector<certificate::Change>& changes);
/// Of a chip with so many cells.
std::vector<certificate::Change> changes_of(Record& in, std::uint32_t cells);

/// An edge's place in its run: rising.
inline std::uint64_t position(const Edge& edge) { return std::uint64_t{edge.boundary} * 2 + (edge.outage ? 1 : 0); }

/// Runs as records, round by round: each run, then the round's number and the states that its runs pass through, with
/// what is kept of all edges into each. A run passes through as many states as it has steps, mostly those that the runs
/// before it have passed through: of its edges, only those that say something new are written.
class RunWriter {
public:
    struct Options {
        std::uint64_t sweep = 0;   ///< What a HAL costs that finds nothing to do.
        double audit_percent = 0;  ///< Merges will be audited of so many states.
        bool all_edges = false;    ///< As a certificate needs, and the states in which runs start.
    };
    RunWriter(certificate::Writer& records, const Options& options) : records_(records), options_(options) {}

    /// Runs come in the order in which one process would make them. `state` tells the one in which it started, if that
    /// has to be written.
    void add(const transports::model::Hash& start, const Outcome& outcome,
             const std::function<std::vector<certificate::Change>()>& state);
    void finish(std::uint64_t round);

    /// A state that the runs of this round have passed through so far, in the order in which they first did.
    struct Met : Arrivals {
        std::uint64_t position = 0;  ///< Of the first edge into it.
        std::uint32_t written = 0;   ///< Edges into it, of different runs,
        std::uint64_t by = 0;        ///< the last of this one.
    };
    const std::vector<Met>& met() const { return met_; }

private:
    std::uint64_t number(const transports::model::Hash& state, std::uint64_t guess);
    bool says_something_new(Met& to, const Edge& edge);

    certificate::Writer& records_;
    const Options options_;
    std::uint64_t runs_ = 0;                // of this round
    std::vector<std::uint64_t> reached_;    // by edge of one run
    std::vector<Row<kEdgeColumns>> edges_;  // of one run, that are written
    std::unordered_map<transports::model::Hash, std::uint64_t, HashKey> numbers_;
    std::vector<Met> met_;
};

/// The runs of one round, as their records: few bytes each until somebody wants to know more.
class RecordedRound {
public:
    /// False if the record was the round's last one. Throws certificate::Refused on what no RunWriter wrote.
    bool add(const Bytes& record);
    void clear();

    std::uint64_t round() const { return round_; }
    std::size_t runs() const { return begins_.size(); }
    /// Of a whole round; may be called by several threads. All throw certificate::Refused.
    transports::model::Hash start(std::size_t run) const;
    /// In which state it started: what differs from the scenario's first one.
    std::vector<certificate::Change> changes(std::size_t run) const;
    /// But for that state, which few want to know.
    Outcome outcome(std::size_t run) const;

    const std::vector<Arrivals>& arrivals() const { return arrivals_; }

private:
    Record record(std::size_t run) const;
    const transports::model::Hash& state(std::uint64_t number) const;

    Bytes bytes_;
    std::vector<std::size_t> begins_;
    std::vector<Arrivals> arrivals_;
    std::uint64_t round_ = 0;
};

}  // namespace chaos::shards
