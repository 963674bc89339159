// Runs of closure as records: what the explorer wants to know of each, and the state that it started in.
#pragma once

#include <unordered_map>
#include <vector>

#include "chaos/known_states.hpp"
#include "chaos/shards/part.hpp"

namespace chaos::shards {

/// One run, from a state that some generation met first.
struct RecordedRun {
    std::uint64_t generation = 0;
    transports::model::Hash start;
    Outcome outcome;
};

/// Runs as records of one file. A state is written once, then by its number. In the order of the file.
class RunWriter {
public:
    explicit RunWriter(certificate::Writer& records) : records_(records) {}
    void add(const RecordedRun& run);

private:
    void put_state(Bytes& out, const transports::model::Hash& state);

    certificate::Writer& records_;
    std::unordered_map<transports::model::Hash, std::uint64_t, HashKey> numbers_;
};

class RunReader {
public:
    /// Throws certificate::Refused on what no RunWriter wrote.
    RecordedRun next(const Bytes& record);

private:
    transports::model::Hash state(Record& in);

    std::vector<transports::model::Hash> states_;
};

void put(Bytes& out, const std::vector<certificate::Change>& changes);
/// Of a chip with so many cells.
std::vector<certificate::Change> changes_of(Record& in, std::uint32_t cells);

}  // namespace chaos::shards
