// reconverge chaos single, and reconverge chaos --repro.
#include "chaos/single.hpp"

#include <fmt/format.h>

#include "chaos/program/arguments.hpp"
#include "chaos/program/console.hpp"

namespace chaos::program {

int single(const Arguments& a) {
    nlohmann::json parts = nlohmann::json::array();
    std::uint64_t lost = 0, recoveries = 0;
    for (const std::string& link : links_of(a)) {
        const Scenario scenario = scenario_of(a.scenario, a.scale, link, a.hal);
        const SingleResult r = single_kills(
            scenario, asked(a), [](std::uint64_t moments) { progress(fmt::format("{} moments", grouped(moments))); });
        progress("");
        lost += r.lost;
        recoveries += r.recoveries;
        parts.push_back({{"claim", "C"},
                         {"link", link},
                         {"moments", r.moments},
                         {"points", r.points},
                         {"recoveries", r.recoveries},
                         {"accesses", r.accesses},
                         {"worst_accesses", r.worst_accesses},
                         {"lost", r.lost},
                         {"losses", to_json(a, link, r.losses)},
                         {"seconds", r.seconds},
                         {"cpu_seconds", r.cpu_seconds}});
        if (a.json) continue;
        fmt::print("{} at scale {}, {} block instances, over {}: one kill at {} points = {} moments\n", bold("Heron"),
                   a.scale, scenario.chip->instances.size(), link_title(link), grouped(r.points), grouped(r.moments));
        fmt::print("  recovered        from {} moments with a state of their own; at worst {} accesses\n",
                   grouped(r.recoveries), grouped(r.worst_accesses));
        fmt::print("  effort           {:.1f} s; {:.0f} recoveries and {:.1f} M accesses per CPU-second\n", r.seconds,
                   static_cast<double>(r.recoveries) / r.cpu_seconds,
                   static_cast<double>(r.accesses) / r.cpu_seconds / 1e6);
        print_losses(a, link, r.losses, r.lost);
    }
    const char* const verdict = lost != 0 ? "Lost" : recoveries != 0 ? "Survived" : "NotMeasured";
    if (a.json) {
        fmt::print(
            "{}\n",
            nlohmann::json{{"scenario", a.scenario}, {"scale", a.scale}, {"verdict", verdict}, {"parts", parts}}.dump(
                1));
    } else {
        fmt::print("\n{}: {} of {} recoveries kept their contract.\n", lost == 0 ? green(verdict) : red(verdict),
                   grouped(recoveries - lost), grouped(recoveries));
    }
    return lost != 0 ? kFinding : recoveries != 0 ? kSurvived : kNotMeasured;
}

int repro(const Arguments& a) {
    const std::string& id = a.repro;
    const std::size_t first = id.find('@'), second = id.find('@', first + 1), colon = id.find(':');
    if (first == std::string::npos || second == std::string::npos || colon == std::string::npos || colon < second) {
        throw std::invalid_argument("--repro " + id + " is no id: SCENARIO@SCALE@LINK:PATH, as in boot@1@spi:12.5");
    }
    const Scenario scenario = scenario_of(id.substr(0, first), id.substr(first + 1, second - first - 1),
                                          id.substr(second + 1, colon - second - 1), a.hal);
    const Judged judged =
        replay_path(scenario, id.substr(colon + 1), [](const std::string& step) { fmt::print("  {}\n", step); });
    for (const Finding& f : judged.findings) {
        fmt::print("{} {}: {}\n", red("Lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
    }
    if (!judged.findings.empty()) return kFinding;
    fmt::print("{}: {} accesses\n", green("Survived"), grouped(judged.run.accesses));
    return kSurvived;
}

}  // namespace chaos::program
