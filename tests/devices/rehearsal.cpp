#include "tests/devices/rehearsal.hpp"

#include <algorithm>
#include <stdexcept>

namespace tests::devices {
namespace {

struct Scenario {
    const char* name;
    int before, dying, after;  // intents; -1: none
};

constexpr Scenario kScenarios[] = {{"boot", -1, 0, 0}, {"update", 0, 1, 1}, {"rollback", 0, 1, 0}};
constexpr const char* kKinds[] = {"process", "reset", "power"};

void prepare(Lane& lane, const Scenario& scenario) {
    lane.clear();
    if (scenario.before < 0) return;
    const Run run = lane.run(static_cast<unsigned>(scenario.before));
    if (!run.done) throw std::runtime_error("before any death: " + run.what);
}

// What a fresh HAL makes of what it finds; empty if all is well.
std::string resume(Lane& lane, unsigned intent, std::uint64_t& accesses) {
    const Run fresh = lane.run(intent);
    accesses = fresh.accesses;
    if (!fresh.done) return "the fresh HAL ends with " + fresh.what;
    const Run again = lane.run(intent);
    if (!again.done || again.written != 0) return "a further HAL writes " + std::to_string(again.written) + " words";
    return lane.use(intent);
}

void die(Lane& lane, const Scenario& scenario, std::uint64_t at, Kind kind, Score& score) {
    prepare(lane, scenario);
    std::uint64_t accesses = 0;
    const std::string what = lane.dies(static_cast<unsigned>(scenario.dying), at, kind)
                                 ? resume(lane, static_cast<unsigned>(scenario.after), accesses)
                                 : "it outlived its death";
    const std::string death = kKinds[static_cast<std::size_t>(kind)];
    if (what.empty()) {
        ++score.deaths[death];
    } else {
        score.lost.push_back(std::string(scenario.name) + ", " + death + " before access " + std::to_string(at) + ": " +
                             what);
    }
    score.dearest = std::max(score.dearest, accesses);
}

}  // namespace

std::uint64_t Score::all() const {
    std::uint64_t sum = lost.size();
    for (const auto& [kind, n] : deaths) sum += n;
    return sum;
}

std::string Score::text() const {
    std::string mix;
    for (const auto& [kind, n] : deaths) mix += (mix.empty() ? "" : ", ") + std::to_string(n) + " " + kind;
    return std::to_string(all()) + " deaths (" + mix + "), " + std::to_string(lost.size()) +
           " lost; the dearest recovery took " + std::to_string(dearest) + " accesses";
}

std::string plain(Lane& lane) {
    lane.clear();
    std::uint64_t accesses = 0;
    return resume(lane, 0, accesses);
}

Score deaths(Lane& lane, std::size_t with_machine, const std::string& only,
             const std::function<void(const Score&)>& progress) {
    Score score;
    for (const Scenario& scenario : kScenarios) {
        if (!only.empty() && only != scenario.name) continue;
        prepare(lane, scenario);
        const std::vector<bool> writes = lane.run(static_cast<unsigned>(scenario.dying)).writes;
        std::size_t written = 0;
        for (std::size_t at = 0; at < writes.size(); ++at) {
            const bool behind_write = at > 0 && writes[at - 1];
            written += behind_write ? 1 : 0;
            for (const Kind kind : {Kind::process, Kind::reset, Kind::power}) {
                if (kind != Kind::process && !(behind_write && written <= with_machine)) continue;
                if (!score.lost.empty()) return score;
                die(lane, scenario, at, kind, score);
                if (progress) progress(score);
            }
        }
    }
    return score;
}

}  // namespace tests::devices
