// reconverge resume-at: a fresh HAL on the chip that a trace shows at some time.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "replay/commands/commands.hpp"
#include "replay/commands/show.hpp"
#include "replay/transport/run.hpp"
#include "replay/transport/seeded.hpp"
#include "transports/console/console.hpp"
#include "transports/names/text.hpp"

namespace replay::commands {
namespace {

using Json = nlohmann::ordered_json;
using transports::console::green;
using transports::console::grouped;
using transports::console::red;

struct Arguments {
    std::string file, time, intent;
    std::uint64_t limit = 20;
    bool json = false;
};

int resume(const Arguments& a) {
    trace::Reader reader(a.file);
    transport::Subject subject(reader.description());
    if (!a.intent.empty()) subject.set_intent(a.intent);
    const std::uint64_t time = parse_time(a.time);
    const trace::Sequence all = trace::load(reader);
    if (all.has_frames()) {
        throw std::invalid_argument("frames show no registers; `reconverge convert " +
                                    transports::names::printable(a.file) +
                                    " --device heron -o OUT` makes a trace of accesses");
    }
    std::size_t end = 0;
    while (end < all.size() && all.head(end).time_ns <= time) ++end;
    if (end == 0) throw std::invalid_argument("the trace begins after " + a.time + "; nothing is known then");
    transport::Seeded model(subject.chip(), all, end);
    const transport::Knowledge& known = model.knowledge();
    const transport::Outcome plan = subject.run(model.transport(), true);
    const transport::Outcome run = subject.run(model.transport());
    const hal_report& r = run.report;
    const bool damaged = report_findings(reader);
    const bool converged = run.ended && r.deferred + r.needs_reset + r.broken + r.blocked + r.pending == 0;
    const bool fine = converged && model.disturbances() + model.violations() == 0;
    if (a.json) {
        Json items = Json::array();
        for (const auto& item : plan.items) {
            items.push_back({{"register", reader.schema().name(item.address)},
                             {"words", item.count},
                             {"value", hex(item.value, 4)},
                             {"why", item.why}});
        }
        fmt::print("{}\n", Json{{"records", end},
                                {"from_reset", known.from_reset},
                                {"accesses", known.accesses},
                                {"confirmed", known.confirmed},
                                {"corrected", known.corrected},
                                {"foreign", known.foreign},
                                {"known_registers", known.known_registers},
                                {"registers", known.registers},
                                {"plan", items},
                                {"as_intended", converged},
                                {"writes", r.writes},
                                {"disturbances", model.disturbances()},
                                {"violations", model.violations()}}
                               .dump(1));
        return !fine || damaged ? kFinding : kDone;
    }
    fmt::print(
        "state after {} records{}: {} of {} readable registers seen; {} words read were as the model has them, {} "
        "were not and are believed, {} accesses unknown to the model\n",
        grouped(end), known.from_reset ? "" : " (the front is missing)", grouped(known.known_registers),
        grouped(known.registers), grouped(known.confirmed), grouped(known.corrected), grouped(known.foreign));
    if (known.known_registers < known.registers) fmt::print("what was not seen is as after a cold reset\n");
    fmt::print("a fresh HAL's first plan for '{}': {} item{}\n", subject.intent_name(), grouped(plan.items.size()),
               plan.items.size() == 1 ? "" : "s");
    for (std::size_t i = 0; i < plan.items.size() && i < a.limit; ++i) {
        const auto& item = plan.items[i];
        fmt::print("  {:<28} {}  {}\n", reader.schema().name(item.address), hex(item.value, 4), item.why);
    }
    if (plan.items.size() > a.limit) fmt::print("  ... and {} more\n", plan.items.size() - a.limit);
    fmt::print(
        "{}: {} converged, {} off, {} deferred, {} need reset, {} broken, {} blocked; {} reads, {} writes; {} "
        "disturbances, {} forbidden accesses\n",
        fine ? green("done") : red("finding"), r.converged, r.off, r.deferred, r.needs_reset, r.broken, r.blocked,
        grouped(r.reads), grouped(r.writes), model.disturbances(), model.violations());
    return !fine || damaged ? kFinding : kDone;
}

}  // namespace

void add_resume_at(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command =
        app.add_subcommand("resume-at", "A fresh HAL on the chip that a trace shows at some time");
    command->footer(
        "The trace is done again on a model chip; where it reads something else, the trace is believed.\n"
        "Examples:\n  reconverge resume-at 5ms boot.pcapng\n"
        "  reconverge resume-at 2.5s fleet.pcapng --intent inference");
    command->add_option("time", a.time, "120us, 1.5ms, 2s")->required();
    command->add_option("file", a.file, "The trace")->required();
    command->add_option("--intent", a.intent, "Another intent than the recorded one");
    command->add_option("--limit", a.limit, "Items of the plan to print")->capture_default_str();
    command->add_flag("--json", a.json, "For machines");
    command->callback([&status] { status = resume(a); });
}

}  // namespace replay::commands
