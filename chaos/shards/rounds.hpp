// Closure shared by processes, in rounds: each shard runs the states that fall to it, writes what they lead to into a
// common folder, and waits for what the others wrote. A round is a generation of the closure. Everything that a shard
// knows is in its files, and they depend on nothing but what was asked: a shard that was killed starts again, finds
// its finished rounds, and goes on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "chaos/closure.hpp"
#include "chaos/known_states.hpp"
#include "chaos/shards/part.hpp"

namespace chaos::shards {

struct RoundsProgress {
    std::uint64_t round, states, runs;  ///< Of this shard.
    std::uint32_t waits_for;            ///< A shard whose round isn't there yet; 0: none.
};

struct RoundsOptions {
    ClosureOptions closure;  ///< threads, outages, twice, audit_percent, oracles and max_states count here.
    std::string folder;      ///< Common to all shards; exists.
    bool wait = true;        ///< For other shards; else only the rounds that are ready are done.
    bool all_edges = false;  ///< The part has them, for a certificate; else what all edges together tell.
};

/// Does the shard's rounds. True: all are over, and `file` holds the shard's part. False, without `wait`: another shard
/// comes first. Throws certificate::Refused on files in the folder that are of another campaign, or damaged;
/// std::runtime_error beyond max_states.
bool close_share(const Scenario& scenario, const nlohmann::json& subject, const Shard& shard,
                 const RoundsOptions& options, const std::string& file,
                 const std::function<void(const RoundsProgress&)>& progress = {});

/// The runs of all parts of such a campaign, for close(). The campaign must outlive it.
class PartRuns final : public RecordedRuns {
public:
    explicit PartRuns(const Campaign& campaign);
    ~PartRuns() override;
    PartRuns(const PartRuns&) = delete;
    PartRuns& operator=(const PartRuns&) = delete;

    void next_generation() override;
    void take(const transports::model::Hash& state, Outcome& outcome) override;
    void each_arrival(const std::function<void(const Arrivals&)>& f) const override;
    std::vector<certificate::Change> changes(const transports::model::Hash& state) const override;
    /// Throws certificate::Refused unless every run was taken.
    void expect_all_taken();

private:
    struct Source;
    struct Place {
        const Source* source;
        std::size_t run;
    };
    const Place& place(const transports::model::Hash& state) const;

    std::vector<std::unique_ptr<Source>> sources_;
    std::unordered_map<transports::model::Hash, Place, HashKey> ready_;  ///< Of this generation.
    std::uint64_t generation_ = 0, read_ = 0;
    std::atomic<std::uint64_t> taken_{0};
};

}  // namespace chaos::shards
