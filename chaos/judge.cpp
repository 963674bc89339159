#include "chaos/judge.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace chaos {

using hal::converge::Report;

namespace {

/// Traffic goes on to the first phase of a step, or stops if it is draining.
void to_first_phase(transports::model::Chip& chip) {
    for (std::uint32_t k = 0; k <= transports::model::kPhases && chip.traffic_moves(); ++k) {
        chip.move_traffic();
        if (chip.cell(chip.layout().traffic + transports::model::kPhase) == 1) return;
    }
}

std::uint32_t incomplete(const Report& r) { return r.deferred + r.needs_reset + r.broken + r.blocked + r.pending; }

/// What a run that had to defer some of it leaves: deferred blocks as they were, and with them their atomic groups.
Intended expected_of(const Scenario& scenario, const Intended& intended,
                     hal::bus::Span<const hal::converge::InstanceState> states) {
    Intended expected = intended;
    const auto& groups = expected.groups;
    std::array<bool, 256> deferred{};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (states[i].state == hal::converge::State::deferred) deferred[groups[i]] = groups[i] != 0;
    }
    for (std::uint16_t i = 0; i < states.size(); ++i) {
        const bool grouped = !groups.empty() && deferred[groups[i]];
        if (!grouped && states[i].state != hal::converge::State::deferred) continue;
        const std::size_t from = hal::converge::intent_offset(*scenario.chip, i);
        const std::size_t fields = scenario.chip->type(scenario.chip->instances[i]).driver->intent.size();
        std::copy_n(scenario.earlier.words.begin() + static_cast<std::ptrdiff_t>(from), fields,
                    expected.words.begin() + static_cast<std::ptrdiff_t>(from));
    }
    return expected;
}

/// It runs, and nobody has begun to drain it.
bool traffic_is_admitted(const transports::model::Chip& chip) { return chip.traffic_running() && chip.gate_open(); }

}  // namespace

bool same_outcome(const Report& a, const Report& b) {
    return a.converged == b.converged && a.off == b.off && a.deferred == b.deferred && a.needs_reset == b.needs_reset &&
           a.broken == b.broken && a.blocked == b.blocked && a.pending == b.pending;
}

bool only_deferred(const Report& r) { return r.deferred != 0 && r.needs_reset + r.broken + r.blocked + r.pending == 0; }

std::string outcome(const hal::converge::Chip& chip, const Report& r,
                    hal::bus::Span<const hal::converge::InstanceState> states) {
    std::string what =
        fmt::format("{} converged, {} off, {} deferred, {} need a reset, {} broken, {} blocked, {} pending",
                    r.converged, r.off, r.deferred, r.needs_reset, r.broken, r.blocked, r.pending);
    for (std::uint16_t i = 0; i < states.size(); ++i) {
        const auto& state = states[i];
        if (state.state == hal::converge::State::converged || state.state == hal::converge::State::off) continue;
        what += fmt::format("; {}: {} ({})", instance_name(chip, i), hal::converge::name(state.state), state.why);
        break;
    }
    return what;
}

Judge::Judge(const Scenario& scenario, const transports::model::Layout& layout, OracleSet asked)
    : scenario_(scenario), asked_(asked), rig_(layout, scenario.path, scenario.hal) {
    sides_.push_back({&scenario.hal, &scenario.intended, &scenario.policy, {}, {}});
    for (const Starter& s : scenario.others) sides_.push_back({&s.hal, &s.intended, &s.policy, {}, {}});
    side_ = sides_.data();
    any_phase_ = sides_.size() != 1;  // one has drained traffic, another hasn't
    scenario.prepare(rig_, scenario.earlier);
    rig_.chip.monitor = {};
    rig_.chip.write_listener = &watch_;
    start_ = rig_.chip.snapshot();
}

/// What a HAL comes to at last: where several are started in turn, one that may not drain leaves changes to one that
/// may.
hal::converge::Policy Judge::reference_policy() const {
    hal::converge::Policy policy = *side_->policy;
    if (!scenario_.others.empty()) policy.drain = true;
    return policy;
}

bool Judge::may_wait_for_drain(const Run& run) const {
    return !scenario_.others.empty() && !side_->policy->drain && run.result && only_deferred(*run.result);
}

Run Judge::run_starter(std::size_t starter, Boundary* boundary) {
    const Side& side = sides_[starter];
    return rig_.run_with(*side.hal, *side.intended, *side.policy, boundary);
}

