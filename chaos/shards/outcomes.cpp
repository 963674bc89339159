#include "chaos/shards/outcomes.hpp"

namespace chaos::shards {

using certificate::Change;
using certificate::Refused;
using transports::model::Hash;

namespace {

constexpr std::uint32_t kMostCells = 1 << 24, kMostEdges = 1 << 26;

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
    for (const Change& change : changes) {
        put(out, change.cell);
        put(out, change.bits);
    }
}

std::vector<Change> changes_of(Record& in, std::uint32_t cells) {
    std::vector<Change> changes(in.next(cells));
    for (Change& change : changes) {
        change.cell = in.below<std::uint32_t>(cells);
        change.bits = static_cast<std::uint32_t>(in.next(0xFFFF'FFFF));
    }
    return changes;
}

void RunWriter::put_state(Bytes& out, const Hash& state) {
    const auto [known, is_new] = numbers_.emplace(state, numbers_.size());
    put(out, known->second);
    if (is_new) put(out, state);
}

void RunWriter::add(const RecordedRun& run) {
    const Outcome& outcome = run.outcome;
    const auto& result = outcome.judged.run.result;
    Bytes out;
    put(out, run.generation);
    put_state(out, run.start);
    put(out, outcome.state);
    put(out, outcome.judged.run.accesses);
    put(out, static_cast<std::uint64_t>(result ? 1 : 0));
    put(out, result ? result->elapsed_ns : 0);
    put(out, outcome.judged.findings);
    put(out, outcome.points);
    put(out, outcome.boundaries);
    put_trail(out, outcome.trail);
    put(out, outcome.differs_again);
    put(out, outcome.edges.size());
    for (const Edge& edge : outcome.edges) {
        put_state(out, edge.hash);
        put(out, std::uint64_t{edge.boundary} * 2 + (edge.outage ? 1 : 0));
        for (const std::uint64_t word : {std::uint64_t{edge.moments}, edge.accesses, edge.passed_us}) put(out, word);
        put(out, edge.again);
    }
    put(out, outcome.cells.size());
    for (const CellCount& count : outcome.cells) {
        put(out, count.edge);
        put(out, count.cell.block);
        put(out, static_cast<std::uint64_t>(count.cell.touch));
        put(out, static_cast<std::uint64_t>(count.cell.moment));
        put(out, count.moments);
    }
    records_.add(out);
}

Hash RunReader::state(Record& in) {
    const std::uint64_t number = in.next(states_.size());
    if (number == states_.size()) states_.push_back(in.hash());
    return states_[number];
}

RecordedRun RunReader::next(const Bytes& record) {
    Record in(record);
    RecordedRun run;
    Outcome& outcome = run.outcome;
    run.generation = in.next();
    run.start = state(in);
    outcome.state = changes_of(in, kMostCells);
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
    outcome.edges.resize(in.next(kMostEdges));
    for (Edge& edge : outcome.edges) {
        edge.hash = state(in);
        const std::uint64_t boundary = in.next(0x1'FFFF'FFFF);
        edge.boundary = static_cast<std::uint32_t>(boundary / 2);
        edge.outage = boundary % 2 != 0;
        edge.moments = static_cast<std::uint32_t>(in.next(0xFFFF'FFFF));
        edge.accesses = in.next();
        edge.passed_us = in.next();
        edge.again = static_cast<std::uint32_t>(in.next(0xFFFF'FFFF));
    }
    if (outcome.edges.empty()) throw Refused("it has a run without a moment");
    outcome.cells.resize(in.next(kMostEdges));
    for (CellCount& count : outcome.cells) {
        count.edge = in.below<std::uint32_t>(outcome.edges.size());
        count.cell.block = in.below<std::uint8_t>(0x100);
        count.cell.touch = in.below<transports::model::Monitor::Touch>(4);
        count.cell.moment = in.below<Moment>(3);
        count.moments = in.next();
    }
    in.expect_end();
    return run;
}

}  // namespace chaos::shards
