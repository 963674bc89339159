// What closure wants to know of a run, and what it keeps of all runs that pass through one state.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "chaos/audit.hpp"
#include "chaos/certificate/leaf.hpp"

namespace chaos {

/// Where in its work a process died: at what kind of block, by the last access of the frame, doing what, and when.
struct DeathPlace {
    std::uint8_t block = kNowhere;  ///< Row of the chip's types; kLink for frames that touch no register.
    transports::model::Monitor::Touch touch = transports::model::Monitor::Touch::nothing;
    Moment moment = Moment::before;

    static constexpr std::uint8_t kLink = 0xFF, kNowhere = 0xFE;
    friend bool operator==(const DeathPlace& a, const DeathPlace& b) {
        return a.block == b.block && a.touch == b.touch && a.moment == b.moment;
    }
    friend bool operator<(const DeathPlace& a, const DeathPlace& b) {
        return std::tie(a.block, a.touch, a.moment) < std::tie(b.block, b.touch, b.moment);
    }
};

/// Boundaries in a row with one state: an edge of the graph.
struct Edge {
    transports::model::Hash hash;
    std::uint32_t boundary;  // the first
    bool outage;
    DeathPlace place;         // of the first; nowhere if it only has outages
    std::uint32_t moments;    // so many boundaries
    std::uint64_t accesses;   // of the run, up to the last of them
    std::uint64_t passed_us;  // likewise
    std::uint64_t again;      // of the accesses, those that the next HAL may have to repeat
};

/// So many moments of one edge in one place.
struct DeathCount {
    std::uint32_t edge;
    DeathPlace place;
    std::uint64_t moments;
};

struct Outcome {
    Judged judged;
    std::uint64_t cost_us = 0;  // of the recovery, or until it failed
    std::vector<Edge> edges;    // from a recording: those that say something new
    std::uint64_t passed = 0;   // so many edges there were
    std::vector<DeathCount> deaths;
    std::uint64_t points = 0, boundaries = 0;
    Trail trail;
    std::vector<certificate::Change> state;  // in which the run started, if somebody asks for it
    std::string differs_again;               // from a second run: nothing may
};

/// The least that a run had left when it died in a state, and what the cheapest edge into it allows the next HAL.
struct Least {
    static constexpr std::uint64_t kAny = ~std::uint64_t{0};
    std::uint64_t accesses = kAny, us = kAny, allowed = kAny;

    void lower(const Least& other) {
        accesses = std::min(accesses, other.accesses);
        us = std::min(us, other.us);
        allowed = std::min(allowed, other.allowed);
    }
};

/// Of an edge of that run; `sweep` is what a HAL costs that finds nothing to do.
inline Least least_of(const Outcome& run, const Edge& edge, std::uint64_t sweep) {
    const std::uint64_t cost = run.judged.run.accesses, left = cost - std::min(cost, edge.accesses);
    return {left, run.cost_us - std::min(run.cost_us, edge.passed_us), left + edge.again + sweep + kAttachAccesses};
}

/// Moments of death in one state, by their place.
class Deaths {
public:
    void add(const DeathPlace& place, std::uint64_t moments) {
        const auto is_it = [&](const auto& row) { return row.first == place; };
        const auto row = std::find_if(rows_.begin(), rows_.end(), is_it);
        if (row == rows_.end()) {
            rows_.emplace_back(place, moments);
        } else {
            row->second += moments;
        }
    }
    const std::vector<std::pair<DeathPlace, std::uint64_t>>& rows() const { return rows_; }

private:
    std::vector<std::pair<DeathPlace, std::uint64_t>> rows_;
};

/// What is kept of edges into one state.
struct Arrivals {
    transports::model::Hash state;
    Least least{};
    Deaths deaths{};
};

}  // namespace chaos
