// reconverge merge: parts that shards wrote, as the result of one process.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "chaos/program/arguments.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "chaos/program/reports.hpp"
#include "chaos/program/share.hpp"

namespace chaos::program {
namespace {

struct MergeArguments {
    std::vector<std::string> parts;
    Arguments given;  ///< Where reports go, and how.
};

/// Throws certificate::Refused if the parts are about something else than this program has.
void expect_same_build(const Arguments& a, const shards::Campaign& campaign) {
    const Scenario scenario = scenario_of(a.scenario, a.scale, a.link, a.hal);
    const nlohmann::json here = subject_of(a, campaign.subject.at("mode"), scenario);
    for (const char* const what : {"hal", "intent", "rdl", "model"}) {
        const nlohmann::json& theirs = campaign.subject.at("identity").at(what);
        const std::string ours = here.at("identity").at(what);
        if (theirs == ours) continue;
        throw certificate::Refused(fmt::format(
            "the parts are about another {} ({}, here it is {}); merge them with the build that wrote them{}", what,
            theirs.dump().substr(1, 12), ours.substr(0, 12),
            std::string(what) == "hal" ? ", or name its libhal.so with --hal" : ""));
    }
}

int run(const MergeArguments& given) {
    static const std::map<std::string, int (*)(const Arguments&)> kModes = {
        {"closure", closure}, {"single", single}, {"seu", seu},      {"outage", outage},
        {"overlap", overlap}, {"pairs", pair},    {"random", random}};
    const shards::Campaign campaign = shards::Campaign::read(given.parts);
    Arguments a = arguments_of(campaign.subject);
    const auto mode = kModes.find(campaign.subject.at("mode"));
    if (mode == kModes.end()) throw certificate::Refused("the parts are of a mode that this program doesn't know");
    a.json = given.given.json;
    a.html = given.given.html;
    a.junit = given.given.junit;
    a.certificate = given.given.certificate;
    a.threads = given.given.threads;
    a.hal = given.given.hal;
    a.campaign = &campaign;
    if (!a.certificate.empty() && mode->first != "closure") {
        throw std::invalid_argument("--certificate is for the parts of a closure; these are of " + mode->first);
    }
    if (!a.certificate.empty() && !a.edges) {
        throw std::invalid_argument("a certificate has all edges, these parts haven't; run the shards with --edges");
    }
    expect_same_build(a, campaign);
    const int status = mode->second(a);
    if (!a.json) fmt::print("{} parts, digest {}\n", campaign.parts.size(), campaign.digest());
    return status;
}

}  // namespace

void add_merge(CLI::App& app, int& status) {
    static MergeArguments arguments;
    CLI::App* const command = app.add_subcommand("merge", "The parts of a campaign's shards, as one result");
    command->footer(
        "Says what one process would have said, and exits as it would have. Parts that are damaged, missing, there\n"
        "twice or of another campaign are refused by name; the order of the parts doesn't matter.\n"
        "Examples:\n  reconverge merge parts/part-*\n"
        "  reconverge merge parts/part-* --junit report.xml --html report.html\n"
        "  reconverge merge parts/part-* --certificate boot.cert && reconverge verify boot.cert");
    command->add_option("parts", arguments.parts, "The files that the shards wrote")->required();
    Arguments& given = arguments.given;
    command->add_option("--html", given.html, "Write a report as one page");
    command->add_option("--junit", given.junit, "Write a report as JUnit XML");
    command->add_option("--certificate", given.certificate, "Of closure: write what was shown, for `verify`");
    command->add_option("--hal", given.hal, "The libhal.so that the shards used");
    command->add_option("--threads", given.threads, "Workers (default: one per core)")
        ->check(CLI::Range(1u, most_threads()));
    command->add_flag("--json", given.json, "For machines");
    command->parse_complete_callback([] { expect_reports(arguments.given); });
    command->callback([&status] { status = run(arguments); });
}

}  // namespace chaos::program
