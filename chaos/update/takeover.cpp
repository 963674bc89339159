#include "chaos/update/takeover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "chaos/second_instance.hpp"

namespace chaos::update {

using hal::bus::Code;
using hal::converge::Policy;
using transports::model::Chip;
using transports::model::Instance;
using transports::model::Monitor;

namespace {

constexpr std::uint64_t kSettledUs = 10'000;  // traffic has started and passed through every phase

/// Which HAL of the scenario it is when it may drain.
std::size_t draining(std::size_t who) { return who + 2; }

struct Stop {
    std::uint64_t asked = 0;
    std::optional<std::uint64_t> at;
};

bool asks(const void* context) {
    Stop& stop = *static_cast<Stop*>(const_cast<void*>(context));
    return stop.asked++ >= stop.at.value_or(~std::uint64_t{0});
}

/// Does something at one moment.
class At final : public Boundary {
public:
    At(std::uint32_t moment, std::function<void()> act) : moment_(moment), act_(std::move(act)) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override {
        if (index == moment_) act_();
        return true;
    }

private:
    const std::uint32_t moment_;
    const std::function<void()> act_;
};

/// Counts moments, and at which of them the port had a new owner.
class Counter final : public Boundary {
public:
    explicit Counter(const Chip& chip) : chip_(chip), epoch_(chip.epoch()) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override {
        moments = index + 1;
        if (claimed == 0 && chip_.epoch() != epoch_) claimed = index;
        return true;
    }
    std::uint32_t moments = 0, claimed = 0;

private:
    const Chip& chip_;
    const std::uint32_t epoch_;
};

/// Words that a HAL plans to write from some moment on.
class Plans final : public PlanListener {
public:
    void planned(std::uint16_t, std::uint32_t, std::uint32_t words) override { since += words; }
    std::uint64_t since = 0;
};

bool lost_the_port(const Run& run) {
    return !run.result && (run.result.error().code == Code::fenced || run.result.error().code == Code::claim_lost);
}

}  // namespace

const char* name(Work work) {
    constexpr const char* kNames[] = {"keeps", "repairs", "applies", "boots"};
    return kNames[static_cast<std::size_t>(work)];
}

const char* name(End end) {
    constexpr const char* kNames[] = {"killed", "stopped", "overlapped", "befallen"};
    return kNames[static_cast<std::size_t>(end)];
}

Stage::Stage(const Update& update, const Scenario& scenario, const transports::model::Layout& layout,
             const MatrixOptions& options, Who from, Work work)
    : update_(update),
      scenario_(scenario),
      options_(options),
      from_(from),
      work_(work),
      judge_(scenario, layout, options.oracles) {
    Rig& rig = judge_.rig();
    const bool new_holds = (from == kNew) != (work == Work::applies);
    if (work == Work::boots) {
        rig.chip.cold_reset();
    } else if (new_holds) {
        judge_.run_starter(kNewMayDrain);
        rig.chip.advance(kSettledUs);
    }
    if (work == Work::repairs) upset_one_of_each(rig.chip);
    rig.forget_sessions();
    start_ = rig.chip.snapshot();
    traffic_at_start_ = rig.chip.traffic_running();
    std::uint64_t asked = 0;
    Counter outgoing_counter(rig.chip);
    outgoing(&outgoing_counter, std::nullopt, asked);
    outgoing_claims_ = outgoing_counter.claimed;
    for (const std::size_t who : {incoming(), draining(incoming())}) {
        outgoing(nullptr, std::nullopt, asked);
        rig.chip.monitor = {};
        judge_.use(who);
        judge_.reference();
    }
    outgoing(nullptr, std::nullopt, asked);
    Counter counter(rig.chip);
    judge_.run_starter(draining(incoming()), &counter);
    incoming_moments_ = counter.moments;
    incoming_claims_ = counter.claimed;
}

Run Stage::outgoing(Boundary* boundary, std::optional<std::uint64_t> stop_at, std::uint64_t& asked,
                    PlanListener* listener) {
    Rig& rig = judge_.rig();
    rig.chip.restore(start_);
    rig.chip.monitor = {};
    rig.forget_sessions();
    Policy policy = side(false).policy;
    policy.drain = work_ == Work::applies;
    Stop stop{0, stop_at};
    policy.stop = asks;
    policy.stop_context = &stop;
    stop_ = &stop.asked;
    const Run run = rig.run_with(side(false).hal, side(false).intended, policy, boundary, listener);
    asked = stop.asked;
    return run;
}

void Stage::find(Takeover& takeover, Oracle oracle, std::string what) const {
    if (options_.oracles.test(static_cast<std::size_t>(oracle))) takeover.findings.push_back({oracle, std::move(what)});
}

/// What the workload has lost since the outgoing HAL's start.
void Stage::look_at_traffic(Takeover& takeover) {
    Chip& chip = judge_.rig().chip;
    if (!traffic_at_start_) return;
    using namespace transports::model;
    if (!chip.traffic_running()) chip.advance(kHostStartUs + kPhaseUs);
    const std::uint64_t passed = (chip.now() - start_.now_ns) / 1000, ran = chip.monitor.steps * kPhaseUs;
    takeover.stall_us = passed - std::min(passed, ran);
    const double most = (1 - options_.share) * static_cast<double>(options_.window_us);
    if (static_cast<double>(takeover.stall_us) <= most) return;
    find(takeover, Oracle::share,
         fmt::format("the workload stood still for {} us, {:.0f} are allowed", takeover.stall_us, most));
}

void Stage::judge_rest(Takeover& takeover, Judged&& judged) {
    takeover.findings.insert(takeover.findings.end(), judged.findings.begin(), judged.findings.end());
    if (judged.run.result && only_deferred(*judged.run.result)) {
        takeover.deferred = true;
        judge_.use(draining(incoming()));
        const Judged after = judge_.judge();
        takeover.findings.insert(takeover.findings.end(), after.findings.begin(), after.findings.end());
    }
    look_at_traffic(takeover);
}

Takeover Stage::take_over() {
    Takeover takeover;
    judge_.use(incoming());
    judge_rest(takeover, judge_.judge());
    return takeover;
}

Takeover Stage::take_over_from(const Run& stopped, std::uint64_t asked_again) {
    Takeover takeover;
    const Chip& chip = judge_.rig().chip;
    const std::string told = stopped.result ? std::string() : explain(*scenario_.chip, stopped.result.error());
    const bool asked_to = !stopped.result && stopped.result.error().code == Code::stopped;
    if (!stopped.result && !asked_to) find(takeover, Oracle::completes, "told to stop, it ends with " + told);
    if (asked_again != 0) {
        find(takeover, Oracle::completes, fmt::format("told to stop, it goes on and asks {} times more", asked_again));
    }
    if (asked_to && traffic_at_start_ && !chip.gate_open()) {
        find(takeover, Oracle::undisturbed, "it stopped while it was shutting traffic out");
    }
    Takeover next = take_over();
    next.findings.insert(next.findings.begin(), takeover.findings.begin(), takeover.findings.end());
    return next;
}

Takeover Stage::overlap(std::uint32_t moment, std::uint64_t turn) {
    const std::uint32_t pauses[] = {0, incoming_claims_, incoming_claims_ + (incoming_moments_ - incoming_claims_) / 2};
    const std::uint32_t pause = pauses[turn % 3];
    Chip& chip = judge_.rig().chip;
    Judged judged;
    std::unique_ptr<SecondInstance> second;
    Monitor then;
    Plans plans;
    At boundary(moment, [&] {
        judge_.use(incoming());
        second = std::make_unique<SecondInstance>(
            [&](Boundary& its) {
                judged = judge_.judge(&its);
                return judged.run;
            },
            pause);
        then = chip.monitor;
        plans.since = 0;
    });
    std::uint64_t asked = 0;
    const Run first = outgoing(&boundary, std::nullopt, asked, &plans);
    if (second == nullptr) throw std::logic_error("a run that was repeated ends earlier than before");
    const std::uint64_t wrote = chip.monitor.writes - then.writes, touched = chip.monitor.accesses - then.accesses;
    second->finish();
    second.reset();
    if (moment < outgoing_claims_) return take_over();  // the outgoing one's claim came behind the other's
    Takeover takeover;
    takeover.fenced = lost_the_port(first);
    if (wrote != 0) find(takeover, Oracle::fenced, fmt::format("it writes {} words after it has lost the port", wrote));
    if (first.result && (plans.since != 0 || (scenario_.path == Path::spi && touched != 0))) {
        find(takeover, Oracle::fenced, "it doesn't notice that it has lost the port");
    }
    if (!first.result && !takeover.fenced) {
        find(takeover, Oracle::fenced, "fenced off, it ends with " + explain(*scenario_.chip, first.result.error()));
    }
    judge_rest(takeover, std::move(judged));
    return takeover;
}

/// The incoming HAL gets over an event: at once, after a drain, or told to try again. False if it doesn't.
bool Stage::get_over(Takeover& takeover, bool& stray) {
    Policy policy = side(true).policy;
    Run run = judge_.run(policy, nullptr, stray);
    for (int rung = 0; run.result && !run.result->complete() && rung < 2; ++rung) {
        if (rung == 0) takeover.deferred = only_deferred(*run.result);
        policy.drain = true;
        policy.retry = rung == 1;
        run = judge_.run(policy, nullptr, stray);
    }
    if (run.result && run.result->complete()) return true;
    find(takeover, Oracle::completes,
         run.result ? outcome(*scenario_.chip, *run.result, judge_.rig().states())
                    : explain(*scenario_.chip, run.result.error()));
    return false;
}

std::optional<Takeover> Stage::befall_and_take_over(transports::model::Event event, std::uint64_t turn) {
    Chip& chip = judge_.rig().chip;
    const std::size_t count = chip.layout().first_cell.size();
    bool struck = false;
    for (std::size_t k = 0; k < count && !struck; ++k) {
        const auto i = static_cast<Instance>((turn + k) % count);
        struck = chip.layout().behaviour[i]->befall != nullptr && chip.befall(i, event);
    }
    if (!struck) return std::nullopt;
    const transports::model::Mark after = chip.mark();
    const Monitor before = chip.monitor;
    Takeover takeover;
    bool stray = false;
    judge_.use(incoming());
    if (get_over(takeover, stray)) {
        std::uint64_t compared = 0, non_zero = 0;
        if (const auto finding = compare_measures(chip, side(true).intended, compared, non_zero)) {
            find(takeover, Oracle::delivers, finding->what);
        }
        if (!judge_.left_alone(side(true).policy, stray)) {
            find(takeover, Oracle::idempotent, "further HALs write again and again");
        }
    }
    if (stray) find(takeover, Oracle::planned, "a register was written that no plan had named");
    const Monitor& now = chip.monitor;
    // A block that failed by itself refuses accesses; nobody can know before trying.
    if (now.violations - before.violations > now.gated - before.gated) {
        find(takeover, Oracle::lawful, now.first_violation);
    }
    // What the event does by itself is not the HAL's doing: a twin without one suffers it, too.
    const std::uint32_t suffered = now.disturbances - before.disturbances;
    const std::string how = now.first_disturbance;
    const std::uint64_t us = (chip.now() - after.now_ns) / 1000;
    chip.roll_back(after);
    chip.advance(us);
    const std::uint32_t twin = chip.monitor.disturbances - before.disturbances;
    if (suffered > twin) {
        find(takeover, Oracle::undisturbed, fmt::format("{} ({} disturbances, {} without a HAL)", how, suffered, twin));
    }
    return takeover;
}

}  // namespace chaos::update
