#include "chaos/strikes.hpp"

#include <algorithm>
#include <set>

namespace chaos {

using faults::Fault;
using faults::Row;
using faults::Target;
using transports::model::Event;
using transports::model::Instance;

namespace {

/// A stable number for a point: chooses bits, bytes and later moments, the same on every machine.
std::uint32_t mix(std::uint32_t a, std::uint32_t b) {
    std::uint64_t x = (std::uint64_t{a} << 32 | b) * 0x9E3779B97F4A7C15u;
    x ^= x >> 29;
    return static_cast<std::uint32_t>(x * 0xBF58476D1CE4E5B9u >> 32);
}

/// Walks the fault-free run again and, at every point, asks the chip which faults could strike it there.
class Enumerator final : public Boundary {
public:
    Enumerator(Rig& rig, const std::vector<Point>& points, const std::vector<Fault>& which, Targets targets, Path path,
               Strikes& strikes)
        : rig_(rig), points_(points), which_(which), targets_(targets), path_(path), strikes_(strikes) {}

    bool reached(std::uint32_t index, Moment, std::size_t) override {
        const Point& point = points_[index];
        ++strikes_.moments;
        if (point.moment == Moment::before) ++strikes_.points;
        tried_ = tried_here(points_, point.index);
        // Between what the window sees there are thousands of moments at which nothing has changed: targets in turn.
        all_ = targets_ == Targets::all && (point.changed || path_ == Path::spi);
        if (tried_) ++turn_;
        for (const Fault fault : which_) at(point, faults::row(fault));
        return true;
    }

private:
    Cell cell_of(const Point& point, Fault fault, Instance instance) const {
        return {rig_.chip.layout().chip.instances[instance].type, point.op, point.moment, fault};
    }

    /// Is it tried by every strategy: on small chips, or as the first of its cell?
    bool due(const Point& point, Fault fault, Instance instance) const {
        return all_ || struck_.count(cell_of(point, fault, instance)) == 0;
    }

    void add(const Point& point, Fault fault, std::uint16_t instance, std::vector<std::uint32_t> arguments = {}) {
        Job job;
        job.plan.lives[0].strikes.push_back({fault, point.index, std::move(arguments)});
        job.cell = cell_of(point, fault, instance);
        struck_.insert(job.cell);
        strikes_.jobs.push_back(job);
        if (!faults::strikes_chip(faults::row(fault))) return;
        const std::uint32_t left = static_cast<std::uint32_t>(points_.size()) - point.index - 1;
        if (left == 0) return;
        job.plan.lives[0].killed_at = point.index + 1 + mix(point.index, instance) % left;
        job.plan.lives.emplace_back();
        strikes_.jobs.push_back(std::move(job));
    }

    void at(const Point& point, const Row& row) {
        if (!faults::strikes_at(row, point.moment)) return;
        switch (row.level) {
            case faults::Level::process: return at_process(point, row);
            case faults::Level::frame: return at_frame(point, row);
            case faults::Level::access: return at_access(point, row);
            case faults::Level::chip: return at_chip(point, row);
        }
    }

    void at_process(const Point& point, const Row& row) {
        if (row.fault == Fault::overlapped) return;  // a mode of its own
        if (point.moment == Moment::after && !tried_) return;
        const bool turn = turn_ % 16 == 0 || due(point, row.fault, point.instance);
        if (row.fault == Fault::paused_beyond && !turn) return;  // 20 s of traffic each
        add(point, row.fault, point.instance);
    }

    void at_frame(const Point& point, const Row& row) {
        if (row.target == Target::amount && row.amount == 0) {
            return add(point, row.fault, point.instance, {mix(point.index, point.bytes)});
        }
        add(point, row.fault, point.instance);
    }

    void at_access(const Point& point, const Row& row) {
        const Fate fate = faults::fate(row, {nullptr, 4, 0, point.store}, 0);
        if (fate.kind != Fate::Kind::arrives) add(point, row.fault, point.instance);
    }

    void at_chip(const Point& point, const Row& row) {
        if (row.fault == Fault::write_ignored) {
            for (std::uint32_t k = 0; k < point.words; ++k) add(point, row.fault, point.instance, {k});
            return;
        }
        if (row.fault == Fault::register_dead) {
            if (point.moment == Moment::before && point.words != 0) {
                add(point, row.fault, point.instance, {point.instance, point.word});
            }
            return;
        }
        if (!tried_) return;
        switch (row.fault) {
            case Fault::lock_lost: return each(point, row.fault, Event::lock_lost);
            case Fault::link_lost: return each(point, row.fault, Event::link_lost);
            case Fault::ecc_error: return each(point, row.fault, Event::ecc_error);
            case Fault::thermal_alarm: return each(point, row.fault, Event::alarm);
            case Fault::block_reset: return resets(point);
            case Fault::warm_reset:
            case Fault::cold_reset: return add(point, row.fault, 0);
            case Fault::slow_lock:
            case Fault::slow_lock_beyond:
            case Fault::lock_never:
                if (!rig_.chip.running_countdowns().empty()) add(point, row.fault, mover());
                return;
            default: return;
        }
    }

    std::uint16_t mover() const { return rig_.chip.layout().timers[rig_.chip.running_countdowns().front()].instance; }

    /// The blocks that the event can befall now.
    void each(const Point& point, Fault fault, Event event) {
        std::vector<Instance> able;
        for (Instance i = 0; i < rig_.chip.layout().first_cell.size(); ++i) {
            if (rig_.chip.layout().behaviour[i]->befall == nullptr) continue;
            const auto here = rig_.chip.mark();
            if (rig_.chip.befall(i, event)) able.push_back(i);
            rig_.chip.roll_back(here);
        }
        for (std::size_t k = 0; k < able.size(); ++k) {
            const bool turn = k == turn_ % able.size();
            if (turn || due(point, fault, able[k])) add(point, fault, able[k], {able[k]});
        }
    }

    void resets(const Point& point) {
        const Instance count = static_cast<Instance>(rig_.chip.layout().first_cell.size());
        for (Instance i = 1; i < count; ++i) {  // the system block is reset with the chip
            const bool turn = i == point.instance || i == 1 + turn_ % (count - 1u);
            if ((turn || due(point, Fault::block_reset, i)) && rig_.chip.accessible(i))
                add(point, Fault::block_reset, i, {i});
        }
    }

    Rig& rig_;
    const std::vector<Point>& points_;
    const std::vector<Fault>& which_;
    const Targets targets_;
    const Path path_;
    Strikes& strikes_;
    std::uint32_t turn_ = 0;
    bool tried_ = false, all_ = false;  // at the point that is looked at
    std::set<Cell> struck_;
};

}  // namespace

Strikes single_strikes(const Scenario& scenario, const std::vector<Fault>& which, Targets targets) {
    const transports::model::Layout layout(*scenario.chip);
    Judge judge(scenario, layout, OracleSet().set());
    judge.reference();
    const std::vector<Point> points = survey(judge, scenario);
    std::vector<Fault> possible;
    for (const Fault fault : which) {
        if (fault != Fault::killed && faults::exists_on(faults::row(fault), scenario.path)) possible.push_back(fault);
    }
    Strikes strikes;
    Rig& rig = judge.rig();
    rig.chip.restore(judge.start());
    rig.forget_sessions();
    Enumerator enumerator(rig, points, possible, targets, scenario.path, strikes);
    rig.run(scenario.intended, scenario.policy, &enumerator);
    return strikes;
}

}  // namespace chaos
