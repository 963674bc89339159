// The audit of merges: two arrivals at "the same" chip state are merged on the strength of a hash, so some of them are
// run again from the other arrival's chip, with everything that the hash leaves out changed. The runs must be the same
// in every write, at every moment and in their end; one that differs refutes the hash.
#pragma once

#include <cstdint>
#include <string>

#include "chaos/judge.hpp"

namespace chaos {

/// All that must be equal when two runs start in one state.
struct Trail {
    std::uint64_t accesses = 0, writes = 0;
    std::uint64_t writes_digest = 0;   ///< Addresses and values in order.
    std::uint64_t states_digest = 0;   ///< The chip's state at every moment, in order.
    std::uint64_t verdict_digest = 0;  ///< What the HAL reported, and which oracles object.
    transports::model::Hash end{};
};

/// What differs first, in words; empty if nothing does.
std::string difference(const Trail& a, const Trail& b);

Trail trail_of(const Judged& judged, std::uint64_t states_digest);

/// Folds the states of a run's moments together; those that repeat the one before count once.
class StatesDigest {
public:
    void add(const transports::model::Hash& state) {
        if (state == last_) return;
        last_ = state;
        for (const std::uint64_t half : {state.low, state.high}) value_ = (value_ ^ half) * 1099511628211u;  // FNV-1a
    }
    std::uint64_t value() const { return value_; }

private:
    transports::model::Hash last_{};
    std::uint64_t value_ = 14695981039346656037u;
};

/// Is one merge of that state run again? By its hash alone, so that every run of the program audits the same ones.
inline bool is_audited(const transports::model::Hash& state, double percent) {
    constexpr std::uint64_t kParts = 1'000'000;
    return static_cast<double>(state.high % kParts) < percent / 100 * static_cast<double>(kParts);
}

/// How a state was reached: by the run of `starter` from `start`, at its moment `boundary`, perhaps with an outage.
struct Arrival {
    const transports::model::Snapshot& start;
    std::size_t starter;
    std::uint32_t boundary;
    bool outage;
};

/// The run of `starter` from that arrival, with everything left out changed as `seed` has it. Throws std::runtime_error
/// if the arriving run doesn't get there: then runs aren't even repeatable.
Trail audit_arrival(Judge& judge, const Arrival& arrival, std::size_t starter, std::uint64_t seed, bool outages,
                    std::uint64_t* shifted_words);

/// The run from `start`, as it is, of the HAL that the judge uses.
Trail run_again(Judge& judge, const transports::model::Snapshot& start, bool outages);

}  // namespace chaos
