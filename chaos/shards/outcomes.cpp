#include "chaos/shards/outcomes.hpp"

namespace chaos::shards {

using certificate::Change;
using certificate::Refused;
using transports::model::Hash;

namespace {

constexpr std::uint32_t kMostCells = 1 << 24, kMostEdges = 1 << 26, kTouches = 4, kMoments = 3;

constexpr std::uint64_t kLastPosition = 0x1'FFFF'FFFF;

enum class Tag : std::uint8_t { run, end_of_round };
enum class End : std::uint8_t { failed, done, deferred };  // of a run

std::uint64_t number_of(const DeathPlace& place) {
    return (std::uint64_t{place.block} * kTouches + static_cast<std::uint64_t>(place.touch)) * kMoments +
           static_cast<std::uint64_t>(place.moment);
}

DeathPlace place_of(std::uint64_t number) {
    if (number >= 256 * kTouches * kMoments) throw Refused("it counts deaths at no place");
    return {static_cast<std::uint8_t>(number / kMoments / kTouches),
            static_cast<transports::model::Monitor::Touch>(number / kMoments % kTouches),
            static_cast<Moment>(number % kMoments)};
}

void put_trail(Bytes& out, const Trail& trail) {
    for (const std::uint64_t word :
         {trail.accesses, trail.writes, trail.writes_digest, trail.states_digest, trail.verdict_digest}) {
        put(out, word);
    }
    put(out, trail.end);
}

Trail trail_of(Record& in) {
    Trail trail;
    for (std::uint64_t* const word :
         {&trail.accesses, &trail.writes, &trail.writes_digest, &trail.states_digest, &trail.verdict_digest}) {
        *word = in.next();
    }
    trail.end = in.hash();
    return trail;
}

}  // namespace

void put(Bytes& out, const std::vector<Change>& changes) {
    put(out, changes.size());
    std::uint32_t cell = 0;
    for (const Change& change : changes) {
        put(out, change.cell - cell);
        put(out, change.bits);
        cell = change.cell + 1;
    }
}

std::vector<Change> changes_of(Record& in, std::uint32_t cells) {
    std::vector<Change> changes(in.next(cells));
    std::uint32_t cell = 0;
    for (Change& change : changes) {
        change.cell = cell + static_cast<std::uint32_t>(in.next(cells));
        if (change.cell >= cells) throw Refused("it has a cell that the chip hasn't");
        change.bits = static_cast<std::uint32_t>(in.next(0xFFFF'FFFF));
        cell = change.cell + 1;
    }
    return changes;
}

// Mostly it is the one behind the last.
std::uint64_t RunWriter::number(const Hash& state, std::uint64_t guess) {
    if (guess < met_.size() && met_[guess].state == state) return guess;
    const auto [known, is_new] = numbers_.emplace(state, met_.size());
    if (is_new) met_.push_back({{state}});
    return known->second;
}

// The first edge into a state is where it comes from, if no other shard's is earlier. A merge is audited at the first
// edge of another run than that one: the first two runs' edges have it, whichever shard has the other.
bool RunWriter::says_something_new(Met& to, const Edge& edge) {
    if (to.written == 2 || (to.written == 1 && to.by == runs_)) return false;
    if (to.written++ == 0) to.position = position(edge);
    to.by = runs_;
    return true;
}

// A run's edges follow each other in time, and mostly lead to states that were met in the same order before: each field
// of an edge is written as what differs from the edge before.
void RunWriter::add(const Hash& start, const Outcome& outcome, const std::function<std::vector<Change>()>& state) {
    const auto& result = outcome.judged.run.result;
    const std::uint64_t from = number(start, 0);
    std::uint64_t to = from, before_to = from;
    Edge before{};
    bool state_is_wanted = options_.all_edges;
    reached_.clear();
    edges_.clear();
    for (const Edge& edge : outcome.edges) {
        to = number(edge.hash, to + 1);
        reached_.push_back(to);
        met_[to].least.lower(least_of(outcome, edge, options_.sweep));
        const bool is_new = to != from && says_something_new(met_[to], edge);
        if (!is_new && !options_.all_edges) continue;
        state_is_wanted |= is_audited(edge.hash, options_.audit_percent);
        edges_.push_back({step(before_to + 1, to), step(position(before), position(edge)), number_of(edge.place),
                          edge.moments, step(before.accesses, edge.accesses), step(before.passed_us, edge.passed_us),
                          step(before.again, edge.again)});
        before_to = to;
        before = edge;
    }
    for (const DeathCount& count : outcome.deaths) met_[reached_[count.edge]].deaths.add(count.place, count.moments);
    ++runs_;

    Bytes out, changes;
    put(out, static_cast<std::uint64_t>(Tag::run));
    put(out, from);
    if (state_is_wanted) put(changes, state());
    put(out, changes.size());
    out.insert(out.end(), changes.begin(), changes.end());
    put(out, outcome.judged.run.accesses);
    put(out, static_cast<std::uint64_t>(result ? (result->deferred != 0 ? End::deferred : End::done) : End::failed));
    put(out, outcome.cost_us);
    put(out, outcome.judged.findings);
    put(out, outcome.points);
    put(out, outcome.boundaries);
    put(out, outcome.passed);
    put_trail(out, outcome.trail);
    put(out, outcome.differs_again);
    put(out, edges_);
    records_.add(out);
}

void RunWriter::finish(std::uint64_t round) {
    Bytes out;
    put(out, static_cast<std::uint64_t>(Tag::end_of_round));
    put(out, round);
    put(out, met_.size());
    for (const Met& met : met_) {
        put(out, met.state);
        for (const std::uint64_t least : {met.least.accesses, met.least.us, met.least.allowed}) put(out, least);
        put(out, met.deaths.rows().size());
        for (const auto& [place, moments] : met.deaths.rows()) {
            put(out, number_of(place));
            put(out, moments);
        }
    }
    records_.add(out);
    runs_ = 0;
    numbers_.clear();
    met_.clear();
}

bool RecordedRound::add(const Bytes& record) {
    Record in(record);
    if (in.below<Tag>(2) == Tag::run) {
        begins_.push_back(bytes_.size());
        bytes_.insert(bytes_.end(), record.begin(), record.end());
        return true;
    }
    round_ = in.next();
    arrivals_.resize(in.next(record.size()));
    for (Arrivals& arrival : arrivals_) {
        arrival.state = in.hash();
        for (std::uint64_t* const least : {&arrival.least.accesses, &arrival.least.us, &arrival.least.allowed}) {
            *least = in.next();
        }
        for (std::uint64_t left = in.next(record.size()); left != 0; --left) {
            const DeathPlace place = place_of(in.next());
            arrival.deaths.add(place, in.next());
        }
    }
    in.expect_end();
    return false;
}

void RecordedRound::clear() {
    bytes_.clear();
    begins_.clear();
    arrivals_.clear();
}

Record RecordedRound::record(std::size_t run) const {
    const std::size_t end = run + 1 < begins_.size() ? begins_[run + 1] : bytes_.size();
    Record in(bytes_.data() + begins_[run], end - begins_[run]);
    in.below<Tag>(2);
    return in;
}

const Hash& RecordedRound::state(std::uint64_t number) const {
    if (number >= arrivals_.size()) throw Refused("it has a state that its round hasn't");
    return arrivals_[number].state;
}

Hash RecordedRound::start(std::size_t run) const { return state(record(run).next()); }

std::vector<Change> RecordedRound::changes(std::size_t run) const {
    Record in = record(run);
    in.next();
    const std::uint64_t size = in.next();
    if (size == 0) throw Refused("a part lacks the state in which a run started; run the shards again");
    Record changes(in.part(size));
    std::vector<Change> all = changes_of(changes, kMostCells);
    changes.expect_end();
    return all;
}

Outcome RecordedRound::outcome(std::size_t run) const {
    Record in = record(run);
    Outcome outcome;
    std::uint64_t number = in.next();
    in.skip(in.next());
    outcome.judged.run.accesses = in.next();
    outcome.judged.run.result = hal::converge::Report{};
    switch (in.below<End>(3)) {
        case End::failed: outcome.judged.run.result = hal::bus::fail({}); break;
        case End::deferred: outcome.judged.run.result->deferred = 1; break;
        case End::done: break;
    }
    outcome.cost_us = in.next();
    outcome.judged.findings = in.findings();
    outcome.points = in.next();
    outcome.boundaries = in.next();
    outcome.passed = in.next();
    outcome.trail = trail_of(in);
    outcome.differs_again = in.text();
    Edge edge{};
    std::uint64_t at = 0;
    outcome.edges = rows_of<kEdgeColumns>(in, kMostEdges, [&](const Row<kEdgeColumns>& row) {
        number = stepped(number + 1, row[0]);
        at = stepped(at, row[1]);
        if (at > kLastPosition || row[3] > 0xFFFF'FFFF) throw Refused("it has a moment beyond all runs");
        edge.hash = state(number);
        edge.boundary = static_cast<std::uint32_t>(at / 2);
        edge.outage = at % 2 != 0;
        edge.place = place_of(row[2]);
        edge.moments = static_cast<std::uint32_t>(row[3]);
        edge.accesses = stepped(edge.accesses, row[4]);
        edge.passed_us = stepped(edge.passed_us, row[5]);
        edge.again = stepped(edge.again, row[6]);
        return edge;
    });
    in.expect_end();
    return outcome;
}

}  // namespace chaos::shards
