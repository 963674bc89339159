// The explorer's memory: which chip states are known, and what one run passes through.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "chaos/outcome.hpp"

namespace chaos {

struct HashKey {
    std::size_t operator()(const transports::model::Hash& h) const { return static_cast<std::size_t>(h.low); }
};

/// Where a state was first met: by which run, at which boundary, and whether an outage followed.
struct Origin {
    std::uint32_t run = 0;
    std::uint32_t starter = 0;  ///< Whose run.
    std::uint32_t boundary = 0;
    bool outage = false;
    DeathPlace place{};
};

/// The state that differs from the scenario's first one by `changes`, in words that are part of a state; the others are
/// those of the first. The judge's chip is in it, too.
inline transports::model::Snapshot snapshot_of(Judge& judge, const std::vector<certificate::Change>& changes) {
    transports::model::Chip& chip = judge.rig().chip;
    chip.restore(judge.start());
    for (const certificate::Change& change : changes) {
        chip.set_cell(change.cell, chip.cell(change.cell) ^ change.bits);
    }
    return chip.snapshot();
}

/// Known states, shared by the workers; the first to meet a state keeps its snapshot.
class KnownStates {
public:
    using Hash = transports::model::Hash;
    using Snapshot = transports::model::Snapshot;

    /// True, and the state is now claimed, if nobody has met it before. Runs mostly meet states in the order in which
    /// those before them did: `next` is where it is looked for first, and then the place behind it.
    bool claim(const Hash& hash, std::size_t& next) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const std::size_t known = states_.size();
        meet(hash, next);
        return states_.size() != known;
    }
    void keep(const Hash& hash, Snapshot snapshot) {
        const std::lock_guard<std::mutex> lock(mutex_);
        fresh_.emplace(hash, std::move(snapshot));
    }
    // Between slices, single-threaded:
    /// The state's number, kUnnumbered at first; the state is claimed from here on. `next` as above.
    std::uint32_t& number(const Hash& hash, std::size_t& next) { return meet(hash, next).number; }
    /// Empty where nobody has kept it: it comes from a recording.
    Snapshot take(const Hash& hash) {
        auto it = fresh_.find(hash);
        if (it == fresh_.end()) return {};
        Snapshot snapshot = std::move(it->second);
        fresh_.erase(it);
        return snapshot;
    }
    static constexpr std::uint32_t kUnnumbered = 0xFFFFFFFF;

private:
    struct State {
        Hash hash;
        std::uint32_t number;
    };
    State& meet(const Hash& hash, std::size_t& next) {
        if (next >= states_.size() || states_[next].hash != hash) {
            const auto [at, is_new] = places_.try_emplace(hash, static_cast<std::uint32_t>(states_.size()));
            if (is_new) states_.push_back({hash, kUnnumbered});
            next = at->second;
        }
        return states_[next++];
    }

    std::mutex mutex_;
    std::vector<State> states_;  // in the order in which they were met
    std::unordered_map<Hash, std::uint32_t, HashKey> places_;
    std::unordered_map<Hash, Snapshot, HashKey> fresh_;
};

/// Watches one run: looks at every outage, notes every boundary's state and keeps those not met before.
class Watcher final : public Boundary {
public:
    Watcher(Judge& judge, KnownStates& states, bool outages, bool by_bytes, Outcome& outcome)
        : judge_(judge),
          rig_(judge.rig()),
          states_(states),
          outages_(outages),
          by_bytes_(by_bytes),
          outcome_(outcome),
          start_(rig_.chip.monitor.accesses),
          start_ns_(rig_.chip.now()) {}

