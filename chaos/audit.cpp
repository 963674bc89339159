#include "chaos/audit.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "chaos/left_out.hpp"

namespace chaos {

using transports::model::Snapshot;

namespace {

/// Dies at one moment.
class Stopper final : public Boundary {
public:
    explicit Stopper(std::uint32_t at) : at_(at) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override {
        stopped_ = stopped_ || index == at_;
        return !stopped_;
    }
    bool stopped() const { return stopped_; }

private:
    const std::uint32_t at_;
    bool stopped_ = false;
};

/// Sees what the explorer's own watcher saw.
class Tracker final : public Boundary {
public:
    Tracker(Rig& rig, bool outages) : rig_(rig), outages_(outages) {}
    bool reached(std::uint32_t, Moment, std::size_t) override {
        states.add(rig_.chip.hash());
        if (outages_ && rig_.chip.next_event() != 0) {
            const auto here = rig_.chip.mark();
            rig_.chip.settle();
            states.add(rig_.chip.hash());
            rig_.chip.roll_back(here);
        }
        return true;
    }
    StatesDigest states;

private:
    Rig& rig_;
    const bool outages_;
};

Trail run_from_here(Judge& judge, bool outages) {
    Tracker tracker(judge.rig(), outages);
    const Judged judged = judge.judge(&tracker);
    return trail_of(judged, tracker.states.value());
}

}  // namespace

Trail trail_of(const Judged& judged, std::uint64_t states_digest) {
    Trail trail;
    trail.accesses = judged.run.accesses;
    trail.writes = judged.writes;
    trail.writes_digest = judged.writes_digest;
    trail.states_digest = states_digest;
    trail.end = judged.end;
    std::uint64_t verdict = 14695981039346656037u;
    const auto add = [&](std::uint64_t value) { verdict = (verdict ^ value) * 1099511628211u; };
    if (const auto& result = judged.run.result) {
        for (const std::uint64_t value :
             {std::uint64_t{result->converged}, std::uint64_t{result->off}, std::uint64_t{result->deferred},
              std::uint64_t{result->needs_reset}, std::uint64_t{result->broken}, std::uint64_t{result->blocked},
              std::uint64_t{result->pending}, std::uint64_t{result->reads}, std::uint64_t{result->writes},
              std::uint64_t{result->waits}, std::uint64_t{result->passes}, result->elapsed_ns}) {
            add(value);
        }
    } else {
        add(~std::uint64_t{0} - static_cast<std::uint64_t>(result.error().code));
        add(result.error().address);
    }
    for (const Finding& finding : judged.findings) add(1 + static_cast<std::uint64_t>(finding.oracle));
    trail.verdict_digest = verdict;
    return trail;
}

std::string difference(const Trail& a, const Trail& b) {
    if (a.writes != b.writes) return fmt::format("{} words written instead of {}", b.writes, a.writes);
    if (a.writes_digest != b.writes_digest) return "other addresses or values written";
    if (a.accesses != b.accesses) return fmt::format("{} accesses instead of {}", b.accesses, a.accesses);
    if (a.end != b.end) return "the chip ends in another state";
    if (a.verdict_digest != b.verdict_digest) return "another verdict";
    if (a.states_digest != b.states_digest) return "the chip passes through other states";
    return {};
}

Trail audit_arrival(Judge& judge, const Arrival& arrival, std::size_t starter, std::uint64_t seed, bool outages,
                    std::uint64_t* shifted_words) {
    Rig& rig = judge.rig();
    rig.chip.restore(arrival.start);
    rig.forget_sessions();
    Stopper stopper(arrival.boundary);
    judge.use(arrival.starter);
    judge.let_die(stopper);
    judge.use(starter);
    if (!stopper.stopped()) throw std::logic_error("a run that was repeated ends earlier than before");
    if (arrival.outage) rig.chip.settle();
    *shifted_words = shift_left_out(rig, seed);
    return run_from_here(judge, outages);
}

Trail run_again(Judge& judge, const Snapshot& start, bool outages) {
    judge.rig().chip.restore(start);
    judge.rig().forget_sessions();
    return run_from_here(judge, outages);
}

}  // namespace chaos
