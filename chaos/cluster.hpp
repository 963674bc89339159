// Claim B: a block and everything it depends on, under any number of kills and outages of any length. Time has no
// length here: whenever the HAL looks, each hardware transition that runs may or may not have finished, and traffic may
// have moved on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "chaos/judge.hpp"

namespace chaos {

/// A part of a chip that is closed under "depends on", as a chip of its own.
class Cluster {
public:
    /// Instance `of` of `chip` and its ancestors.
    Cluster(const hal::converge::Chip& chip, std::uint16_t of);
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    const hal::converge::Chip& chip() const { return chip_; }
    /// What an intent for the whole chip says about this part of it.
    Intended part_of(const Intended& whole) const;
    /// The scenario on this part of its chip.
    Scenario part_of(const Scenario& whole) const;

private:
    const hal::converge::Chip& whole_;
    std::vector<std::uint16_t> members_;
    std::vector<hal::converge::InstanceRow> rows_;
    std::vector<std::uint16_t> parents_;
    hal::converge::Chip chip_;
};

struct ClusterResult {
    std::string name;  ///< Of the block whose cluster it is.
    std::uint32_t blocks = 0;
    std::uint64_t states = 0;  ///< Distinct chip states; a HAL starts in each of them.
    std::uint64_t moments =
        0;  ///< Distinct (chip state, everything the HAL has learnt): where hardware's moves branch.
    std::uint64_t runs = 0;
    std::uint64_t accesses = 0;
    bool closed = false;
    std::vector<Finding> findings;
};

/// Explores a cluster's part of a scenario to its fixpoint, at most `max_runs` runs.
ClusterResult close_cluster(const Scenario& part, OracleSet oracles, std::uint64_t max_runs);

struct ClustersResult {
    std::vector<ClusterResult> clusters;
    double seconds = 0;
};

/// Every cluster of the scenario's chip, on `threads` threads; clusters in the chip's order of instances.
ClustersResult close_clusters(const Scenario& scenario, OracleSet oracles, unsigned threads,
                              const std::function<void(std::size_t done, std::size_t all)>& progress);

}  // namespace chaos
