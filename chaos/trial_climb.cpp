// The judgement, rung by rung: from the end of the last life to the chip as intended.
#include <fmt/format.h>

#include "chaos/trial.hpp"

namespace chaos {

using faults::Fault;
using faults::Outcome;
using faults::Plan;
using hal::converge::Policy;

/// Verdicts hold for the intent that they were found for: one that says the same under another name tries everything,
/// as a HAL that is told to. The chip is then taken back to where it was.
Run Trials::of_another_intent(const Policy& policy, Trial& trial) {
    Rig& rig = judge_.rig();
    const transports::model::Mark here = rig.chip.mark();
    const auto session = rig.session;
    const auto window = rig.window_session;
    const faults::Ailments ailments = ailments_;
    Intended other = scenario_.intended;
    other.groups.resize(scenario_.chip->instances.size());
    other.groups[0] = 255;  // a group of its own
    const Run run = judge_.run(other, policy, nullptr, stray_);
    if (trial.findings.empty()) check_conduct(trial, true);
    rig.chip.roll_back(here);
    rig.session = session;
    rig.window_session = window;
    ailments_ = ailments;
    return run;
}

void Trials::lose(Trial& trial, Oracle oracle, const std::string& what) const {
    trial.verdict = Verdict::lost;
    if (asks(oracle)) trial.findings.push_back({oracle, what});
}

std::string Trials::told(const Run& run) {
    const hal::converge::Chip& chip = *scenario_.chip;
    return run.result ? outcome(chip, *run.result, judge_.rig().states()) : explain(chip, run.result.error());
}

/// From the end of the last life to the chip as intended, rung by rung.
void Trials::climb(const Run& first, Trial& trial) {
    say("it ends", first);
    trial.outcome = Outcome::same_call;
    if (as_reference(first)) return check_conduct(trial);

    // A bridge that is busy for longer than one HAL asks comes to rest; what the HAL says that then comes counts.
    const bool busy = judge_.rig().session.busy_frames != 0;
    Run second = judge_.run(scenario_.policy, nullptr, stray_);
    say("the next HAL", second);
    if (busy && !second.result && second.result.error().code == hal::bus::Code::link_down) {
        check_conduct(trial);
        second = judge_.run(scenario_.policy, nullptr, stray_);
        say("and the next, as the bridge was still busy", second);
    }
    check_conduct(trial);
    trial.outcome = first.result ? Outcome::next_call : Outcome::error;
    if (as_reference(second)) return;
    if (!second.result) {
        // A chip that says it is another one is nobody's to touch.
        const bool refused = second.result.error().code == hal::bus::Code::wrong_chip && may_end_in(Outcome::reset);
        return refused ? climb_by_reset(trial) : lose(trial, Oracle::completes, "the next HAL: " + told(second));
    }

    std::string what;
    const hal::converge::Report& report = *second.result;
    if (same_outcome(report, reference_.report)) {
        trial.outcome = Outcome::left_alone;
        if (!delivers(what)) return lose(trial, Oracle::delivers, what);
        if (!judge_.left_alone(scenario_.policy, stray_)) {
            return lose(trial, Oracle::idempotent, "further HALs write again and again");
        }
        if (say_) say_("left alone: " + difference(Fields::all));
        return;
    }
    if (report.broken + report.blocked + report.needs_reset + report.pending == 0) {
        Policy draining = scenario_.policy;
        draining.drain = true;
        const Run third = judge_.run(draining, nullptr, stray_);
        say("a HAL that may drain", third);
        trial.outcome = Outcome::drain;
        if (trial.findings.empty()) check_conduct(trial);  // of this HAL, too
        if (as_reference(third)) return;
        if (third.result && same_outcome(*third.result, reference_.report)) {
            if (!delivers(what)) lose(trial, Oracle::delivers, what);
            return;
        }
        if (!third.result || third.result->broken == 0) {
            return lose(trial, Oracle::completes, "a HAL that may drain: " + told(third));
        }
    }
    climb_degraded(trial);
}

/// Some blocks are given up: what works is as it should be, nobody tries in vain, and what brings the rest back does.
void Trials::climb_degraded(Trial& trial) {
    Rig& rig = judge_.rig();
    std::string what = difference(Fields::managed_of_converged);
    if (!what.empty()) return lose(trial, Oracle::same_end, "of what works, " + what);
    if (const auto moving = given_up_in_motion(rig.chip, rig.states()))
        return lose(trial, moving->oracle, moving->what);
    // Nobody believes what the system block says of itself: it alone is tried by every HAL.
    const bool system_works = rig.states()[0].state != hal::converge::State::broken;
    const Run further = judge_.run(scenario_.policy, nullptr, stray_);
    if (!further.result || (system_works && further.result->writes != 0)) {
        return lose(trial, Oracle::idempotent, "a further HAL doesn't leave the degraded chip alone: " + told(further));
    }
    Policy trying = scenario_.policy;
    trying.drain = true;
    const Run other = of_another_intent(trying, trial);
    trying.retry = true;
    const Run again = judge_.run(trying, nullptr, stray_);
    say("a HAL told to try again", again);
    const bool as_told = other.result.has_value() == again.result.has_value() &&
                         (!other.result || same_outcome(*other.result, *again.result));
    if (!as_told)
        return lose(trial, Oracle::completes, "a HAL with another intent believes what was found for this one");
    trial.outcome = Outcome::retry;
    if (trial.findings.empty()) check_conduct(trial, true);
    if (as_reference(again)) return;
    if (again.result && same_outcome(*again.result, reference_.report)) {
        if (!delivers(what)) lose(trial, Oracle::delivers, what);
        return;
    }
    climb_by_reset(trial);
}

/// The last rung: the chip loses its supply, and all is as on the first day.
void Trials::climb_by_reset(Trial& trial) {
    Rig& rig = judge_.rig();
    std::string what;
    trial.outcome = Outcome::reset;
    rig.chip.cold_reset();
    rig.forget_sessions();
    ailments_.heal();
    const Run after = judge_.run(scenario_.policy, nullptr, stray_);
    say("after a cold reset", after);
    if (!after.result || !same_outcome(*after.result, reference_.report)) {
        return lose(trial, Oracle::completes, "after a cold reset: " + told(after));
    }
    if (!delivers(what)) return lose(trial, Oracle::delivers, "after a cold reset: " + what);
}

/// What the contracts of all its faults allow, and of what these add up to.
std::uint8_t Trials::allowed_outcomes(const Plan& plan) const {
    std::uint8_t allowed = plan.size() == 0 ? 1 : 0;
    for (const Fault beyond : faults::adds_up_to(plan)) allowed |= faults::row(beyond).outcomes;
    for (const faults::Life& life : plan.lives) {
        if (life.killed_at) allowed |= faults::row(Fault::killed).outcomes;
        for (const faults::Strike& strike : life.strikes) {
            // What a field declares holds for a chip that is as intended and left alone.
            const bool alone = strike.fault == Fault::upset && plan.size() == 1 && reference_.report.writes == 0;
            allowed |= alone ? declared_outcomes(strike) : faults::row(strike.fault).outcomes;
        }
    }
    return allowed;
}

void Trials::hold_to_contract(Trial& trial) const {
    if (trial.verdict != Verdict::survived || may_end_in(trial.outcome)) return;
    trial.verdict = Verdict::lost;
    if (!asks(Oracle::completes)) return;
    trial.findings.push_back(
        {Oracle::completes,
         fmt::format("comes out of it by '{}', which its contract doesn't allow", faults::name(trial.outcome))});
}

}  // namespace chaos
