#include "properties/recovery/stage.hpp"

#include <map>
#include <memory>
#include <tuple>

#include <fmt/format.h>

#include "chaos/faults/injector.hpp"
#include "chaos/measures.hpp"

namespace properties::recovery {

using chaos::Path;
using chaos::faults::Life;
using chaos::faults::Plan;
using chaos::faults::Strike;

namespace {

chaos::Scenario scenario_of(const std::string& name, Path path) {
    chaos::Scenario scenario = chaos::make_scenario(name, 1, 8);
    scenario.path = path;
    return scenario;
}

}  // namespace

Stage::Stage(const std::string& name, Path path, chaos::OracleSet asked)
    : scenario(scenario_of(name, path)),
      layout(*scenario.chip),
      trials(scenario, layout, asked),
      points(chaos::survey(trials.judge(), scenario)) {
    for (std::uint16_t i = 0; i < layout.first_cell.size(); ++i) {
        const auto& words = layout.type[i]->words;
        for (std::uint32_t w = 0; w < words.size(); ++w) {
            const std::uint32_t bits = words[w].stored & words[w].writable() & ~words[w].host;
            for (std::uint32_t bit = 0; bit < 32; ++bit) {
                if ((bits >> bit & 1u) != 0) managed.push_back({i, w, bit});
            }
        }
    }
}

void Stage::enter(const Plan& plan) {
    chaos::Rig& chip = rig();
    chip.chip.restore(trials.judge().start());
    chip.forget_sessions();
    chaos::faults::Ailments ailments;
    for (const Life& life : plan.lives) {
        if (&life == &plan.lives.back()) break;
        chaos::faults::Injector injector(chip, life, ailments);
        chip.run(scenario.intended, scenario.policy, &injector);
        if (life.outage) chip.chip.settle();
    }
    for (const Strike& strike : plan.lives.back().strikes) {
        chip.chip.upset(static_cast<std::uint16_t>(strike.argument(0)), strike.argument(1), strike.argument(2));
    }
    chip.chip.monitor = {};
}

Stage& stage(const std::string& scenario, Path path, chaos::OracleSet asked) {
    static std::map<std::tuple<std::string, Path, std::string>, std::unique_ptr<Stage>> stages;
    auto& one = stages[{scenario, path, asked.to_string()}];
    if (one == nullptr) one = std::make_unique<Stage>(scenario, path, asked);
    return *one;
}

std::string Case::id() const {
    return fmt::format("{}@1/8@{}:{}", stage->scenario.name, chaos::name(stage->scenario.path),
                       chaos::faults::text(plan));
}

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.id(); }

std::string story(const Case& c) {
    std::string told = c.id() + '\n';
    chaos::Trials trials(c.stage->scenario, c.stage->layout, chaos::OracleSet().set());
    trials.tell(c.plan, [&](const std::string& step) { told += "  " + step + '\n'; });
    return told + "Again, with every access: reconverge chaos --repro " + c.id();
}

std::string false_success(Stage& stage) {
    const auto states = stage.rig().states();
    std::uint64_t compared = 0, non_zero = 0;
    const auto finding =
        chaos::compare_measures_of(stage.rig().chip, stage.scenario.intended, compared, non_zero,
                                   [&](std::uint16_t i) { return states[i].state == hal::converge::State::converged; });
    return finding ? finding->what : "";
}

std::string untruth(Stage& stage, const chaos::Run& run) {
    if (!run.result) {
        // Traffic that a broken block holds up never drains: the call says so when its time is over.
        const bool late = run.result.error().code == hal::bus::Code::deadline;
        return late ? "" : chaos::explain(*stage.scenario.chip, run.result.error());
    }
    const std::string wrong = false_success(stage);
    if (!wrong.empty()) return "reported as converged, but " + wrong;
    for (const auto& state : stage.rig().states()) {
        const bool good = state.state == hal::converge::State::converged || state.state == hal::converge::State::off;
        if (!good && (state.why == nullptr || *state.why == '\0')) return "a block is given up and nobody says why";
    }
    return "";
}

}  // namespace properties::recovery
