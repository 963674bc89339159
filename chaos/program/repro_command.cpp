// reconverge chaos --repro: one run again, exactly, and told step by step.
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "chaos/program/arguments.hpp"
#include "chaos/program/console.hpp"
#include "chaos/program/reports.hpp"
#include "chaos/shrink.hpp"
#include "chaos/trial.hpp"

namespace chaos::program {

namespace {

int conclude(const std::vector<Finding>& findings, Verdict verdict, std::uint64_t accesses) {
    for (const Finding& f : findings) {
        fmt::print("{} {}: {}\n", red("Lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
    }
    if (verdict == Verdict::lost) return kFinding;
    fmt::print("{}: {} accesses\n", verdict == Verdict::survived ? green(name(verdict)) : red(name(verdict)),
               grouped(accesses));
    return verdict == Verdict::survived ? kSurvived : kNotMeasured;
}

}  // namespace

int repro(const Arguments& a) {
    const std::string& id = a.repro;
    const std::size_t first = id.find('@'), second = id.find('@', first + 1), colon = id.find(':');
    if (first == std::string::npos || second == std::string::npos || colon == std::string::npos || colon < second) {
        throw std::invalid_argument("--repro " + id + " is no id: SCENARIO@SCALE@LINK:PLAN, as in boot@1@spi:12.5");
    }
    const Scenario scenario = scenario_of(id.substr(0, first), id.substr(first + 1, second - first - 1),
                                          id.substr(second + 1, colon - second - 1), a.hal);
    const std::string path = id.substr(colon + 1);
    RunTrace trace(a, *scenario.chip);
    const auto tell = [&](const std::string& step) {
        fmt::print("  {}\n", step);
        trace.note(step);
    };
    if (only_kills(path)) {
        const Judged judged = replay_path(scenario, path, tell, trace.observer());
        trace.write();
        return conclude(judged.findings, judged.findings.empty() ? Verdict::survived : Verdict::lost,
                        judged.run.accesses);
    }
    const faults::Plan plan = faults::parse(path);
    if (a.plan_json) {
        nlohmann::json document = faults::to_json(plan);
        document["scenario"] = id.substr(0, first);
        document["scale"] = id.substr(first + 1, second - first - 1);
        document["link"] = id.substr(second + 1, colon - second - 1);
        fmt::print("{}\n", document.dump(1));
        return kSurvived;
    }
    const transports::model::Layout layout(*scenario.chip);
    Trials trials(scenario, layout, OracleSet().set());
    trials.judge().rig().observer = trace.observer();
    const Trial trial = trials.tell(plan, tell);
    trace.write();
    if (trial.verdict == Verdict::survived) fmt::print("  comes out of it by: {}\n", faults::name(trial.outcome));
    const int status = conclude(trial.findings, trial.verdict, trial.accesses);
    if (!a.shrink || trial.verdict != Verdict::lost) return status;
    constexpr std::uint64_t kBudget = 2'000;
    const Shrunk small = shrink(scenario, plan, kBudget);
    const std::string scale = small.scale.empty() ? id.substr(first + 1, second - first - 1) : small.scale;
    fmt::print("{} ({} plans tried): {}@{}@{}:{}\n  {}\n", bold("Shrunk"), grouped(small.tried), scenario.name, scale,
               name(scenario.path), text(small.plan), small.signature);
    return status;
}

int repro_file(const Arguments& given) {
    std::ifstream file(given.plan);
    if (!file) throw std::invalid_argument("--plan " + given.plan + ": can't be read; give the file of a plan");
    const nlohmann::json document = nlohmann::json::parse(file, nullptr, false);
    if (!document.is_object()) throw std::invalid_argument("--plan " + given.plan + ": no JSON; see docs/faults.md");
    Arguments a = given;
    const auto field = [&](const char* name, const char* otherwise) {
        const auto at = document.find(name);
        return at != document.end() && at->is_string() ? at->get<std::string>() : std::string(otherwise);
    };
    a.repro = fmt::format("{}@{}@{}:{}", field("scenario", "boot"), field("scale", "1"), field("link", "spi"),
                          text(faults::from_json(document)));
    return repro(a);
}

}  // namespace chaos::program
