#include "chaos/coverage.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>

namespace chaos {

using faults::Fault;
using faults::Row;
using transports::model::Chip;
using transports::model::Event;
using transports::model::Instance;

namespace {

enum Rule : std::size_t { kOtherKind, kWritesNothing, kSameMoment, kAtRest, kUnknownEvent, kOutOfReach };

std::optional<Event> event_of(Fault fault) {
    switch (fault) {
        case Fault::lock_lost: return Event::lock_lost;
        case Fault::link_lost: return Event::link_lost;
        case Fault::ecc_error: return Event::ecc_error;
        case Fault::thermal_alarm: return Event::alarm;
        default: return std::nullopt;
    }
}

bool slows(Fault fault) {
    return fault == Fault::slow_lock || fault == Fault::slow_lock_beyond || fault == Fault::lock_never;
}

/// Aimed at a block of its own choice, whatever the HAL is working on.
bool aimed(const Row& row) { return row.target == faults::Target::instance || slows(row.fault); }

/// What of a run decides about where faults can strike, by operation and phase.
struct Place {
    Op op;
    Moment moment;
    friend bool operator<(const Place& a, const Place& b) {
        return std::tie(a.op, a.moment) < std::tie(b.op, b.moment);
    }
};
using At = std::pair<Place, std::uint8_t>;  // and the type of a block

class Recorder final : public Boundary {
public:
    Recorder(Rig& rig, const std::vector<Point>& points) : rig_(rig), points_(points) {}

    bool reached(std::uint32_t index, Moment, std::size_t) override {
        const Point& point = points_[index];
        const Place place{point.op, point.moment};
        const At at{place, type_of(point.instance)};
        places.insert(place);
        visited.insert(at);
        if (point.words != 0) writing.insert(at);
        if (point.store) storing.insert(at);
        if (!point.store && point.moment == Moment::before) loading.insert(at);
        if (point.changed) changed.insert(at);
        if (!tried_here(points_, index)) return true;
        tried.insert(at);
        tried_places.insert(place);
        const Chip& chip = rig_.chip;
        const auto running = chip.running_countdowns();
        if (!running.empty()) moving.insert({place, type_of(chip.layout().timers[running.front()].instance)});
        for (Instance i = 0; i < chip.layout().first_cell.size(); ++i) {
            if (i != 0 && chip.accessible(i)) resettable.insert({place, type_of(i)});
            for (std::size_t e = 0; e < transports::model::kEvents; ++e) try_event(place, i, e);
        }
        return true;
    }

    std::set<Place> places, tried_places;
    std::set<At> visited, writing, storing, loading, changed, tried, moving, resettable;
    std::set<std::pair<At, std::size_t>> befalling;

private:
    std::uint8_t type_of(Instance i) const { return rig_.chip.layout().chip.instances[i].type; }

    void try_event(const Place& place, Instance i, std::size_t event) {
        if (rig_.chip.layout().behaviour[i]->befall == nullptr) return;
        if (befalling.count({{place, type_of(i)}, event}) != 0) return;
        const auto here = rig_.chip.mark();
        if (rig_.chip.befall(i, static_cast<Event>(event))) befalling.insert({{place, type_of(i)}, event});
        rig_.chip.roll_back(here);
    }

