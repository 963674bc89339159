#include "chaos/trial.hpp"

#include <fmt/format.h>

#include "chaos/second_instance.hpp"

namespace chaos {

using faults::Fault;
using faults::Plan;
using hal::bus::Code;
using transports::model::Chip;

namespace {

/// Hardware comes to rest; what never does is not waited for longer than outages may last.
void outage(Chip& chip) {
    constexpr std::uint32_t kLongestUs = 1'000'000;
    for (const std::uint16_t timer : chip.running_countdowns()) {
        if (chip.cell(chip.layout().timers[timer].cell) > kLongestUs) return chip.advance(kLongestUs);
    }
    chip.settle();
}

}  // namespace

const char* name(Verdict verdict) {
    constexpr const char* kNames[] = {"Survived", "Lost", "Excluded", "NotMeasured", "HarnessBroken"};
    return kNames[static_cast<std::size_t>(verdict)];
}

Trials::Trials(const Scenario& scenario, const transports::model::Layout& layout, OracleSet asked)
    : scenario_(scenario), asked_(asked), judge_(scenario, layout, asked) {
    reference_ = judge_.reference();
    learn_rest();
}

Trials::~Trials() = default;

void Trials::strike(const faults::Strike& strike) {
    Chip& chip = judge_.rig().chip;
    if (!struck_) {
        struck_ = Struck{chip.snapshot(), chip.monitor, chip.now(), chip.monitor.accesses, {}};
    }
    const faults::Row& row = faults::row(strike.fault);
    struck_->strikes.emplace_back(chip.now() - struck_->at_ns, strike);
    struck_->chip_level = struck_->chip_level || faults::strikes_chip(row);
    // What struck before the first access is there to be seen.
    const bool seen = strike.fault == Fault::upset && strike.moment == 0;
    struck_->unlawful = struck_->unlawful || (row.unlawful && !seen);
    if (say_) say_(fmt::format("{} strikes: {}", row.name, row.what));
}

/// The twin: the same faults at the same times, no HAL. What it suffers is not the HAL's doing; nor is what the faults
/// do as they strike, which is not counted here: the HAL may have had traffic running, and the twin not.
std::uint32_t Trials::twin_disturbances() {
    Rig& rig = judge_.rig();
    Chip& chip = rig.chip;
    const transports::model::Snapshot end = chip.snapshot();
    const transports::model::Monitor monitor = chip.monitor;
    const std::uint64_t until = chip.now();
    chip.restore(struck_->chip);
    chip.monitor = {};
    faults::Ailments ailments;
    std::uint32_t by_strikes = 0;
    const auto advance_to = [&](std::uint64_t ns) {
        if (ns > chip.now()) chip.advance((ns - chip.now()) / 1000);
    };
    for (const auto& [after_ns, strike] : struck_->strikes) {
        const faults::Row& row = faults::row(strike.fault);
        const bool process = !faults::strikes_chip(row);
        if (process && strike.fault != Fault::paused_beyond) continue;  // nothing to the chip without a HAL
        advance_to(struck_->at_ns + after_ns);
        const faults::Life life{{strike}, {}, false};
        faults::Injector injector(rig, life, ailments);
        const Moment kind = faults::strikes_at(row, Moment::before) ? Moment::before : Moment::waiting;
        injector.reached(strike.moment, kind, 4);
        by_strikes += injector.disturbances();
    }
    advance_to(until);
    const std::uint32_t suffered = chip.monitor.disturbances - by_strikes;
    chip.restore(end);
    chip.monitor = monitor;
    return suffered;
}

void Trials::check_conduct(Trial& trial, bool told_to_retry) {
    const transports::model::Monitor& now = judge_.rig().chip.monitor;
    const transports::model::Monitor before = struck_ ? struck_->monitor : transports::model::Monitor{};
    const hal::converge::Chip& chip = *scenario_.chip;
    const auto find = [&](Oracle oracle, std::string what) {
        if (asks(oracle)) trial.findings.push_back({oracle, std::move(what)});
    };
    // A block that failed by itself, or that the new owner has gated, refuses accesses; nobody can know before trying.
    const std::uint32_t gated = struck_ && struck_->chip_level ? now.gated - before.gated : stale_gated_;
    // What an unlawful row's own call did, it couldn't foresee; the next HAL has looked.
    const std::uint32_t since = struck_ && struck_->unlawful ? struck_->violations_of_call : before.violations;
    // While a register stays dead, who is told to try again meets the same wall.
    const bool excused = told_to_retry && ailments_.lasting();
    if (!excused && now.violations - since > (struck_ && struck_->unlawful ? 0 : gated)) {
        find(Oracle::lawful, fmt::format("{}: {}", instance_name(chip, now.violated), now.first_violation));
    }
    if (stray_) find(Oracle::planned, "a register was written that no plan had named");
    if (unaware_) find(Oracle::completes, "an instance whose stores were dropped doesn't report that it is fenced off");
    if (reclaimed_) find(Oracle::lawful, "an instance that had lost the port claimed it again");
    const std::uint32_t suffered = now.disturbances - before.disturbances - by_strikes_;
    if (suffered == 0) return;
    const std::uint32_t twin = struck_ ? twin_disturbances() : 0;
    if (suffered <= twin) return;
    find(Oracle::undisturbed, fmt::format("{}: {} ({} disturbances, {} without a HAL)",
                                          instance_name(chip, now.disturbed), now.first_disturbance, suffered, twin));
}

/// Another instance starts at a moment of this one, stops after `moments` of its own, and goes on when this one is
/// over.
void Trials::overlap(std::uint32_t moments) {
    dropped_ = judge_.rig().window_session.dropped;
    second_ = std::make_unique<SecondInstance>(judge_.rig(), scenario_, judge_.watch(), moments);
    say(second_->over() ? "a second instance ran to its end"
                        : fmt::format("a second instance ran up to its moment {}", moments));
    gated_ = judge_.rig().chip.monitor.gated;
}

/// What counts of two instances is the one that keeps the port.
Run Trials::finish_overlap(const Run& first) {
    if (second_ == nullptr) return first;
    const auto told = [this](const Run& run) {
        return run.result ? std::string("at its goal") : explain(*scenario_.chip, run.result.error());
    };
    const auto fenced = [](const Run& run) { return !run.result && run.result.error().code == Code::fenced; };
    if (fenced(first)) stale_gated_ = judge_.rig().chip.monitor.gated - gated_;
    const Run second = second_->finish();
    second_.reset();
    if (say_) say_("the first ended: " + told(first) + "; the second: " + told(second));
    unaware_ = unaware_ || (judge_.rig().window_session.dropped != dropped_ && !fenced(first) && !fenced(second));
    return second.result ? second : first;
}

/// All lives but for what comes after the last. False: a planned death never came.
bool Trials::live(const Plan& plan, StateSink* sink, Run& last, Trial& trial) {
    Rig& rig = judge_.rig();
    std::size_t fired = 0, planned = 0;
    for (std::size_t k = 0; k < plan.lives.size(); ++k) {
        const faults::Life& life = plan.lives[k];
        planned += life.strikes.size();
        faults::Injector injector(rig, life, ailments_);
        injector.before_strike = [this](const faults::Strike& s) { strike(s); };
        injector.second_instance = [this](std::uint32_t moments) { overlap(moments); };
        if (sink != nullptr) {
            injector.at_moment = [&](std::uint32_t index, Moment) {
                if (!struck_ || injector.fired() == 0) return;
                Plan so_far = plan;
                so_far.lives.resize(k + 1);
                so_far.lives[k].killed_at = index;
                so_far.lives.emplace_back();
                sink->met(rig.chip, so_far);
            };
        }
        say("a fresh HAL");
        const std::uint32_t epoch = rig.chip.epoch();
        last = finish_overlap(judge_.run(scenario_.policy, &injector, stray_));
        constexpr std::uint32_t kClaims = 2;  // one for each instance that there can be
        reclaimed_ = reclaimed_ || rig.chip.epoch() > epoch + kClaims;
        fired += injector.fired() - (ailments_.forget_write() ? 1 : 0);
        by_strikes_ += injector.disturbances();
        // A dead register fools every HAL once: each has to see for itself.
        if (injector.fired() != 0 || (struck_ && ailments_.lasting())) {
            struck_->violations_of_call = rig.chip.monitor.violations;
        }
        const bool ended_first = life.killed_at && !injector.dead();
        const bool all_fired = !life.strikes.empty() && injector.fired() == life.strikes.size();
        if (ended_first && !all_fired && plan.size() <= 2) return false;
        if (ended_first) say(fmt::format("it ends before moment {}", *life.killed_at));
        if (life.killed_at && !ended_first) say(fmt::format("killed at moment {}", *life.killed_at));
        if (life.outage) outage(rig.chip);
    }
    // A long plan counts with what has fired; one or two faults are what is asked about.
    const bool measured = fired == planned || (plan.size() > 2 && fired != 0);
    if (!measured) trial.verdict = Verdict::not_measured;
    return measured;
}

Trial Trials::run(const Plan& plan, StateSink* sink) {
    Rig& rig = judge_.rig();
    ailments_.heal();
    struck_.reset();
    stray_ = reclaimed_ = unaware_ = false;
    stale_gated_ = by_strikes_ = 0;
    rig.chip.restore(judge_.start());
    rig.chip.monitor = {};
    rig.chip.write_filter = &ailments_;
    rig.forget_sessions();
    Trial trial;
    Run last;
    if (!live(plan, sink, last, trial)) {
        rig.chip.write_filter = nullptr;
        trial.verdict = Verdict::not_measured;
        return trial;
    }
    allowed_ = allowed_outcomes(plan);
    climb(last, trial);
    rig.chip.write_filter = nullptr;
    trial.accesses = rig.chip.monitor.accesses - (struck_ ? struck_->accesses : 0);
    hold_to_contract(trial);
    if (!trial.findings.empty()) trial.verdict = Verdict::lost;
    if (trial.verdict == Verdict::lost && trial.findings.empty()) trial.verdict = Verdict::survived;  // nobody asks
    for (const faults::Life& life : plan.lives) {
        for (const faults::Strike& strike : life.strikes) {
            const bool excluded = faults::row(strike.fault).contract == faults::Contract::out_of_contract;
            if (excluded) trial.verdict = Verdict::excluded;
        }
    }
    return trial;
}

namespace {

/// Reports every moment of a fresh HAL without faults.
class Passer final : public Boundary {
public:
    Passer(Rig& rig, const Plan& so_far, StateSink& sink) : rig_(rig), so_far_(so_far), sink_(sink) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override {
        so_far_.lives.back().killed_at = index;
        so_far_.lives.emplace_back();
        sink_.met(rig_.chip, so_far_);
        so_far_.lives.pop_back();
        return true;
    }

private:
    Rig& rig_;
    Plan so_far_;
    StateSink& sink_;
};

}  // namespace

Trial Trials::recover(const transports::model::Snapshot& state, const Plan& so_far, StateSink* sink) {
    Rig& rig = judge_.rig();
    ailments_.heal();
    struck_.reset();
    stray_ = reclaimed_ = unaware_ = false;
    stale_gated_ = by_strikes_ = 0;
    rig.chip.restore(state);
    rig.chip.monitor = {};
    rig.forget_sessions();
    Trial trial;
    std::optional<Passer> passer;
    if (sink != nullptr) passer.emplace(rig, so_far, *sink);
    const Run run = judge_.run(scenario_.policy, passer ? &*passer : nullptr, stray_);
    trial.accesses = run.accesses;
    allowed_ = allowed_outcomes(so_far);
    climb(run, trial);
    hold_to_contract(trial);
    if (!trial.findings.empty()) trial.verdict = Verdict::lost;
    return trial;
}

Trial Trials::tell(const Plan& plan, const std::function<void(const std::string&)>& say) {
    say_ = say;
    Trial trial = run(plan);
    say_ = nullptr;
    return trial;
}

}  // namespace chaos
