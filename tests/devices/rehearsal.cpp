#include "tests/devices/rehearsal.hpp"

#include <stdexcept>
#include <utility>

namespace tests::devices {
namespace {

using hal::bus::Access;
using hal::bus::Op;

/// Word by word to the device, until the HAL above dies.
class Mortal final : public hal::bus::Transport {
public:
    Mortal(hal::bus::Transport& below, std::uint64_t dies_at) : below_(below), dies_at_(dies_at) {}

    hal::bus::Result<void> execute(hal::bus::Span<const Access> batch) override {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const Access& access = batch[i];
            for (std::uint32_t n = 0; n < access.count; ++n) {
                if (writes.size() >= dies_at_) return hal::bus::fail({});
                Access word = access;
                word.count = 1;
                word.address += access.op == Op::write_fixed ? 0 : 4 * n;
                if (access.into != nullptr) word.into = access.into + n;
                if (access.from != nullptr) word.from = access.from + n;
                if (const auto done = below_.execute({&word, 1}); !done) return done;
                writes.push_back(access.into == nullptr);
            }
        }
        return {};
    }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override {
        if (writes.size() < dies_at_) below_.wait_until(deadline);
    }

    std::vector<bool> writes;

private:
    hal::bus::Transport& below_;
    const std::uint64_t dies_at_;
};

constexpr std::size_t kMostWithMachine = 12;  // deaths of each kind in a scenario: a machine takes its time to start
constexpr const char* kKinds[] = {"process", "reset", "power"};

}  // namespace

std::uint64_t Score::all() const {
    std::uint64_t sum = lost.size();
    for (const auto& [kind, n] : deaths) sum += n;
    return sum;
}

Rehearsal::Rehearsal(Device device) : device_(std::move(device)) { power_on(); }

void Rehearsal::power_on() {
    machine_.reset();
    machine_ = std::make_unique<Machine>(device_.board);
    device_.furnish(machine_->qtest());
}

Rehearsal::Run Rehearsal::converge(int intent, std::uint64_t dies_at) {
    const std::vector<std::uint32_t>& words = device_.intents[intent];
    hal::converge::Intent wanted{{words.data(), words.size()}, {}, {}, 0};
    wanted.digest = hal::converge::digest(wanted);
    hal::converge::Policy policy;
    policy.guards = false;
    policy.deadline_ns = 120'000'000'000;
    std::vector<std::uint64_t> workspace(hal::converge::workspace_size(*device_.chip) / 8 + 1);
    hal::converge::InstanceState state{};
    Run run;
    device_.reach(machine_->qtest(), [&](hal::bus::Transport& device) {
        Mortal transport(device, dies_at);
        const auto report =
            hal::converge::converge(transport, *device_.chip, wanted, policy,
                                    {reinterpret_cast<std::uint8_t*>(workspace.data()), workspace.size() * 8}, &state);
        run.done = report && report->complete();
        run.accesses = transport.writes.size();
        run.writes = transport.writes;
        run.written = report ? report->writes : 0;
        if (!report) run.what = hal::bus::name(report.error().code);
        if (report && !run.done) run.what = std::string(name(state.state)) + ": " + state.why;
    });
    return run;
}

void Rehearsal::prepare(const Scenario& scenario) {
    device_.clear(machine_->qtest());
    if (scenario.before < 0) return;
    if (const Run run = converge(scenario.before); !run.done) throw std::runtime_error("before any death: " + run.what);
}

std::string Rehearsal::plain() {
    device_.clear(machine_->qtest());
    const Run run = converge(0);
    if (!run.done) return run.what;
    const Run again = converge(0);
    if (!again.done || again.written != 0) return "a further HAL writes " + std::to_string(again.written) + " words";
    return device_.use(machine_->qtest(), device_.intents[0]);
}

std::string Rehearsal::trial(const Scenario& scenario, Kind kind, std::uint64_t dies_at, std::uint64_t& accesses) {
    prepare(scenario);
    const Run dying = converge(scenario.dying, dies_at);
    if (dying.done) return "it outlived its death";
    if (kind == Kind::reset) machine_->reset();
    if (kind == Kind::power) power_on();
    const Run fresh = converge(scenario.after);
    accesses = fresh.accesses;
    if (!fresh.done) return "the fresh HAL ends with " + fresh.what;
    const Run again = converge(scenario.after);
    if (!again.done || again.written != 0) return "a further HAL writes " + std::to_string(again.written) + " words";
    return device_.use(machine_->qtest(), device_.intents[scenario.after]);
}

Score Rehearsal::deaths(const std::string& only) {
    constexpr Scenario kScenarios[] = {{"boot", -1, 0, 0}, {"update", 0, 1, 1}, {"rollback", 0, 1, 0}};
    Score score;
    for (const Scenario& scenario : kScenarios) {
        if (!only.empty() && only != scenario.name) continue;
        prepare(scenario);
        const std::vector<bool> writes = converge(scenario.dying).writes;
        std::size_t written = 0;
        for (std::size_t at = 0; at < writes.size(); ++at) {
            const bool behind_write = at > 0 && writes[at - 1];
            written += behind_write ? 1 : 0;
            for (const Kind kind : {Kind::process, Kind::reset, Kind::power}) {
                if (kind != Kind::process && !(behind_write && written <= kMostWithMachine)) continue;
                if (!score.lost.empty()) return score;
                std::uint64_t accesses = 0;
                const std::string what = trial(scenario, kind, at, accesses);
                const char* const death = kKinds[static_cast<std::size_t>(kind)];
                if (what.empty()) {
                    ++score.deaths[death];
                } else {
                    score.lost.push_back(std::string(scenario.name) + ", " + death + " before access " +
                                         std::to_string(at) + ": " + what);
                }
                score.dearest = std::max(score.dearest, accesses);
            }
        }
    }
    return score;
}

}  // namespace tests::devices