    Rig& rig_;
    const std::vector<Point>& points_;
};

/// The rule by which a cell that wasn't hit can't be; none: it should have been.
std::optional<Rule> waiver(const Recorder& run, const Cell& cell) {
    const Row& row = faults::row(cell.fault);
    const Place place{cell.op, cell.moment};
    const At at{place, cell.block};
    if (row.level == faults::Level::access) {
        const bool stores = faults::fate(row, {nullptr, 4, 0, true}, 0).kind != Fate::Kind::arrives;
        const bool loads = faults::fate(row, {nullptr, 4, 0, false}, 0).kind != Fate::Kind::arrives;
        if (!(stores && run.storing.count(at) != 0) && !(loads && run.loading.count(at) != 0)) return kOtherKind;
        return std::nullopt;
    }
    if (row.fault == Fault::write_ignored || row.fault == Fault::register_dead) {
        if (cell.moment != Moment::before || run.writing.count(at) == 0) return kWritesNothing;
        return std::nullopt;
    }
    if (row.level == faults::Level::frame) return std::nullopt;
    if (row.level == faults::Level::process) {
        const bool tried = row.fault == Fault::killed ? run.changed.count(at) != 0
                                                      : cell.moment != Moment::after || run.tried.count(at) != 0;
        return tried ? std::nullopt : std::optional<Rule>(kSameMoment);
    }
    if (run.tried_places.count(place) == 0) return kSameMoment;
    if (slows(row.fault)) return run.moving.count(at) == 0 ? std::optional<Rule>(kAtRest) : std::nullopt;
    if (const auto event = event_of(row.fault)) {
        const bool befalls = run.befalling.count({at, static_cast<std::size_t>(*event)}) != 0;
        return befalls ? std::nullopt : std::optional<Rule>(kUnknownEvent);
    }
    if (row.fault == Fault::block_reset && run.resettable.count(at) == 0) return kOutOfReach;
    return std::nullopt;
}

}  // namespace

const std::vector<Waiver>& waivers() {
    static const std::vector<Waiver> rows = {
        {"other_kind", "a load's fault does nothing to a store, a store's nothing to a load",
         "Faults.AnAccessIsStruckByFaultsOfItsKindOnly"},
        {"writes_nothing",
         "no word is written there that could be ignored; what a register that dies between two "
         "writes ignores is the second one",
         "TrialTest.WhatWritesNothingCannotBeIgnored"},
        {"same_moment", "nothing lies between it and the moment beside it, at which the fault strikes",
         "TrialTest.AMomentAtWhichNothingChangedIsTheOneBesideIt"},
        {"at_rest", "no hardware of that type is on its way there", "TrialTest.AFaultThatNeverFiresIsNotMeasured"},
        {"unknown_event", "the event befalls no block of that type, or not in the state that it is in there",
         "TrialTest.EventsBefallOnlyBlocksThatKnowThem"},
        {"out_of_reach", "a block of that type is in reset already; the system block is reset with the chip",
         "TrialTest.OnlyWhatIsOutOfResetFallsIntoIt"},
    };
    return rows;
}

Coverage cover(const Scenario& scenario, const std::vector<Fault>& which, const Tally& tally) {
    const transports::model::Layout layout(*scenario.chip);
    Judge judge(scenario, layout, OracleSet().set());
    judge.reference();
    Coverage coverage;
    coverage.sent = judge.rig().run(scenario.intended, scenario.policy).sent;
    const std::vector<Point> points = survey(judge, scenario);
    judge.rig().chip.restore(judge.start());
    judge.rig().forget_sessions();
    Recorder run(judge.rig(), points);
    judge.rig().run(scenario.intended, scenario.policy, &run);

    const auto count = [&](const Cell& cell) {
        ++coverage.cells;
        const auto known = tally.cells.find(cell);
        std::uint64_t judged = 0;
        if (known != tally.cells.end()) {
            for (const Verdict v : {Verdict::survived, Verdict::lost, Verdict::excluded}) {
                judged += known->second[static_cast<std::size_t>(v)];
            }
        }
        const auto rule = judged == 0 ? waiver(run, cell) : std::nullopt;
        if (judged != 0) ++coverage.hit;
        if (rule) ++coverage.waived[*rule];
        if (judged == 0 && !rule) coverage.missed.push_back(cell);
    };
    for (const Fault fault : which) {
        const Row& row = faults::row(fault);
        if (!faults::exists_on(row, scenario.path)) continue;
        if (aimed(row)) {
            for (const Place& place : run.places) {
                if (!faults::strikes_at(row, place.moment)) continue;
                for (std::size_t t = 0; t < scenario.chip->types.size(); ++t) {
                    count({static_cast<std::uint8_t>(t), place.op, place.moment, fault});
                }
            }
        } else if (fault == Fault::warm_reset || fault == Fault::cold_reset) {
            for (const Place& place : run.places) {
                if (faults::strikes_at(row, place.moment)) count({0, place.op, place.moment, fault});
            }
        } else {
            for (const auto& [place, type] : run.visited) {
                if (faults::strikes_at(row, place.moment)) count({type, place.op, place.moment, fault});
            }
        }
    }
    return coverage;
}

std::string text(const hal::converge::Chip& chip, const Cell& cell) {
    return fmt::format("{}, {}, {}: {}", chip.types[cell.block].name, name(cell.op), faults::name(cell.moment),
                       faults::row(cell.fault).name);
}

}  // namespace chaos
