// Runs of closure as records: what the explorer wants to know of each, and the state that it started in.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "chaos/known_states.hpp"
#include "chaos/shards/rows.hpp"

namespace chaos::shards {

inline constexpr std::size_t kEdgeColumns = 6, kCellColumns = 4;

void put(Bytes& out, const std::vector<certificate::Change>& changes);
/// Of a chip with so many cells.
std::vector<certificate::Change> changes_of(Record& in, std::uint32_t cells);

/// Runs as records, round by round: each run, then the round's number and the states that its runs speak of.
class RunWriter {
public:
    explicit RunWriter(certificate::Writer& records) : records_(records) {}
    void add(const transports::model::Hash& start, const Outcome& outcome);
    void finish(std::uint64_t round);
    /// That the runs of this round have spoken of so far, in the order in which they first did.
    const std::vector<transports::model::Hash>& states() const { return states_; }

private:
    std::uint64_t number(const transports::model::Hash& state, std::uint64_t guess);

    certificate::Writer& records_;
    std::vector<Row<kEdgeColumns>> edges_;  // of one run
    std::vector<Row<kCellColumns>> cells_;  // likewise
    std::unordered_map<transports::model::Hash, std::uint64_t, HashKey> numbers_;
    std::vector<transports::model::Hash> states_;
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

private:
    Record record(std::size_t run) const;
    const transports::model::Hash& state(std::uint64_t number) const;

    Bytes bytes_;
    std::vector<std::size_t> begins_;
    std::vector<transports::model::Hash> states_;
    std::uint64_t round_ = 0;
};

}  // namespace chaos::shards
