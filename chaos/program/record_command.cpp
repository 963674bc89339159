// reconverge record: a HAL at work on a model chip, as a trace.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "chaos/program/arguments.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/recorder/recorder.hpp"

namespace chaos::program {
namespace {

struct Recording {
    std::string scenario = "boot", scale = "1", link = "spi", file, level = "access", hal;
    bool json = false;
};

template <typename Link>
hal::bus::Result<hal::converge::Report> run(Link& link, hal::bus::Transport& transport, const Scenario& scenario) {
    if (const auto claimed = link.claim(1); !claimed) return hal::bus::fail(claimed.error());
    std::vector<std::uint64_t> workspace((scenario.hal.workspace_size(*scenario.chip) + 7) / 8);
    return scenario.hal.converge(transport, *scenario.chip, scenario.intended.view(), scenario.policy,
                                 {workspace.data(), workspace.size()}, nullptr, nullptr);
}

hal_policy c_policy(const hal::converge::Policy& policy) {
    hal_policy p{};
    p.size = sizeof p;
    p.plan_only = policy.apply ? 0 : 1;
    p.drain = policy.drain ? 1 : 0;
    p.retry = policy.retry ? 1 : 0;
    p.no_guards = policy.guards ? 0 : 1;
    return p;
}

int record(const Recording& a) {
    namespace rec = transports::recorder;
    Scenario scenario = scenario_of(a.scenario, a.scale, a.link, a.hal);
    const transports::model::Layout layout(*scenario.chip);
    Rig rig(layout, scenario.path, scenario.hal);
    scenario.prepare(rig, scenario.earlier);
    rig.forget_sessions();
    if (a.link == "pcie") scenario.policy.guards = false;
    const transports::names::ChipNames names(transports::names::parse_scale(a.scale));
    rec::WriterOptions options;
    options.when = rec::WriterOptions::When::waiting;
    rec::Writer writer(a.file,
                       rec::describe(names, a.level == "wire" ? "spi wire" : a.link, "reconverge record", a.scenario,
                                     scenario.intent, scenario.intended, c_policy(scenario.policy)),
                       options);
    hal::bus::Result<hal::converge::Report> result;
    if (a.link == "spi") {
        transports::model::Bridge bridge(rig.chip, rig.session);
        transports::model::BridgeWire wire(bridge, rig.chip);
        rec::WireRecorder wire_recorder(wire, writer);
        hal::bus::Wire& outer = a.level == "wire" ? static_cast<hal::bus::Wire&>(wire_recorder) : wire;
        transports::spi::Link link(outer, transports::spi::Link::Mode::managed);
        rec::Recorder recorder(link, writer);
        result = run(link, a.level == "wire" ? static_cast<hal::bus::Transport&>(link) : recorder, scenario);
    } else {
        if (a.level == "wire") throw std::invalid_argument("--level wire: only over --link spi");
        transports::model::WindowTarget target(rig.chip, rig.session, rig.window_session);
        transports::model::TargetWindow window(target, rig.chip);
        transports::pcie::Options where;
        where.identity_address = scenario.chip->instances[0].base + scenario.chip->services.identity.offset;
        transports::pcie::WindowLink link(window, where, transports::pcie::WindowLink::Mode::managed);
        rec::Recorder recorder(link, writer);
        result = run(link, recorder, scenario);
    }
    const std::string trouble = writer.finish();
    if (!trouble.empty()) throw std::runtime_error(trouble);
    if (!result) throw std::runtime_error(explain(*scenario.chip, result.error()));
    if (a.json) {
        fmt::print("{}\n", nlohmann::json{{"file", a.file}, {"records", writer.records()}}.dump());
    } else {
        fmt::print("{}: {} records of '{}' at scale {} over {}; `reconverge show` reads it\n", a.file,
                   grouped(writer.records()), a.scenario, a.scale, a.link);
    }
    return kSurvived;
}

}  // namespace

void add_record(CLI::App& app, int& status) {
    static Recording a;
    CLI::App* const command = app.add_subcommand("record", "Records a HAL at work on a model chip");
    command->footer(
        "Examples:\n  reconverge record --scenario boot -o boot.pcapng\n"
        "  reconverge record --scenario update --scale 1/8 --level wire -o frames.pcapng");
    command->add_option("--scenario", a.scenario, "boot, resume, update, degraded")->capture_default_str();
    command->add_option("--scale", a.scale, "Size of the chip: 1/8, 1/4, 1/2, 1, 2, 4")->capture_default_str();
    command->add_option("--link", a.link, "spi or pcie")->capture_default_str();
    command->add_option("--level", a.level, "access: registers; wire: the frames that carry them")
        ->capture_default_str()
        ->check(CLI::IsMember({"access", "wire"}));
    command->add_option("--hal", a.hal, "A libhal.so instead of the HAL in this program");
    command->add_option("-o,--output", a.file, "The trace file")->required();
    command->add_flag("--json", a.json, "For machines");
    command->callback([&status] { status = record(a); });
}

}  // namespace chaos::program
