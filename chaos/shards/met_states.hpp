// What a shard of closure leaves to all shards in a round: the states that its runs met and that it hasn't written
// before. A record is a state's path, its hash, and what differs from the record before.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "chaos/certificate/leaves.hpp"
#include "chaos/shards/part.hpp"

namespace chaos::shards {

/// The positions of the edges that lead to a state from the first one. States of a round are numbered in the order of
/// their least paths.
using EdgePath = std::vector<std::uint64_t>;

inline constexpr certificate::Kind kStates{"reconverge_round_states", "round of states", 4};

class MetStatesWriter {
public:
    /// The layout must outlive it. `start`: the scenario's first state.
    MetStatesWriter(const transports::model::Layout& layout, const transports::model::Snapshot& start)
        : layout_(layout), before_(start.cells), records_(certificate::Writer::kFast) {
        records_.add({});  // a file has at least one record
    }
    /// By rising paths.
    void add(const EdgePath& path, const transports::model::Snapshot& state);
    /// Whole or not at all.
    void write(const std::string& file, const nlohmann::json& header) { records_.write(file, header, kStates); }

private:
    const transports::model::Layout& layout_;
    std::vector<std::uint32_t> before_;
    certificate::Writer records_;
};

/// Reads one after the other. All throw certificate::Refused on what wasn't written like that.
class MetStates {
public:
    MetStates(certificate::Certificate content, const transports::model::Layout& layout,
              const transports::model::Snapshot& start);

    /// To the next one, which is the first at first; false behind the last.
    bool next();
    const EdgePath& path() const { return path_; }
    /// What is no part of a state is as in the scenario's first one.
    const transports::model::Snapshot& state() const { return state_; }

private:
    const transports::model::Layout& layout_;
    std::unique_ptr<const certificate::Certificate> content_;
    certificate::Leaves leaves_;
    Bytes record_;
    EdgePath path_;
    transports::model::Snapshot state_;
};

}  // namespace chaos::shards
