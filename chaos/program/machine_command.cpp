// reconverge rehearse machine qemu: whole machines die under a working halctl.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>

#include "chaos/program/arguments.hpp"
#include "chaos/program/build_tree.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "chaos/rehearsal/rehearsal.hpp"
#include "transports/unix/temporary_folder.hpp"

namespace chaos::program {
namespace {

namespace fs = std::filesystem;
using namespace rehearsal;
using Json = nlohmann::ordered_json;

constexpr int kUnavailable = 77;         // of image.py
constexpr std::uint64_t kMostDraws = 3;  // for each death asked for

struct MachineArguments {
    std::string scale = "1/8", link = "both", image, repro, record;
    std::vector<std::string> scenarios = {"boot", "update", "repair", "resume"};
    std::uint64_t deaths = 20, seed = 1;
    unsigned patience = 60;
    bool json = false;
};

/// Makes what isn't there or not current. Throws std::runtime_error where the packages can't be had.
Image make_image(const MachineArguments& a) {
    const fs::path build = build_folder();
    const fs::path out = a.image.empty() ? build / "qemu" : fs::path(a.image);
    const fs::path script = source_folder(build, "rehearse") / "transports/qemu/image.py";
    const fs::path halctl = build / "transports/halctl-static";
    const std::string command =
        fmt::format("python3 -B '{}' --halctl '{}' --out '{}' >&2", script.string(), halctl.string(), out.string());
    const int status = std::system(command.c_str());
    if (WEXITSTATUS(status) == kUnavailable) throw std::runtime_error("no machine to rehearse with: see above");
    if (status != 0) throw std::runtime_error(script.string() + " failed: see above");
    Image image;
    image.kernel = out / "vmlinux";
    image.initramfs = out / "initramfs.cpio";
    image.intents = out / "tree/intents";
    return image;
}

/// What came of all deaths.
struct Tally {
    std::map<std::string, std::map<std::string, std::uint64_t>> deaths;  ///< By path and kind, those survived.
    std::uint64_t survived = 0, lost = 0, not_measured = 0, broken = 0;
    std::uint64_t disturbances = 0, dearest = 0, bound = 0, behind = 0, struck = 0;
    std::vector<double> restarts;
    std::vector<std::pair<std::string, rehearsal::Outcome>> bad;  ///< With their ids.