Reference Judge::reference() {
    watch_.clear();
    const Run run = run_side(reference_policy(), nullptr, &watch_);
    if (!run.result) {
        throw std::runtime_error("the scenario fails without any fault: " +
                                 explain(*scenario_.chip, run.result.error()));
    }
    const transports::model::Monitor& seen = rig_.chip.monitor;
    if (seen.violations != 0 || seen.disturbances != 0 || watch_.stray()) {
        throw std::runtime_error(
            fmt::format("the scenario fails without any fault: {} {}",
                        instance_name(*scenario_.chip, seen.violations != 0 ? seen.violated : seen.disturbed),
                        seen.violations != 0     ? seen.first_violation
                        : seen.disturbances != 0 ? seen.first_disturbance
                                                 : "wrote what no plan named"));
    }
    const std::uint32_t expected = scenario_.defers ? run.result->deferred : 0;
    if (incomplete(*run.result) != expected) {
        throw std::runtime_error("the scenario fails without any fault: " +
                                 outcome(*scenario_.chip, *run.result, rig_.states()));
    }
    side_->reference.report = *run.result;
    side_->reference.expected = expected_of(scenario_, *side_->intended, rig_.states());
    side_->reference.accesses = run.accesses;
    side_->reference.end = settled_hash();
    const auto end = rig_.chip.snapshot();
    const std::uint64_t written = rig_.chip.monitor.writes;
    const Run again = run_side(reference_policy(), nullptr, nullptr);
    side_->reference.sweep = again.accesses;
    side_->reference.again = rig_.chip.monitor.writes - written;
    rig_.chip.restore(end);
    if (asks(Oracle::delivers)) {
        compare_measures(rig_.chip, side_->reference.expected, side_->reference.measures,
                         side_->reference.non_zero_measures);
        if (side_->reference.measures == 0 || side_->reference.non_zero_measures == 0) {
            throw std::runtime_error("the oracles have nothing to compare: no block has an intent");
        }
    }
    Judged judged;
    judged.run = run;
    look_at_end(judged);
    if (!judged.findings.empty()) {
        throw std::runtime_error("the scenario fails without any fault: " + judged.findings.front().what);
    }
    if (!scenario_.others.empty()) learn_determined();
    rig_.chip.restore(start_);
    return side_->reference;
}

Run Judge::run(const hal::converge::Policy& policy, Boundary* boundary, bool& stray) {
    return run(*side_->intended, policy, boundary, stray);
}

Run Judge::run(const Intended& intended, const hal::converge::Policy& policy, Boundary* boundary, bool& stray) {
    watch_.clear();
    const Run run = rig_.run_with(*side_->hal, intended, policy, boundary, &watch_);
    stray = stray || watch_.stray();
    return run;
}

bool Judge::left_alone(const hal::converge::Policy& policy, bool& stray) {
    constexpr std::uint64_t kAllPhasesUs = 10'000;  // with the time that traffic takes to start
    Run again = run(policy, nullptr, stray);
    for (int more = 0; more < 2 && again.result && again.result->writes != 0; ++more) {
        rig_.chip.advance(kAllPhasesUs);
        again = run(policy, nullptr, stray);
    }
    return again.result && again.result->writes == 0;
}

Judged Judge::judge(Boundary* boundary) {
    watch_.clear();
    const transports::model::Monitor before = rig_.chip.monitor;
    Judged judged;
    if (scenario_.half_applied) {
        if (const std::string what = scenario_.half_applied(rig_.chip); !what.empty()) {
            find(judged.findings, Oracle::whole_groups, what);
        }
    }
    const bool admitted = traffic_is_admitted(rig_.chip);
    judged.run = run_side(*side_->policy, boundary, &watch_);
    // The host takes its time to come back.
    if (!side_->policy->drain && admitted && !rig_.chip.traffic_running()) {
        find(judged.findings, Oracle::undisturbed, "it drains traffic although it may not");
    }
    judged.writes = watch_.words();
    judged.writes_digest = watch_.digest();
    if (!judged.run.died) look_at_report(judged);
    look_at_conduct(before, judged.findings);
    if (const auto stray = watch_.stray()) find(judged.findings, Oracle::planned, fmt::format("address {:#x}", *stray));
    if (!judged.run.died) look_at_end(judged);
    return judged;
}

std::vector<Finding> Judge::judge_end(const transports::model::Monitor& before) {
    Judged judged;
    look_at_conduct(before, judged.findings);
    look_at_end(judged);
    return judged.findings;
}

void Judge::look_at_report(Judged& judged) const {
    if (!judged.run.result) {
        find(judged.findings, Oracle::completes, explain(*scenario_.chip, judged.run.result.error()));
    } else if (!same_outcome(*judged.run.result, side_->reference.report) && !may_wait_for_drain(judged.run)) {
        find(judged.findings, Oracle::completes, outcome(*scenario_.chip, *judged.run.result, rig_.states()));
        if (const auto moving = given_up_in_motion(rig_.chip, rig_.states())) {
            find(judged.findings, moving->oracle, moving->what);
        }
    }
}

void Judge::look_at_conduct(const transports::model::Monitor& before, std::vector<Finding>& findings) const {
    const transports::model::Monitor& after = rig_.chip.monitor;
    if (after.disturbances != before.disturbances) {
        find(findings, Oracle::undisturbed,
             fmt::format("{}: {}", instance_name(*scenario_.chip, after.disturbed), after.first_disturbance));
    }
    if (after.violations != before.violations) {
        find(findings, Oracle::lawful,
             fmt::format("{}: {}", instance_name(*scenario_.chip, after.violated), after.first_violation));
    }
}

