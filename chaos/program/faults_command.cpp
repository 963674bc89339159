// reconverge faults: the table of faults.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "chaos/faults/faults.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"

namespace chaos::program {

namespace {

struct Options {
    bool json = false, markdown = false;
};

int list(const Options& options) {
    if (options.markdown) {
        fmt::print("{}", faults::page());
        return kSurvived;
    }
    nlohmann::json all = nlohmann::json::array();
    for (const faults::Row& row : faults::rows()) {
        nlohmann::json outcomes = nlohmann::json::array();
        for (std::size_t o = 0; o < faults::kOutcomes; ++o) {
            const auto outcome = static_cast<faults::Outcome>(o);
            if (faults::allows(row, outcome)) outcomes.push_back(faults::name(outcome));
        }
        all.push_back({{"fault", row.name},
                       {"level", faults::name(row.level)},
                       {"contract", faults::name(row.contract)},
                       {"outcomes", outcomes},
                       {"what", row.what}});
        if (!options.json) {
            fmt::print("{:21} {:8} {:16} {}\n", row.name, faults::name(row.level), faults::name(row.contract),
                       row.what);
        }
    }
    if (options.json) fmt::print("{}\n", all.dump(1));
    return kSurvived;
}

}  // namespace

void add_faults(CLI::App& app, int& status) {
    static Options options;
    CLI::App* const command = app.add_subcommand("faults", "Lists every fault and what is promised for it");
    command->footer("Examples:\n  reconverge faults\n  reconverge faults --markdown > docs/faults.md");
    command->add_flag("--json", options.json, "For machines");
    command->add_flag("--markdown", options.markdown, "docs/faults.md");
    command->callback([&status] { status = list(options); });
}

}  // namespace chaos::program
