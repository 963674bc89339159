#include "chaos/shards/outcomes.hpp"

namespace chaos::shards {

using certificate::Change;
using certificate::Refused;
using transports::model::Hash;

namespace {

constexpr std::uint32_t kMostCells = 1 << 24, kMostEdges = 1 << 26, kTouches = 4, kMoments = 3;

constexpr std::uint64_t kLastPosition = 0x1'FFFF'FFFF;

enum class Tag : std::uint8_t { run, end_of_round };

std::uint64_t position(const Edge& edge) { return std::uint64_t{edge.boundary} * 2 + (edge.outage ? 1 : 0); }

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
    if (guess < states_.size() && states_[guess] == state) return guess;
    const auto [known, is_new] = numbers_.emplace(state, states_.size());
    if (is_new) states_.push_back(state);
    return known->second;
}

// A run's edges follow each other in time, and mostly lead to states that were met in the same order before: each field
// of an edge is written as what differs from the edge before.
void RunWriter::add(const Hash& start, const Outcome& outcome) {
    const auto& result = outcome.judged.run.result;
    Bytes out;
    put(out, static_cast<std::uint64_t>(Tag::run));
    std::uint64_t state = number(start, 0);
    put(out, state);
    Bytes changes;
    put(changes, outcome.state);
    put(out, changes.size());
    out.insert(out.end(), changes.begin(), changes.end());
    put(out, outcome.judged.run.accesses);
    put(out, static_cast<std::uint64_t>(result ? 1 : 0));
    put(out, result ? result->elapsed_ns : 0);
    put(out, outcome.judged.findings);
    put(out, outcome.points);
    put(out, outcome.boundaries);
    put_trail(out, outcome.trail);
    put(out, outcome.differs_again);
    edges_.clear();
    Edge before{};
    for (const Edge& edge : outcome.edges) {
        const std::uint64_t to = number(edge.hash, state + 1);
        edges_.push_back({step(state + 1, to), step(position(before), position(edge)), edge.moments,
                          step(before.accesses, edge.accesses), step(before.passed_us, edge.passed_us),
                          step(before.again, edge.again)});
        state = to;
        before = edge;
    }
    put(out, edges_);
    cells_.clear();
    std::uint32_t edge = 0;
    for (const CellCount& count : outcome.cells) {
        cells_.push_back(
            {step(edge, count.edge), count.cell.block,
             static_cast<std::uint64_t>(count.cell.touch) * kMoments + static_cast<std::uint64_t>(count.cell.moment),
             count.moments});
        edge = count.edge;
    }
    put(out, cells_);
    records_.add(out);
}

void RunWriter::finish(std::uint64_t round) {
    Bytes out;
    put(out, static_cast<std::uint64_t>(Tag::end_of_round));
    put(out, round);
    put(out, states_.size());
    for (const Hash& state : states_) put(out, state);
    records_.add(out);
    numbers_.clear();
    states_.clear();
}

bool RecordedRound::add(const Bytes& record) {
    Record in(record);
    if (in.below<Tag>(2) == Tag::run) {
        begins_.push_back(bytes_.size());
        bytes_.insert(bytes_.end(), record.begin(), record.end());
        return true;
    }
    round_ = in.next();
    states_.resize(in.next(record.size()));
    for (Hash& state : states_) state = in.hash();
    in.expect_end();
    return false;
}

void RecordedRound::clear() {
    bytes_.clear();
    begins_.clear();
    states_.clear();
}

Record RecordedRound::record(std::size_t run) const {
    const std::size_t end = run + 1 < begins_.size() ? begins_[run + 1] : bytes_.size();
    Record in(bytes_.data() + begins_[run], end - begins_[run]);
    in.below<Tag>(2);
    return in;
}

const Hash& RecordedRound::state(std::uint64_t number) const {
    if (number >= states_.size()) throw Refused("it has a state that its round hasn't");
    return states_[number];
}

Hash RecordedRound::start(std::size_t run) const { return state(record(run).next()); }

std::vector<Change> RecordedRound::changes(std::size_t run) const {
    Record in = record(run);
    in.next();
    Record changes(in.part(in.next()));
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
    const bool ended = in.below<bool>(2);
    const std::uint64_t elapsed_ns = in.next();
    if (ended) {
        hal::converge::Report report{};
        report.elapsed_ns = elapsed_ns;
        outcome.judged.run.result = report;
    } else {
        outcome.judged.run.result = hal::bus::fail({});
    }
    outcome.judged.findings = in.findings();
    outcome.points = in.next();
    outcome.boundaries = in.next();
    outcome.trail = trail_of(in);
    outcome.differs_again = in.text();
    Edge edge{};
    std::uint64_t at = 0;
    outcome.edges = rows_of<kEdgeColumns>(in, kMostEdges, [&](const Row<kEdgeColumns>& row) {
        number = stepped(number + 1, row[0]);
        at = stepped(at, row[1]);
        if (at > kLastPosition || row[2] > 0xFFFF'FFFF) throw Refused("it has a moment beyond all runs");
        edge.hash = state(number);
        edge.boundary = static_cast<std::uint32_t>(at / 2);
        edge.outage = at % 2 != 0;
        edge.moments = static_cast<std::uint32_t>(row[2]);
        edge.accesses = stepped(edge.accesses, row[3]);
        edge.passed_us = stepped(edge.passed_us, row[4]);
        edge.again = stepped(edge.again, row[5]);
        return edge;
    });
    if (outcome.edges.empty()) throw Refused("it has a run without a moment");
    std::uint64_t counted = 0;
    outcome.cells = rows_of<kCellColumns>(in, kMostEdges, [&](const Row<kCellColumns>& row) {
        counted = stepped(counted, row[0]);
        if (counted >= outcome.edges.size()) throw Refused("it counts moments of an edge that isn't there");
        if (row[1] > 0xFF || row[2] >= kTouches * kMoments) throw Refused("it counts deaths at no place");
        const DeathPlace place{static_cast<std::uint8_t>(row[1]),
                               static_cast<transports::model::Monitor::Touch>(row[2] / kMoments),
                               static_cast<Moment>(row[2] % kMoments)};
        return CellCount{static_cast<std::uint32_t>(counted), place, row[3]};
    });
    in.expect_end();
    return outcome;
}

}  // namespace chaos::shards