    bool reached(std::uint32_t index, Moment moment, std::size_t bytes) override {
        // A frame: before byte 0, ..., behind the last. An access through the window: before or after.
        if (moment == Moment::before) outcome_.points += by_bytes_ ? bytes + 1 : 2;
        note(index, false);
        place(moment);
        if (outages_ && rig_.chip.next_event() != 0) {
            const auto here = rig_.chip.mark();
            rig_.chip.settle();
            note(index, true);
            if (while_dead_.empty()) judge_.look_at_conduct(here.monitor, while_dead_);
            rig_.chip.roll_back(here);
        }
        return true;
    }
    std::uint64_t digest() const { return digest_.value(); }
    /// Behind the run: what is still being counted, and what the chip did in an outage because of what it was left in.
    void finish() {
        for (DeathCount& counting : counting_) flush(counting);
        outcome_.passed = outcome_.edges.size();
        for (Finding& finding : while_dead_) {
            finding.what += ", in an outage";
            outcome_.judged.findings.push_back(std::move(finding));
        }
        while_dead_.clear();
    }

private:
    void note(std::uint32_t index, bool outage) {
        const transports::model::Hash hash = rig_.chip.hash();
        ++outcome_.boundaries;
        const std::uint64_t accesses = rig_.chip.monitor.accesses - start_;
        // The time that the HAL has lived, not the outage behind it.
        const std::uint64_t us = outage ? outcome_.edges.back().passed_us : (rig_.chip.now() - start_ns_) / 1000;
        digest_.add(hash);
        if (!outcome_.edges.empty() && outcome_.edges.back().hash == hash) {
            // The same state: what is left is what the last one leaves.
            outcome_.edges.back().accesses = accesses;
            outcome_.edges.back().passed_us = us;
            outcome_.edges.back().again = judge_.accesses_again();
            ++outcome_.edges.back().moments;
            return;
        }
        outcome_.edges.push_back({hash, index, outage, {}, 1, accesses, us, judge_.accesses_again()});
        if (states_.claim(hash, next_)) states_.keep(hash, rig_.chip.snapshot());
    }

    /// Which block a frame is about is known behind it: what comes before one waits for that.
    void place(Moment moment) {
        const auto edge = static_cast<std::uint32_t>(outcome_.edges.size() - 1);
        if (moment == Moment::before) {
            before_ = edge;
            before_accesses_ = rig_.chip.monitor.accesses;
            return;
        }
        DeathPlace there{DeathPlace::kLink, Touch::nothing, moment};
        if (rig_.chip.monitor.accesses != before_accesses_) {
            const auto& layout = rig_.chip.layout();
            const auto* page = layout.page(rig_.chip.monitor.address);
            if (page != nullptr) there.block = layout.chip.instances[page->instance].type;
            there.touch = rig_.chip.monitor.touch;
        }
        count(edge, there);
        if (moment != Moment::after) return;
        there.moment = Moment::before;
        count(before_, there);
    }
    void count(std::uint32_t edge, const DeathPlace& there) {
        DeathCount& counting = counting_[static_cast<std::size_t>(there.moment)];
        if (counting.moments != 0 && (counting.edge != edge || !(counting.place == there))) flush(counting);
        if (DeathPlace& place = outcome_.edges[edge].place; place.block == DeathPlace::kNowhere) place = there;
        counting.edge = edge;
        counting.place = there;
        ++counting.moments;
    }
    void flush(DeathCount& counting) {
        if (counting.moments != 0) outcome_.deaths.push_back(counting);
        counting.moments = 0;
    }

    using Touch = transports::model::Monitor::Touch;
    DeathCount counting_[3] = {};
    std::uint32_t before_ = 0;
    std::uint64_t before_accesses_ = 0;
    const Judge& judge_;
    Rig& rig_;
    KnownStates& states_;
    std::size_t next_ = 0;  // where the next state is looked for first
    const bool outages_, by_bytes_;
    Outcome& outcome_;
    const std::uint64_t start_, start_ns_;
    StatesDigest digest_;
    std::vector<Finding> while_dead_;
};

/// The run of the HAL that the judge uses, from `start`, and with `twice` once more: into `outcome`.
inline void run_from(Judge& judge, const transports::model::Snapshot& start, KnownStates& states, bool outages,
                     bool by_bytes, bool twice, Outcome& outcome) {
    judge.rig().chip.restore(start);
    judge.rig().forget_sessions();
    Watcher watcher(judge, states, outages, by_bytes, outcome);
    outcome.judged = judge.judge(&watcher);
    outcome.trail = trail_of(outcome.judged, watcher.digest());
    watcher.finish();
    const auto& result = outcome.judged.run.result;
    outcome.cost_us = result ? result->elapsed_ns / 1000 : outcome.edges.back().passed_us;
    if (twice) outcome.differs_again = difference(outcome.trail, run_again(judge, start, outages));
}

}  // namespace chaos