    void add(const DeathPoint& point, const std::string& id, const rehearsal::Outcome& outcome, std::uint64_t limit) {
        switch (outcome.verdict) {
            case Verdict::survived: ++survived; break;
            case Verdict::lost: ++lost; break;
            case Verdict::not_measured: ++not_measured; break;
            default: ++broken; break;
        }
        if (outcome.verdict == Verdict::survived)
            ++deaths[chaos::name(point.path)][rehearsal::name(point.death)];
        else
            bad.emplace_back(id, outcome);
        disturbances += outcome.disturbances;
        behind += outcome.behind;
        struck += outcome.struck;
        if (outcome.restart_seconds != 0) restarts.push_back(outcome.restart_seconds);
        // The recovery that came nearest to its bound.
        if (bound == 0 || outcome.accesses * bound > dearest * limit) {
            dearest = outcome.accesses;
            bound = limit;
        }
    }
    std::uint64_t measured() const { return survived + lost + broken; }
    Verdict verdict() const {
        if (broken != 0) return Verdict::harness_broken;
        if (lost != 0) return Verdict::lost;
        return survived == 0 ? Verdict::not_measured : Verdict::survived;
    }
};

std::vector<Path> paths_of(const MachineArguments& a) {
    if (a.link == "spi") return {Path::spi};
    if (a.link == "pcie") return {Path::pcie};
    if (a.link == "both") return {Path::spi, Path::pcie};
    throw std::invalid_argument("no link '" + a.link + "'; use spi, pcie or both");
}

void save(const std::string& file, const std::string& content) {
    std::ofstream out(file, std::ios::binary);
    out << content;
    out.close();
    if (!out) throw std::runtime_error(file + ": cannot be written");
}

struct Runs {
    std::string scenario;
    Path path;
    Undisturbed run;
};

/// Every scenario over every path once, with nobody dying.
std::vector<Runs> undisturbed(Rehearsal& rehearsal, const MachineArguments& a) {
    std::vector<Runs> runs;
    for (const std::string& scenario : a.scenarios) {
        for (const Path path : paths_of(a)) {
            progress(fmt::format("'{}' over {}, nobody dies", scenario, chaos::name(path)));
            runs.push_back({scenario, path, rehearsal.undisturbed(scenario, path)});
            if (a.record.empty()) continue;
            save(fmt::format("{}/{}-{}.pcapng", a.record, scenario, chaos::name(path)),
                 rehearsal.recording(scenario, path));
        }
    }
    progress("");
    return runs;
}

/// The n-th death of a seed: kinds, paths and scenarios in turn, so that few deaths cover all of them; moments drawn.
/// The chip's own deaths cost a machine each, and come once in a round.
DeathPoint draw(const std::vector<Runs>& runs, std::uint64_t n, std::mt19937_64& random) {
    constexpr Death kRound[] = {Death::power, Death::process, Death::reset, Death::panic, Death::stall, Death::process,
                                Death::noise, Death::reset,   Death::power, Death::panic, Death::noise, Death::removal};
    const Runs& chosen = runs[n % runs.size()];
    const Death death = kRound[(n + n / runs.size()) % std::size(kRound)];
    const std::uint64_t drawn = random();
    if (!of_chip(death)) return {chosen.scenario, chosen.path, death, drawn % chosen.run.moments};
    // The chip's process begins with a boot, the longest of all runs; another one may be faster than that was.
    const auto most = static_cast<std::uint64_t>(runs.front().run.seconds * 500);
    return {"boot", chosen.path, death, drawn % std::max<std::uint64_t>(1, most)};
}

Json to_json(const MachineArguments& a, const Rehearsal& rehearsal, const std::vector<Runs>& runs, const Tally& t) {
    Json clean = Json::array(), bad = Json::array();
    for (const Runs& r : runs) {
        clean.push_back({{"scenario", r.scenario},
                         {"link", chaos::name(r.path)},
                         {"accesses", r.run.accesses},
                         {"writes", r.run.writes},
                         {"blocks", r.run.instances},
                         {"differ", r.run.differences.blocks},
                         {"edges", r.run.differences.edges},
                         {"edges_otherwise", r.run.differences.edges_otherwise},
                         {"moments", r.run.moments},
                         {"seconds", r.run.seconds}});
    }
    for (const auto& [id, outcome] : t.bad) {
        bad.push_back({{"id", id}, {"verdict", chaos::name(outcome.verdict)}, {"what", outcome.what}});
    }
    const Json part = {{"undisturbed", clean},
                       {"counts",
                        {{"deaths", t.survived + t.lost},
                         {"survived", t.survived},
                         {"lost", t.lost},
                         {"not_measured", t.not_measured},
                         {"broken", t.broken},
                         {"boots", rehearsal.boots()},
                         {"disturbances", t.disturbances},
                         {"struck", t.struck},
                         {"dearest", t.dearest},
                         {"bound", t.bound}}},
                       {"deaths", t.deaths},
                       {"bad", bad}};
    return {{"mode", "machine"},
            {"scale", a.scale},
            {"seed", a.seed},
            {"qemu", rehearsal.qemu_version()},
            {"verdict", chaos::name(t.verdict())},
            {"parts", {part}}};
}

void print_runs(const MachineArguments& a, const Rehearsal& rehearsal, const std::vector<Runs>& runs) {
    fmt::print("{} at scale {}, behind a Linux guest in QEMU {}\n", bold(chip_title()), a.scale,
               rehearsal.qemu_version());
    for (const Runs& r : runs) {
        const WriteDifferences& d = r.run.differences;
        fmt::print("  {:<8} {:<4}    as intended in {} accesses, {:.1f} s; {} words to {} blocks as in process, {}\n",
                   r.scenario, chaos::name(r.path), grouped(r.run.accesses), r.run.seconds, grouped(r.run.writes),
                   grouped(r.run.instances),
                   d.none() ? fmt::format("{} dependencies in order", grouped(d.edges))
                            : red(fmt::format("but for {} blocks and the order of {} dependencies", d.blocks,
                                              d.edges_otherwise)));
    }
}

void print_deaths(const MachineArguments& a, const Rehearsal& rehearsal, Tally& t) {
    for (const auto& [path, kinds] : t.deaths) {
        std::string text;
        for (const auto& [kind, n] : kinds) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, kind);
        fmt::print("  deaths   {:<4}    {}\n", path, text);
    }
    if (!t.restarts.empty()) {
        std::sort(t.restarts.begin(), t.restarts.end());
        fmt::print("  restarts         {} boots, {:.1f} s in the middle, {:.1f} s at most\n", rehearsal.boots(),
                   t.restarts[t.restarts.size() / 2], t.restarts.back());
    }
    if (t.struck != 0) fmt::print("  noise            {} frames and accesses were struck\n", grouped(t.struck));
    fmt::print("  recovery         {} accesses where the certificate allows {}, at its nearest\n", grouped(t.dearest),
               grouped(t.bound));
    for (const auto& [id, outcome] : t.bad) {
        fmt::print("  {} {}: {}\n", red(chaos::name(outcome.verdict)), id, outcome.what);
        fmt::print("      reconverge rehearse machine qemu --scale {} --repro {}\n", a.scale, id);
    }
    const Verdict verdict = t.verdict();
    const std::string title = chaos::name(verdict);
    fmt::print("\n{}: {} deaths (seed {}), {} lost, {} not measured; traffic disturbed {} times.\n",
               verdict == Verdict::survived ? green(title) : red(title), t.survived + t.lost, a.seed, t.lost,
               t.not_measured, t.disturbances);
}

int machine(const MachineArguments& a) {
    const std::vector<Path> paths = paths_of(a);
    const transports::unix_socket::TemporaryFolder folder("reconverge-machine");
    Options options;
    options.image = make_image(a);
    options.scale = a.scale;
    options.folder = folder.path();
    options.patience = std::chrono::seconds(a.patience);
    Rehearsal rehearsal(options);
    Tally tally;
    std::vector<Runs> runs;
    const auto die = [&](const DeathPoint& point) {
        const rehearsal::Outcome outcome = rehearsal.run(point);
        tally.add(point, rehearsal.id(point), outcome, rehearsal.bound(point.scenario, point.path));
    };
    if (!a.repro.empty()) {
        die(rehearsal.parse(a.repro));
    } else {
        runs = undisturbed(rehearsal, a);
        std::mt19937_64 random(a.seed);
        // A death that comes too late shows nothing; another one is drawn.
        for (std::uint64_t n = 0; tally.measured() < a.deaths && n < kMostDraws * a.deaths; ++n) {
            const DeathPoint point = draw(runs, n, random);
            progress(fmt::format("{} of {} deaths, {} lost: {}", tally.measured(), a.deaths, tally.lost,
                                 rehearsal.id(point)));
            die(point);
        }
        progress("");
    }
    const bool equal = std::all_of(runs.begin(), runs.end(), [](const Runs& r) { return r.run.differences.none(); });
    if (a.json) {
        fmt::print("{}\n", to_json(a, rehearsal, runs, tally).dump(1));
    } else {
        print_runs(a, rehearsal, runs);
        if (a.deaths != 0 || !a.repro.empty()) print_deaths(a, rehearsal, tally);
    }
    if (!equal) return kFinding;
    return a.deaths == 0 && a.repro.empty() ? kSurvived : exit_code(tally.verdict());
}

void add_machine(CLI::App& rehearse, int& status) {
    static MachineArguments a;
    CLI::App* const command = rehearse.add_subcommand("machine", "Whole machines die under a working halctl");
    command->require_subcommand(1);
    CLI::App* const qemu = command->add_subcommand("qemu", "The machine is a Linux guest in QEMU");
    qemu->footer(
        "The guest runs the unmodified halctl-static over its own spidev and PCI; the chip lives in this process, and\n"
        "outlives the machine. halctl is killed, the kernel panics, the reset button is pressed, the power fails, "
        "each\n"
        "at a drawn moment of a run, or the link disturbs; a fresh halctl takes over and is judged as in process. "
        "Needs the packages of\n"
        "`./dev test --qemu`; kernel and initramfs are made in the build folder.\n"
        "Examples:\n  reconverge rehearse machine qemu\n  reconverge rehearse machine qemu --deaths 200 --seed 7\n"
        "  reconverge rehearse machine qemu --repro boot@1/8@spi:power-120\n"
        "  reconverge rehearse machine qemu --scale 1 --deaths 0");
    qemu->add_option("--deaths", a.deaths, "How many; 0: only runs that nobody disturbs")->capture_default_str();
    qemu->add_option("--seed", a.seed, "Draws their moments")->capture_default_str();
    qemu->add_option("--scale", a.scale, "Size of the chip: 1/8, 1/4, 1/2, 1, 2, 4")->capture_default_str();
    qemu->add_option("--link", a.link, "spi, pcie or both")->capture_default_str();
    qemu->add_option("--scenario", a.scenarios, "Which, from `reconverge chaos --help`")->delimiter(',');
    qemu->add_option("--repro", a.repro, "One death again, by its id");
    qemu->add_option("--record", a.record, "Also keep halctl's own recordings in this folder");
    qemu->add_option("--image", a.image, "Folder of kernel and initramfs (default: qemu in the build folder)");
    qemu->add_option("--patience", a.patience, "Seconds of its own after which a silent machine is ended")
        ->capture_default_str();
    qemu->add_flag("--json", a.json, "For machines");
    qemu->callback([&status] { status = machine(a); });
}

}  // namespace

void add_rehearse(CLI::App& app, int& status) {
    CLI::App* const rehearse = app.add_subcommand("rehearse", "Rehearses what happens to real systems");
    rehearse->require_subcommand(1);
    add_update(*rehearse, status);
    add_machine(*rehearse, status);
}

}  // namespace chaos::program
