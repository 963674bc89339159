// reconverge chaos single --real: an unmodified halctl is killed and stopped for real, against the simulation.
#include <fmt/format.h>

#include <algorithm>

#include "chaos/program/arguments.hpp"
#include "chaos/program/console.hpp"
#include "chaos/program/reports.hpp"
#include "chaos/real/paired.hpp"
#include "chaos/real/served_chip.hpp"

namespace chaos::program {

namespace {

constexpr std::uint64_t kKills = 500, kStopsOneIn = 20;

Verdict verdict_of(const real::PairedResult& r) {
    if (r.differ != 0) return Verdict::harness_broken;
    if (r.lost != 0) return Verdict::lost;
    return r.states < std::min<std::uint64_t>(2, r.passed) ? Verdict::not_measured : Verdict::survived;
}

nlohmann::json to_json(const Arguments& a, const real::PairedResult& r) {
    return {{"mode", "real"},
            {"claim", "paired kills"},
            {"scenario", a.scenario},
            {"scale", a.scale},
            {"link", "spi"},
            {"verdict", name(verdict_of(r))},
            {"counts",
             {{"points", r.points},
              {"first", a.first},
              {"kills", r.kills},
              {"before", r.before},
              {"inside", r.inside},
              {"behind", r.behind},
              {"waiting", r.waiting},
              {"passed", r.passed},
              {"states", r.states},
              {"recovered", r.recovered},
              {"paused", r.paused},
              {"fenced", r.fenced},
              {"lost", r.lost},
              {"differ", r.differ}}},
            {"first_difference", r.first},
            {"seconds", r.seconds}};
}

void print(const Arguments& a, const real::PairedResult& r) {
    fmt::print("{} at scale {}, '{}', over the SPI link: a real halctl against the simulation\n", bold(chip_title()),
               a.scale, a.scenario);
    fmt::print("  the run          {} frames, {} moments: {} points at which a process can die\n", grouped(r.frames),
               grouped(r.moments), grouped(r.points));
    fmt::print("  SIGKILL          at {} of them: {} before a frame, {} inside, {} behind, {} waiting\n",
               grouped(r.kills), grouped(r.before), grouped(r.inside), grouped(r.behind), grouped(r.waiting));
    fmt::print("  compared         {} chips with those that the simulated kill leaves; {} of the {} states passed\n",
               grouped(r.kills), grouped(r.states), grouped(r.passed));
    fmt::print("  recovered        {} times by a fresh halctl, to the state of a run without kills\n",
               grouped(r.recovered));
    fmt::print(
        "  SIGSTOP          {} times for 50 ms of the chip's time, then on as simulated; {} times until another\n"
        "                   HAL had taken the port: nothing more was written\n",
        grouped(r.paused), grouped(r.fenced));
    fmt::print("  effort           {:.1f} s, {:.0f} kills per second\n", r.seconds,
               static_cast<double>(r.kills) / std::max(r.seconds, 1e-9));
    if (!r.first.empty()) fmt::print("  {} {}\n", red("differs"), r.first);
    const Verdict verdict = verdict_of(r);
    const std::string name_of = name(verdict);
    fmt::print("\n{}: {} real kills, {} of them leave another chip than simulated ones; {} contracts broken.\n",
               verdict == Verdict::survived ? green(name_of) : red(name_of), grouped(r.kills), grouped(r.differ),
               grouped(r.lost));
}

}  // namespace

int real_kills(const Arguments& a) {
    if (a.link == "pcie") throw std::invalid_argument("--real has no PCIe: halctl reaches a served chip over SPI only");
    if (!a.hal.empty() || !a.faults.empty() || !a.without.empty()) {
        throw std::invalid_argument("--real compares kills of halctl as it is; leave --hal, --faults, --without out");
    }
    const Scenario scenario = scenario_of(a.scenario, a.scale, "spi", a.hal);
    real::PairedOptions options;
    options.halctl = a.halctl.empty() ? real::find_halctl() : a.halctl;
    options.first = a.first;
    options.kills = a.runs == 0 ? kKills : a.runs;
    options.stops = (options.kills + kStopsOneIn - 1) / kStopsOneIn;
    const real::PairedResult result = real::compare_kills(scenario, options, [&](const real::PairedResult& r) {
        progress(fmt::format("{} of {} kills, {} + {} stops, {} differ", grouped(r.kills), grouped(options.kills),
                             grouped(r.paused), grouped(r.fenced), grouped(r.differ)));
    });
    progress("");
    const Verdict verdict = verdict_of(result);
    const nlohmann::json document = {{"mode", "real"},
                                     {"scenario", a.scenario},
                                     {"scale", a.scale},
                                     {"verdict", name(verdict)},
                                     {"parts", {to_json(a, result)}}};
    if (a.json) {
        fmt::print("{}\n", document.dump(1));
    } else {
        print(a, result);
    }
    return exit_code(verdict);
}

}  // namespace chaos::program