std::uint32_t Judge::words_again() const {
    const PlanWatch::Unfinished plan = watch_.unfinished();
    return std::min(plan.words, rig_.chip.layout().type[plan.instance]->repeated);
}

std::uint64_t Judge::accesses_again() const {
    // Where HALs take turns under traffic, it may start or end between one's death and the next one's look.
    const bool looks_first = rig_.chip.traffic_running() || !scenario_.others.empty();
    return words_again() + (looks_first ? side_->reference.sweep : 0);
}

/// What the chip is heading for: transitions that the HAL need not wait for may or may not be over when it ends.
transports::model::Hash Judge::settled_hash() {
    const transports::model::Mark here = rig_.chip.mark();
    rig_.chip.finish_countdowns();
    if (any_phase_) to_first_phase(rig_.chip);
    const transports::model::Hash hash = rig_.chip.hash();
    rig_.chip.roll_back(here);
    return hash;
}

std::vector<std::uint32_t> Judge::settled_cells() {
    const transports::model::Mark here = rig_.chip.mark();
    rig_.chip.finish_countdowns();
    if (any_phase_) to_first_phase(rig_.chip);
    std::vector<std::uint32_t> cells = rig_.chip.cells();
    rig_.chip.roll_back(here);
    return cells;
}

/// Working registers keep what was last done with them, and logs what was. A boot by this HAL, and one by each of the
/// others with this one behind it, tell them from what an end has to agree on.
void Judge::learn_determined() {
    side_->reference.cells = settled_cells();
    side_->reference.determined = rig_.chip.layout().hash_mask;
    for (const Side& first : sides_) {
        rig_.chip.cold_reset();
        rig_.forget_sessions();
        rig_.run_with(*first.hal, *first.intended, *first.policy);
        run_side(reference_policy(), nullptr, nullptr);
        const std::vector<std::uint32_t> cells = settled_cells();
        for (std::size_t c = 0; c < cells.size(); ++c)
            side_->reference.determined[c] &= ~(cells[c] ^ side_->reference.cells[c]);
    }
}

bool Judge::ends_like_reference(const transports::model::Hash& end) {
    if (end == side_->reference.end) return true;
    if (side_->reference.determined.empty()) return false;
    const std::vector<std::uint32_t> cells = settled_cells();
    for (std::size_t c = 0; c < cells.size(); ++c) {
        if (((cells[c] ^ side_->reference.cells[c]) & side_->reference.determined[c]) != 0) return false;
    }
    return true;
}

void Judge::look_at_end(Judged& judged) {
    const transports::model::Hash end = settled_hash();
    judged.end = end;
    const bool waits = may_wait_for_drain(judged.run);
    const Report& expected = waits ? *judged.run.result : side_->reference.report;
    auto known = side_->ends.find(end);
    if (known == side_->ends.end()) {
        std::vector<Finding> findings;
        if (asks(Oracle::same_end) && !waits && !ends_like_reference(end)) {
            findings.push_back({Oracle::same_end, "the chip ends in another state than without faults"});
        }
        std::uint64_t compared = 0, non_zero = 0;
        if (asks(Oracle::delivers) && !waits) {
            if (auto finding = compare_measures(rig_.chip, side_->reference.expected, compared, non_zero)) {
                findings.push_back(*finding);
            }
        }
        if (asks(Oracle::idempotent)) {
            const std::string what = further_hal(expected);
            if (!what.empty()) findings.push_back({Oracle::idempotent, what});
        }
        known = side_->ends.emplace(end, std::move(findings)).first;
    }
    judged.findings.insert(judged.findings.end(), known->second.begin(), known->second.end());
}

/// What a further HAL does to a chip that is as intended; empty if it does nothing and says so.
std::string Judge::further_hal(const Report& expected) {
    const transports::model::Mark here = rig_.chip.mark();
    const transports::model::BridgeSession session = rig_.session;
    const transports::model::WindowSession window = rig_.window_session;
    const transports::model::Hash end = settled_hash();
    const std::uint64_t written = rig_.chip.monitor.writes;
    rig_.chip.write_listener = nullptr;
    RunObserver* const observer = std::exchange(rig_.observer, nullptr);  // it came to see the judged run
    const Run again = run_side(*side_->policy, nullptr, nullptr);
    rig_.observer = observer;
    rig_.chip.write_listener = &watch_;
    std::string what;
    if (!again.result) {
        what = "a further HAL fails: " + explain(*scenario_.chip, again.result.error());
    } else if (const std::uint64_t more = rig_.chip.monitor.writes - written; more != 0) {
        what = fmt::format("a further HAL writes {} words", more);
    } else if (!same_outcome(*again.result, expected)) {
        what = "a further HAL reports: " + outcome(*scenario_.chip, *again.result, rig_.states());
    } else if (settled_hash() != end) {
        what = "a further HAL leaves the chip in another state";
    }
    rig_.chip.roll_back(here);
    rig_.session = session;
    rig_.window_session = window;
    return what;
}

}  // namespace chaos
