// halctl: the production program. Everything it knows of the chip comes from libhal and the decoder tables.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "transports/halctl/commands.hpp"
#include "transports/halctl/session.hpp"
#include "transports/names/text.hpp"

namespace {

using namespace transports::halctl;

struct Row {
    const char* name;
    const char* what;
    const char* more;
    Exit (*run)(const Options&);
    bool link, intent, path, value;
};

constexpr Row kCommands[] = {
    {"converge", "Brings the chip to an intent, whatever state it is in",
     "Claims the management port. Never disturbs running traffic unless --drain allows it.\n"
     "--watch stays and looks again: SIGTERM ends it at the next safe point, SIGHUP reads the intent again (one that "
     "is\n"
     "refused leaves the old one in force), SIGUSR1 looks at once. It exits 0 when another instance has taken over.\n"
     "Examples:\n  halctl --link unix:/run/chip converge --intent training\n"
     "  halctl --link unix:/run/chip converge --intent my.json --drain --record boot.pcapng\n"
     "  halctl --link unix:/run/chip converge --intent my.json --watch --json --metrics /run/halctl.prom",
     converge, true, true, false, false},
    {"plan", "Shows what converge would write, and writes nothing",
     "Examples:\n  halctl --link unix:/run/chip plan --intent inference", plan, true, true, false, false},
    {"status", "State of every block, compared with an intent",
     "Examples:\n  halctl --link unix:/run/chip status\n  halctl --link unix:/run/chip status --json", status, true,
     true, false, false},
    {"list", "Blocks of the chip and the fields that an intent may set; needs no link",
     "Examples:\n  halctl list\n  halctl list pll\n  halctl list --scale 1/8 --json", list, false, false, false, false},
    {"dump", "All registers that can be read without side effects, decoded",
     "Examples:\n  halctl --link unix:/run/chip dump", dump, true, true, false, false},
    {"doctor", "Looks for what may be in the way and says what to do",
     "Examples:\n  halctl --link unix:/run/chip doctor", doctor, true, true, false, false},
    {"peek", "Reads a block, a register or a field",
     "Examples:\n  halctl --link unix:/run/chip peek 'pll[3].ctrl.enable'", peek, true, false, true, false},
    {"poke", "Writes a register or a field",
     "Claims the management port: a running HAL is fenced off. Neighbours of a field keep their values. What was\n"
     "written is read back: exit code 1 if it isn't there. VALUE is decimal (5), hexadecimal (0x1f) or a name of the\n"
     "field's enumeration; 010 is refused, it could mean ten or eight.\n"
     "Examples:\n  halctl --link unix:/run/chip poke 'pll[3].ctrl.spread' 3\n"
     "  halctl --link unix:/run/chip poke --force 'cru[0].clock.divider' 0x2",
     poke, true, false, true, true},
};

void add_watch(CLI::App& converge, Options& o) {
    CLI::Option* const watch = converge.add_flag("--watch", o.watch, "Stay, and look again and again");
    converge.add_option("--period", o.period_s, "Seconds between two looks")
        ->check(CLI::Range(0.001, 86400.0))
        ->capture_default_str()
        ->needs(watch);
    converge.add_option("--rounds", o.rounds, "End after so many looks")->check(CLI::PositiveNumber)->needs(watch);
    converge.add_option("--metrics", o.metrics, "Keep this file up to date, in Prometheus' text format")->needs(watch);
}

void add(CLI::App& app, const Row& row, Options& o, const Row*& chosen) {
    CLI::App* const command = app.add_subcommand(row.name, row.what);
    command->fallthrough();
    command->footer(row.more);
    const std::string name = row.name;
    if (row.intent) {
        CLI::Option* const intent = command->add_option("--intent", o.intent, "A standard intent or a JSON file");
        name == "converge" ? intent->required() : intent->capture_default_str();  // what writes is named
    }
    if (name == "converge") {
        command->add_flag("--retry", o.retry, "Try blocks again that were given up");
        command->add_flag("--drain", o.drain, "May drain customer traffic for what would disturb it");
        command->add_option("--deadline", o.deadline_s, "Seconds after which it stops (default 10)")
            ->check(CLI::Range(1, 3600));
        command->add_option("--record", o.record, "Write every access to this trace file; `reconverge show` reads it");
        add_watch(*command, o);
    }
    if (name == "dump") command->add_flag("--all", o.all, "Also read blocks that may have no clock");
    if (name == "list") command->add_option("block", o.path, "Show the registers of this block type");
    if (row.path) command->add_option("path", o.path, "BLOCK[N].REGISTER.FIELD")->required();
    if (row.value) command->add_option("value", o.value, "5, 0x1f, or a name of the field's enumeration")->required();
    if (name == "poke") {
        command->add_flag("--force", o.force, "Also while traffic runs, also what belongs to the host or to firmware");
    }
    command->callback([&row, &chosen] { chosen = &row; });
}

int fail(const std::string& what, int code) {
    std::fflush(stdout);
    std::fprintf(stderr, "halctl: %s\n", transports::names::printable(what).c_str());
    return code;
}

int run(int argc, char** argv) {
    CLI::App app{
        "Brings a chip to its intended configuration, and looks at it.\n"
        "Exit codes: 0 done, 1 a finding, 2 usage or input, 3 trouble with link or chip."};
    app.name("halctl");
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", RECONVERGE_VERSION);
    app.footer(
        "Only converge and poke claim the chip; all others read without side effects and never disturb the\n"
        "managing instance. Examples:\n  halctl --link unix:/run/chip status\n"
        "  halctl --link unix:/run/chip converge --intent training\n"
        "  halctl --link 'spidev:/dev/spidev0.0?hz=25000000' status\n"
        "  halctl --link pcie:0000:01:00.0/bar0 doctor");
    Options options;
    app.add_option("--link", options.link, std::string("How the chip is reached: ") + transports::links::kForms)
        ->take_last();
    app.add_option("--scale", options.scale, "Size of the chip: 1/8, 1/4, 1/2, 1, 2, 4")
        ->capture_default_str()
        ->take_last();
    app.add_flag("--json", options.json, "For machines");
    const Row* chosen = nullptr;
    for (const Row& row : kCommands) add(app, row, options, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) {
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        return fail(std::string(e.what()) + "; see halctl --help", kUsage);
    }
    if (chosen == nullptr) {
        std::string all;
        for (const Row& row : kCommands) all += std::string(all.empty() ? "" : ", ") + row.name;
        return fail("no command; use one of " + all + "; see halctl --help", kUsage);
    }
    if (chosen->link && options.link.empty())
        return fail(std::string("no link; add --link with one of ") + transports::links::kForms, kUsage);
    return chosen->run(options);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const Usage& e) {
        return fail(e.what(), kUsage);
    } catch (const std::invalid_argument& e) {
        return fail(e.what(), kUsage);
    } catch (const std::exception& e) {
        return fail(e.what(), kTrouble);
    }
}
