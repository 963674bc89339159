// reconverge chaos: its modes and their options.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "chaos/program/arguments.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/reports.hpp"

namespace chaos::program {

namespace {

std::string footer() {
    std::string oracle_names, scenario_names;
    for (const OracleRow& row : oracles()) oracle_names += fmt::format("\n  {:12} {}", row.name, row.what);
    for (const ScenarioRow& row : scenarios()) scenario_names += fmt::format("\n  {:12} {}", row.name, row.what);
    return "Scenarios:" + scenario_names + "\nOracles (--without takes one away):" + oracle_names +
           "\nExamples:\n  reconverge chaos closure --scenario boot\n"
           "  reconverge chaos closure --scale 1/8 --outage --link spi\n"
           "  reconverge chaos closure --claim A --link spi --certificate boot.cert\n"
           "  reconverge chaos single --link pcie --faults store_lost,stores_lost --json\n"
           "  reconverge chaos single --real --scale 1/8 --runs 1000\n"
           "  reconverge chaos seu --scenario resume --scale 1/8\n"
           "  reconverge chaos random --runs 5000 --seed 7\n"
           "  reconverge chaos --repro 'boot@1@spi:request_lost-40,71.3'\n"
           "  reconverge chaos closure --scale 1/8 --html report.html --junit report.xml\n"
           "  reconverge chaos pairs --scale 1/8 --link spi --shard 2/4 -o parts/   # see reconverge campaign\n"
           "  reconverge chaos --repro boot@1@spi:12.5 --perfetto run.json --vcd run.vcd";
}

void one_plan_options(CLI::App& chaos, Arguments& arguments) {
    chaos.add_option("--repro", arguments.repro, "Replay one run exactly: SCENARIO@SCALE@LINK:PLAN");
    chaos.add_option("--plan", arguments.plan, "Likewise, from a file (JSON, as --print-plan writes it)");
    chaos.add_flag("--print-plan", arguments.plan_json, "With --repro: print the plan as JSON, run nothing");
    chaos.add_flag("--shrink", arguments.shrink, "With --repro or --plan: make a failing plan small");
    chaos.add_option("--perfetto", arguments.perfetto, "With --repro: write that run for ui.perfetto.dev");
    chaos.add_option("--vcd", arguments.vcd, "With --repro: write that run for waveform viewers");
    chaos.add_option("--hal", arguments.hal, "A libhal.so to use instead of the one this program is linked with");
}

/// What every mode takes.
void mode_options(CLI::App& mode, Arguments& arguments) {
    std::vector<std::string> oracle_list;
    for (const OracleRow& row : oracles()) oracle_list.emplace_back(row.name);
    mode.fallthrough();  // --hal may stand behind the mode, too
    mode.add_option("--scenario", arguments.scenario, "What is rehearsed")->capture_default_str();
    mode.add_option("--scale", arguments.scale, "Size of the chip: 1/8 ... 4")->capture_default_str();
    mode.add_option("--link", arguments.link, "Way into the chip: spi, pcie or both")->capture_default_str();
    mode.add_option("--without", arguments.without, "Switch an oracle off, to see what it is worth")
        ->check(CLI::IsMember(oracle_list));
    mode.add_option("--threads", arguments.threads, "Workers (default: one per core)")
        ->check(CLI::Range(1u, most_threads()));
    mode.parse_complete_callback([&arguments] { expect_reports(arguments); });
    mode.add_option("--html", arguments.html, "Write a report as one page");
    mode.add_option("--junit", arguments.junit, "Write a report as JUnit XML");
    mode.add_flag("--json", arguments.json, "For machines");
    mode.add_option("--losses", arguments.losses, "How many losses of each cell are told one by one")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    mode.add_option("--shard", arguments.shard, "i/n: only this share of the work (default: the job array's)");
    mode.add_option("-o", arguments.part, "The share's part for `reconverge merge`: a file, or a folder");
}

void closure_options(CLI::App& closing, Arguments& arguments) {
    closing.add_option("--exchange", arguments.exchange, "Folder in which shards meet (default: beside the part)");
    closing.add_flag("--ready-rounds", arguments.ready_rounds, "With --shard: never wait for other shards");
    closing.add_flag("--edges", arguments.edges, "With --shard: for `merge --certificate`, which needs all edges");
    closing.add_option("--claim", arguments.claim, "A: the whole chip; B: every cluster, outages of any length")
        ->capture_default_str();
    closing.add_flag("--outage", arguments.outages, "Claim A: also restart only after hardware has come to rest");
    closing.add_option("--audit", arguments.audit_percent, "Percent of the states of which a merge is run again")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    closing.add_flag("--twice", arguments.twice, "Repeat every run; it must be the same");
    closing.add_option("--certificate", arguments.certificate, "Claim A: write what was shown, for `verify`");
    closing.add_option("--plant", arguments.plant, "Break the harness on purpose: wrong-hash")
        ->check(CLI::IsMember({"wrong-hash"}));
}

void single_options(CLI::App& singly, Arguments& arguments) {
    singly.add_option("--faults", arguments.faults, "Only these, by name (default: all; see reconverge faults)")
        ->delimiter(',');
    CLI::Option* const real = singly.add_flag("--real", arguments.real,
                                              "SIGKILL and SIGSTOP an unmodified halctl, compare with the simulation");
    singly.add_option("--halctl", arguments.halctl, "With --real: the program (default: beside this one)")->needs(real);
    singly.add_option("--runs", arguments.runs, "With --real: how many kills (default 500)")->needs(real);
    singly.add_option("--first", arguments.first, "With --real: of the points in their fixed order")->needs(real);
}

}  // namespace

void add_chaos(CLI::App& app, int& status) {
    static Arguments arguments;
    CLI::App* const chaos = app.add_subcommand("chaos", "Explores faults exhaustively");
    chaos->footer(footer());
    one_plan_options(*chaos, arguments);

    CLI::App* const closing = chaos->add_subcommand("closure", "Any number of kills, anywhere: works to the fixpoint");
    CLI::App* const singly = chaos->add_subcommand("single", "One fault at every point of one run, in every phase");
    CLI::App* const upsetting =
        chaos->add_subcommand("seu", "Every stored bit of the chip upset, best under traffic (--scenario resume)");
    CLI::App* const outing = chaos->add_subcommand("outage", "Hardware's own events while the HAL is dead");
    CLI::App* const overlapping = chaos->add_subcommand("overlap", "Two live instances, interleaved everywhere");
    CLI::App* const pairing =
        chaos->add_subcommand("pairs", "Two faults in one call: all at scale 1/8, else a sample with its bound");
    CLI::App* const rolling = chaos->add_subcommand("random", "Plans of many faults, drawn by seed");
    for (CLI::App* const mode : {closing, singly, upsetting, outing, overlapping, pairing, rolling}) {
        mode_options(*mode, arguments);
    }
    closure_options(*closing, arguments);
    single_options(*singly, arguments);
    upsetting->add_option("--every", arguments.every, "Every n-th bit only")->check(CLI::Range(1, 1'000'000));
    rolling->add_flag("--recoverable", arguments.recoverable, "Only faults that the same call has to get over");
    for (CLI::App* const mode : {pairing, rolling}) {
        mode->add_option("--runs", arguments.runs, "How many plans are drawn");
        mode->add_option("--seed", arguments.seed, "Of the draw")->capture_default_str();
    }
    const std::vector<std::pair<CLI::App*, int (*)(const Arguments&)>> modes = {
        {closing, closure},     {singly, single}, {upsetting, seu}, {outing, outage},
        {overlapping, overlap}, {pairing, pair},  {rolling, random}};
    chaos->callback([chaos, modes, upsetting, &status] {
        const bool one_plan = !arguments.repro.empty() || !arguments.plan.empty();
        const bool of_one_plan =
            arguments.shrink || arguments.plan_json || !arguments.perfetto.empty() || !arguments.vcd.empty();
        if (one_plan && !chaos->get_subcommands().empty()) {
            throw std::invalid_argument("--repro and --plan run one plan, a mode runs many; leave one of them out");
        }
        if (of_one_plan && !one_plan) {
            throw std::invalid_argument(
                "--shrink, --print-plan, --perfetto and --vcd are for one plan; add --repro ID");
        }
        if (one_plan) {
            status = arguments.repro.empty() ? repro_file(arguments) : repro(arguments);
            return;
        }
        if (upsetting->parsed() && upsetting->count("--scenario") == 0) arguments.scenario = "resume";
        for (const auto& [mode, run] : modes) {
            if (mode->parsed()) status = run(arguments);
        }
        if (chaos->get_subcommands().empty()) {
            throw std::invalid_argument("chaos needs a mode or --repro ID; see reconverge chaos --help");
        }
    });
    chaos->require_subcommand(0, 1);  // one claim at a time
}

}  // namespace chaos::program
