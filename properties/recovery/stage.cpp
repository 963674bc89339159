#include "properties/recovery/stage.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include <fmt/format.h>

#include "chaos/faults/injector.hpp"
#include "chaos/measures.hpp"
#include "transports/names/chip_names.hpp"

namespace properties::recovery {

using chaos::Path;
using chaos::faults::Life;
using chaos::faults::Plan;
using chaos::faults::Strike;

namespace {

constexpr std::size_t kMostCells = 2'000'000;  // in all that a stage remembers
constexpr std::size_t kMostEnds = 100'000;

chaos::Scenario scenario_of(const std::string& name, Path path, Scale scale) {
    chaos::Scenario scenario = chaos::make_scenario(name, scale.numerator, scale.denominator);
    scenario.path = path;
    return scenario;
}

}  // namespace

Stage::Stage(const std::string& name, Path path, chaos::OracleSet asked, Scale scale)
    : scenario(scenario_of(name, path, scale)),
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
    Plan lived = plan;
    lived.lives.pop_back();
    // Back to what was lived before; no lives at all have left the start.
    auto known = left_.end();
    while (!lived.lives.empty() && (known = left_.find(text(lived))) == left_.end()) lived.lives.pop_back();
    if (lived.lives.empty()) {
        chip.chip.restore(trials.judge().start());
        chip.forget_sessions();
    } else {
        chip.chip.restore(known->second.chip);
        chip.session = known->second.session;
        chip.window_session = known->second.window_session;
    }
    chaos::faults::Ailments ailments;
    while (lived.lives.size() + 1 < plan.lives.size()) {
        const Life& life = plan.lives[lived.lives.size()];
        chaos::faults::Injector injector(chip, life, ailments);
        chip.run(scenario.intended, scenario.policy, &injector);
        if (life.outage) chip.chip.settle();
        lived.lives.push_back(life);
        if (left_.size() * layout.cells > kMostCells) left_.clear();
        left_.emplace(text(lived), Left{chip.chip.snapshot(), chip.session, chip.window_session});
    }
    forgetful_.clear();
    const std::vector<Strike>& strikes = plan.lives.back().strikes;
    for (const Strike& strike : strikes) {
        const auto i = static_cast<std::uint16_t>(strike.argument(0));
        const std::uint32_t w = strike.argument(1), before = chip.chip.word(i, w);
        chip.chip.upset(i, w, strike.argument(2));
        const auto& row = layout.type[i]->words[w];
        const bool cleared = (before & ~chip.chip.word(i, w) & row.woclr) != 0;
        // Where others were struck as well, hardware may have taken the record before a HAL comes to it.
        const bool taken = strikes.size() > 1 && (row.upset_none >> strike.argument(2) & 1) != 0 && moves(i);
        if (cleared || taken) forgetful_.insert(i);
    }
    chip.chip.monitor = {};
}

bool Stage::moves(std::uint16_t block) {
    const std::vector<std::uint16_t> running = rig().chip.running_countdowns();
    return std::any_of(running.begin(), running.end(),
                       [&](std::uint16_t timer) { return layout.timers[timer].instance == block; });
}

Stage& stage(const std::string& scenario, Path path, chaos::OracleSet asked, Scale scale) {
    using Key = std::tuple<std::string, Path, std::string, std::uint32_t, std::uint32_t>;
    static std::map<Key, std::unique_ptr<Stage>> stages;
    auto& one = stages[{scenario, path, asked.to_string(), scale.numerator, scale.denominator}];
    if (one == nullptr) one = std::make_unique<Stage>(scenario, path, asked, scale);
    return *one;
}

std::string Case::id() const {
    const hal::converge::Chip& chip = *stage->scenario.chip;
    const transports::names::ChipNames names({sizeof(hal_chip), chip.scale_numerator, chip.scale_denominator});
    return fmt::format("{}@{}@{}:{}", stage->scenario.name, names.scale(), chaos::name(stage->scenario.path),
                       chaos::faults::text(plan));
}

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.id(); }

Stage::End Stage::end() {
    transports::model::Chip& chip = rig().chip;
    const transports::model::Mark here = chip.mark();
    for (const auto& timer : layout.timers) {
        if (timer.background) chip.set_cell(timer.cell, 0);
    }
    chip.set_cell(layout.traffic + transports::model::kPhaseTimer, 0);
    End end{chip.hash(), {}};
    chip.roll_back(here);
    for (const auto& state : rig().states()) end.second += static_cast<char>(state.state);
    return end;
}

std::string Stage::false_success() {
    const auto look = [this] {
        const auto states = rig().states();
        std::uint64_t compared = 0, non_zero = 0;
        const auto finding =
            chaos::compare_measures_of(rig().chip, scenario.intended, compared, non_zero, [&](std::uint16_t i) {
                return states[i].state == hal::converge::State::converged && forgetful_.count(i) == 0;
            });
        return finding ? finding->what : std::string();
    };
    if (!forgetful_.empty()) return look();
    if (ends_.size() > kMostEnds) ends_.clear();
    const auto [known, is_new] = ends_.try_emplace(end());
    if (is_new) known->second = look();
    return known->second;
}

std::string untruth(Stage& stage, const chaos::Run& run) {
    if (!run.result) {
        // Traffic that a broken block holds up never drains: the call says so when its time is over.
        const bool late = run.result.error().code == hal::bus::Code::deadline;
        return late ? "" : chaos::explain(*stage.scenario.chip, run.result.error());
    }
    const std::string wrong = stage.false_success();
    if (!wrong.empty()) return "reported as converged, but " + wrong;
    for (const auto& state : stage.rig().states()) {
        const bool good = state.state == hal::converge::State::converged || state.state == hal::converge::State::off;
        if (!good && (state.why == nullptr || *state.why == '\0')) return "a block is given up and nobody says why";
    }
    return "";
}

}  // namespace properties::recovery
