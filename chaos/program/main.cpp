// reconverge: the harness's program. Each command is a file of its own in this folder.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string_view>

#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "replay/commands/commands.hpp"

namespace {

using namespace chaos::program;

// Only the one that is asked for is built, if one is: to build them all takes longer than most of them run.
struct Command {
    const char* name;
    void (*add)(CLI::App& app, int& status);
};
constexpr Command kCommands[] = {
    {"chaos", add_chaos},
    {"verify", add_verify},
    {"merge", add_merge},
    {"campaign", add_campaign},
    {"serve", add_serve},
    {"faults", add_faults},
    {"cost", add_cost},
    {"left-out", add_left_out},
    {"mutate", add_mutate},
    {"record", add_record},
    {"replay", replay::commands::add_replay},
    {"show", replay::commands::add_show},
    {"seek", replay::commands::add_seek},
    {"diff", replay::commands::add_diff},
    {"correlate", replay::commands::add_correlate},
    {"convert", replay::commands::add_convert},
    {"resume-at", replay::commands::add_resume_at},
    {"minimise", replay::commands::add_minimise},
    {"redact", replay::commands::add_redact},
    {"overlay", add_overlay},
    {"rehearse", add_rehearse},
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Kills the HAL everywhere and shows that a fresh one always brings the chip back.\n"
        "Exit codes: 0 survived, 1 a finding, 2 usage or input, 3 not measured or harness broken."};
    app.name("reconverge");
    app.require_subcommand(1);
    app.set_version_flag("--version", RECONVERGE_VERSION);
    int status = kSurvived;
    const std::string_view first = argc > 1 ? argv[1] : "";
    const auto* const asked =
        std::find_if(std::begin(kCommands), std::end(kCommands), [&](const Command& c) { return first == c.name; });
    for (const Command& command : kCommands) {
        if (asked == std::end(kCommands) || asked == &command) command.add(app, status);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) {
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        std::fprintf(stderr, "reconverge: %s; see reconverge --help\n", e.what());
        return kUsage;
    } catch (const std::invalid_argument& e) {
        std::fprintf(stderr, "reconverge: %s\n", e.what());
        return kUsage;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "reconverge: %s\n", e.what());
        return kNotMeasured;
    }
    return status;
}
