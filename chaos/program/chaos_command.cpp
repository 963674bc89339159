// reconverge chaos: explores faults and says in plain words what was shown.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "chaos/closure.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "chaos/single.hpp"

namespace chaos::program {
namespace {

struct Arguments {
    std::string scenario = "boot";
    std::string scale = "1";
    std::string repro;
    std::string hal;
    std::string link = "spi";
    bool outages = false;
    bool json = false;
    unsigned threads = 0;
    std::vector<std::string> without;
};

/// "1/8" or "2".
void parse_scale(const std::string& text, std::uint32_t& numerator, std::uint32_t& denominator) {
    unsigned n = 0, d = 1;
    char rest = 0;
    const int fields = std::sscanf(text.c_str(), "%u/%u%c", &n, &d, &rest);
    if ((fields != 1 && fields != 2) || n == 0 || d == 0 || n > 64 || d > 64) {
        throw std::invalid_argument("--scale " + text + " is no scale; use 1/8, 1/4, 1/2, 1, 2 or 4");
    }
    numerator = n;
    denominator = fields == 2 ? d : 1;
}

Scenario scenario_of(const std::string& name, const std::string& scale, const std::string& link,
                     const std::string& hal) {
    std::uint32_t numerator = 1, denominator = 1;
    parse_scale(scale, numerator, denominator);
    Scenario scenario = make_scenario(name, numerator, denominator);
    if (link != "spi" && link != "pcie") throw std::invalid_argument("--link " + link + ": use spi or pcie");
    scenario.path = link == "spi" ? Path::spi : Path::pcie;
    if (!hal.empty()) scenario.hal = HalLibrary::load(hal);
    return scenario;
}

/// What `--repro` takes.
std::string id_of(const Arguments& a, const std::string& path) {
    return fmt::format("{}@{}@{}:{}", a.scenario, a.scale, a.link, path);
}

OracleSet asked(const std::vector<std::string>& without) {
    OracleSet set = OracleSet().set();
    for (const std::string& name : without) {
        bool known = false;
        for (const OracleRow& row : oracles()) {
            if (name != row.name) continue;
            set.reset(static_cast<std::size_t>(row.oracle));
            known = true;
        }
        if (!known) throw std::invalid_argument("--without " + name + ": no such oracle; see reconverge chaos --help");
    }
    return set;
}

nlohmann::json losses_json(const Arguments& a, const std::vector<Loss>& all) {
    nlohmann::json losses = nlohmann::json::array();
    for (const Loss& loss : all) {
        nlohmann::json findings = nlohmann::json::array();
        for (const Finding& f : loss.findings) {
            findings.push_back({{"oracle", oracles()[static_cast<std::size_t>(f.oracle)].name}, {"what", f.what}});
        }
        losses.push_back({{"id", id_of(a, loss.id)}, {"findings", findings}});
    }
    return losses;
}

nlohmann::json to_json(const Arguments& a, const Scenario& s, const ClosureResult& r) {
    return {{"scenario", a.scenario}, {"scale", a.scale}, {"link", a.link}, {"outages", a.outages},
            {"blocks", s.chip->instances.size()}, {"claim", "A"}, {"closed", r.closed},
            {"verdict", r.lost != 0 ? "Lost" : r.closed ? "Survived" : "NotMeasured"},
            {"states", r.states}, {"runs", r.runs}, {"boundaries", r.boundaries}, {"points", r.points},
            {"merged", r.merged}, {"accesses", r.accesses}, {"generations", r.generations},
            {"worst_recovery", {{"accesses", r.worst_accesses}, {"id", id_of(a, r.worst_id)}}},
            {"fault_free", {{"accesses", r.reference.accesses}, {"sweep", r.reference.sweep},
                            {"writes", r.reference.report.writes}, {"measures", r.reference.measures},
                            {"non_zero_measures", r.reference.non_zero_measures}}},
            {"lost", r.lost}, {"losses", losses_json(a, r.losses)}, {"seconds", r.seconds}, {"cpu_seconds", r.cpu_seconds}};
}

void print_losses(const Arguments& a, const std::vector<Loss>& losses, std::uint64_t lost) {
    for (const Loss& loss : losses) {
        for (const Finding& f : loss.findings) {
            fmt::print("  {} {}: {}\n", red("lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
        }
        fmt::print("       reconverge chaos --repro '{}'\n", id_of(a, loss.id));
    }
    if (lost > losses.size()) fmt::print("  ... and {} more\n", lost - losses.size());
}

void print(const Arguments& a, const Scenario& s, const ClosureResult& r) {
    const auto& report = r.reference.report;
    fmt::print("{} at scale {}, {} block instances, over {}\n", bold("Heron"), a.scale, s.chip->instances.size(),
               a.link == "spi" ? "the SPI link" : "the PCIe window");
    fmt::print("  without faults   {}/{} blocks as intended; {} accesses ({} words written), {} us; "
               "{} quantities measured, {} not zero\n",
               report.converged, s.chip->instances.size(), grouped(r.reference.accesses), grouped(report.writes),
               grouped(report.elapsed_ns / 1000), grouped(r.reference.measures),
               grouped(r.reference.non_zero_measures));
    fmt::print("  a further HAL    {} accesses, 0 words written\n", grouped(r.reference.sweep));
    fmt::print("  killed           at {} points ({} of {} runs) = {} moments, {} distinct chip states\n",
               grouped(r.points), a.link == "spi" ? "every byte of every frame" : "before and after every access",
               grouped(r.runs), grouped(r.boundaries), grouped(r.states));
    fmt::print("  closure          {} after {} kills in a row{}\n",
               r.closed ? "no new state" : "NOT reached within the budget", r.generations - 1,
               a.outages ? ", with outages until hardware rests" : "");
    fmt::print("  worst recovery   {} accesses, {} us ({})\n", grouped(r.worst_accesses), grouped(r.worst_us),
               id_of(a, r.worst_id));
    fmt::print("  effort           {} accesses, {:.1f} s, {:.0f} recoveries and {:.1f} M accesses per CPU-second\n",
               grouped(r.accesses), r.seconds, static_cast<double>(r.runs) / r.cpu_seconds,
               static_cast<double>(r.accesses) / r.cpu_seconds / 1e6);
    print_losses(a, r.losses, r.lost);
    if (r.lost != 0) {
        fmt::print("\n{}: {} of {} recoveries broke their contract.\n", red("Lost"), grouped(r.lost), grouped(r.runs));
    } else if (!r.closed) {
        fmt::print("\n{}: the set of states did not close within {} states; nothing is claimed.\n",
                   red("NotMeasured"), grouped(r.states));
    } else {
        fmt::print(
            "\n{}: all {} recoveries kept the contract.\n"
            "What this shows: however often and wherever the HAL process is killed during '{}', a fresh HAL brings every\n"
            "block to exactly the state of a run without kills, to the bit, without a forbidden access. Every state that\n"
            "a kill can leave was itself killed in, until none was new, so the number of kills doesn't matter.\n"
            "Assumptions: the chip behaves like its model; accesses take no time and waits do; the next HAL starts\n"
            "{}; faults other than kills are not part of this claim.\n",
            green("Survived"), grouped(r.runs), a.scenario,
            a.outages ? "at once, or after hardware has come to rest" : "at once");
    }
}

int closure(const Arguments& a) {
    const Scenario scenario = scenario_of(a.scenario, a.scale, a.link, a.hal);
    ClosureOptions options;
    options.outages = a.outages;
    options.threads = a.threads != 0 ? a.threads : std::max(1u, std::thread::hardware_concurrency());
    options.oracles = asked(a.without);
    const ClosureResult result = close(scenario, options, [](const ClosureProgress& p) {
        progress(fmt::format("{} states, {} recovered, {} lost", grouped(p.states), grouped(p.runs), grouped(p.lost)));
    });
    progress("");
    if (a.json) {
        fmt::print("{}\n", to_json(a, scenario, result).dump(1));
    } else {
        print(a, scenario, result);
    }
    return result.lost != 0 ? kFinding : result.closed ? kSurvived : kNotMeasured;
}

int single(const Arguments& a) {
    const Scenario scenario = scenario_of(a.scenario, a.scale, a.link, a.hal);
    const SingleResult r = single_kills(scenario, asked(a.without), [](std::uint64_t moments) {
        progress(fmt::format("{} moments", grouped(moments)));
    });
    progress("");
    if (a.json) {
        fmt::print("{}\n", nlohmann::json{{"scenario", a.scenario}, {"scale", a.scale}, {"link", a.link},
                                          {"blocks", scenario.chip->instances.size()}, {"claim", "C"},
                                          {"verdict", r.lost != 0 ? "Lost" : "Survived"}, {"moments", r.moments},
                                          {"points", r.points}, {"recoveries", r.recoveries},
                                          {"accesses", r.accesses}, {"worst_accesses", r.worst_accesses},
                                          {"lost", r.lost}, {"losses", losses_json(a, r.losses)},
                                          {"seconds", r.seconds}, {"cpu_seconds", r.cpu_seconds}}
                               .dump(1));
        return r.lost != 0 ? kFinding : kSurvived;
    }
    fmt::print("{} at scale {}, {} block instances, over {}: one kill at {} points = {} moments\n", bold("Heron"), a.scale,
               scenario.chip->instances.size(), a.link == "spi" ? "the SPI link" : "the PCIe window",
               grouped(r.points), grouped(r.moments));
    fmt::print("  recovered        from {} moments with a state of their own; at worst {} accesses\n",
               grouped(r.recoveries), grouped(r.worst_accesses));
    fmt::print("  effort           {:.1f} s, {:.0f} recoveries and {:.1f} M accesses per CPU-second\n", r.seconds,
               static_cast<double>(r.recoveries) / r.cpu_seconds,
               static_cast<double>(r.accesses) / r.cpu_seconds / 1e6);
    print_losses(a, r.losses, r.lost);
    fmt::print("\n{}: {} of {} recoveries kept the contract.\n", r.lost == 0 ? green("Survived") : red("Lost"),
               grouped(r.recoveries - r.lost), grouped(r.recoveries));
    return r.lost != 0 ? kFinding : kSurvived;
}

int repro(const Arguments& a) {
    const std::string& id = a.repro;
    const std::size_t first = id.find('@'), second = id.find('@', first + 1), colon = id.find(':');
    if (first == std::string::npos || second == std::string::npos || colon == std::string::npos || colon < second) {
        throw std::invalid_argument("--repro " + id + " is no id: SCENARIO@SCALE@LINK:PATH, as in boot@1@spi:12.5");
    }
    const Scenario scenario = scenario_of(id.substr(0, first), id.substr(first + 1, second - first - 1),
                                          id.substr(second + 1, colon - second - 1), a.hal);
    const Judged judged = replay_path(scenario, id.substr(colon + 1),
                                      [](const std::string& step) { fmt::print("  {}\n", step); });
    for (const Finding& f : judged.findings) {
        fmt::print("{} {}: {}\n", red("Lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
    }
    if (!judged.findings.empty()) return kFinding;
    fmt::print("{}: {} accesses\n", green("Survived"), grouped(judged.run.accesses));
    return kSurvived;
}

}  // namespace

void add_chaos(CLI::App& app, int& status) {
    static Arguments arguments;
    std::string oracle_names;
    for (const OracleRow& row : oracles()) oracle_names += fmt::format("\n  {:12} {}", row.name, row.what);
    std::string scenario_names;
    for (const ScenarioRow& row : scenarios()) scenario_names += fmt::format("\n  {:12} {}", row.name, row.what);
    CLI::App* const chaos = app.add_subcommand("chaos", "Explores faults exhaustively");
    chaos->footer("Scenarios:" + scenario_names + "\nOracles (--without takes one away):" + oracle_names +
                  "\nExamples:\n  reconverge chaos closure --scenario boot\n"
                  "  reconverge chaos closure --scenario boot --scale 1/8 --outage\n"
                  "  reconverge chaos --repro boot@1@spi:12.5");
    chaos->add_option("--repro", arguments.repro, "Replay one run exactly: SCENARIO@SCALE@LINK:PATH");
    chaos->add_option("--hal", arguments.hal, "A libhal.so to use instead of the one this program is linked with");
    CLI::App* const closing = chaos->add_subcommand("closure", "Any number of kills, anywhere: works to the fixpoint");
    closing->add_option("--scenario", arguments.scenario, "What is rehearsed")->capture_default_str();
    closing->add_option("--scale", arguments.scale, "Size of the chip: 1/8, 1/4, 1/2, 1, 2, 4")->capture_default_str();
    closing->add_option("--link", arguments.link, "Way into the chip: spi or pcie")->capture_default_str();
    closing->add_flag("--outage", arguments.outages, "Also restart only after hardware has come to rest");
    closing->add_option("--threads", arguments.threads, "Workers (default: one per core)");
    closing->add_option("--without", arguments.without, "Switch an oracle off, to see what it is worth");
    closing->add_flag("--json", arguments.json, "For machines");
    closing->callback([&status] { status = closure(arguments); });
    CLI::App* const singly = chaos->add_subcommand("single", "One kill at every point of one run");
    singly->add_option("--scenario", arguments.scenario, "What is rehearsed")->capture_default_str();
    singly->add_option("--scale", arguments.scale, "Size of the chip: 1/8, 1/4, 1/2, 1, 2, 4")->capture_default_str();
    singly->add_option("--link", arguments.link, "Way into the chip: spi or pcie")->capture_default_str();
    singly->add_option("--without", arguments.without, "Switch an oracle off, to see what it is worth");
    singly->add_flag("--json", arguments.json, "For machines");
    singly->callback([&status] { status = single(arguments); });
    chaos->callback([chaos, &status] {
        if (!arguments.repro.empty()) {
            status = repro(arguments);
        } else if (chaos->get_subcommands().empty()) {
            throw std::invalid_argument("chaos needs a mode or --repro ID; see reconverge chaos --help");
        }
    });
}

}  // namespace chaos::program
