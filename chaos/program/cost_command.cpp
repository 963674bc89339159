// reconverge cost: what a boot and a look at a healthy chip take, for comparison with a bound from elsewhere.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>

#include "chaos/program/arguments.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"

namespace chaos::program {
namespace {

struct CostArguments {
    std::string scale = "1";
    std::string registers;
    std::uint64_t hz = 25'000'000;
    bool json = false;
};

/// Every addressable register as the chip holds it, through the backdoor: address and content, one a line.
void write_registers(const Rig& rig, const std::string& file) {
    std::ofstream out(file);
    const transports::model::Layout& layout = rig.chip.layout();
    for (std::uint16_t i = 0; i < layout.first_cell.size(); ++i) {
        const auto& words = layout.type[i]->words;
        for (std::uint32_t w = 0; w < words.size(); ++w) {
            if (words[w].internal) continue;
            out << layout.chip.instances[i].base + words[w].offset << ' ' << rig.chip.word(i, w) << '\n';
        }
    }
    out.close();
    if (!out) throw std::invalid_argument("cannot write " + file + "; choose a folder that exists");
}

nlohmann::json to_json(const Run& run, std::uint64_t elapsed_ns) {
    return {{"accesses", run.accesses},       {"writes", run.result->writes},      {"reads", run.result->reads},
            {"frames", run.link.frames},      {"wire_bytes", run.link.wire_bytes}, {"waits", run.result->waits},
            {"elapsed_us", elapsed_ns / 1000}};
}

int cost(const CostArguments& a) {
    const Scenario scenario = scenario_of("boot", a.scale, "spi", "");
    const transports::model::Layout layout(*scenario.chip);
    Rig rig(layout);
    const Run boot = rig.run(scenario.intended, scenario.policy);
    if (!a.registers.empty()) write_registers(rig, a.registers);
    rig.chip.advance(10'000);
    const std::uint64_t disturbances = rig.chip.monitor.disturbances;
    const Run resume = rig.run(scenario.intended, scenario.policy);
    Rig timed(layout);
    timed.set_spi_clock(a.hz);
    const std::uint64_t start_ns = timed.chip.now();
    const Run timed_boot = timed.run(scenario.intended, scenario.policy);
    const std::uint64_t timed_ns = timed.chip.now() - start_ns;
    for (const Run* run : {&boot, &resume, &timed_boot}) {
        if (run->result && run->result->complete()) continue;
        std::fprintf(stderr, "reconverge: a fault-free run does not converge: nothing to measure\n");
        return kNotMeasured;
    }
    const bool undisturbed = rig.chip.monitor.disturbances == disturbances && rig.chip.traffic_running();
    if (a.json) {
        fmt::print("{}\n", nlohmann::json{{"scale", a.scale},
                                          {"blocks", layout.chip.instances.size()},
                                          {"hz", a.hz},
                                          {"boot", to_json(boot, boot.result->elapsed_ns)},
                                          {"boot_timed", to_json(timed_boot, timed_ns)},
                                          {"resume", to_json(resume, resume.result->elapsed_ns)},
                                          {"resume_undisturbed", undisturbed}}
                               .dump(1));
        return kSurvived;
    }
    fmt::print("{} at scale {}: {} block instances over SPI\n", bold(chip_title()), a.scale,
               layout.chip.instances.size());
    fmt::print("  boot      {} accesses ({} words written), {} frames, {} bytes on the wire; {} us of waiting\n",
               grouped(boot.accesses), grouped(boot.result->writes), grouped(boot.link.frames),
               grouped(boot.link.wire_bytes), grouped(boot.result->elapsed_ns / 1000));
    fmt::print("  boot      {} us when the link runs at {} MHz\n", grouped(timed_ns / 1000), a.hz / 1'000'000);
    fmt::print("  resume    {} accesses ({} words written), {} frames, {} bytes on the wire; traffic {}\n",
               grouped(resume.accesses), grouped(resume.result->writes), grouped(resume.link.frames),
               grouped(resume.link.wire_bytes), undisturbed ? "undisturbed" : "DISTURBED");
    return undisturbed ? kSurvived : kFinding;
}

}  // namespace

void add_cost(CLI::App& app, int& status) {
    static CostArguments arguments;
    CLI::App* const command = app.add_subcommand("cost", "What a boot and a look at a healthy chip take");
    command->footer("Examples:\n  reconverge cost\n  reconverge cost --scale 1/8 --hz 10000000 --json");
    command->add_option("--scale", arguments.scale, "Size of the chip: 1/8 ... 4")->capture_default_str();
    command->add_option("--hz", arguments.hz, "SPI clock of the timed boot")->capture_default_str();
    command->add_option("--registers", arguments.registers, "Write every register's content after the boot to a file");
    command->add_flag("--json", arguments.json, "For machines");
    command->callback([&status] { status = cost(arguments); });
}

}  // namespace chaos::program
