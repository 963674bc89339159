// reconverge: the harness's program. Each command is a file of its own in this folder.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"

int main(int argc, char** argv) {
    using namespace chaos::program;
    CLI::App app{
        "Kills the HAL everywhere and shows that a fresh one always brings the chip back.\n"
        "Exit codes: 0 survived, 1 a finding, 2 usage or input, 3 not measured or harness broken."};
    app.name("reconverge");
    app.require_subcommand(1);
    app.set_version_flag("--version", RECONVERGE_VERSION);
    int status = kSurvived;
    add_chaos(app, status);
    add_verify(app, status);
    add_merge(app, status);
    add_campaign(app, status);
    add_serve(app, status);
    add_faults(app, status);
    add_cost(app, status);
    add_left_out(app, status);
    add_mutate(app);
    add_traces(app, status);
    add_overlay(app, status);
    add_rehearse(app, status);
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
