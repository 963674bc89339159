// reconverge verify: is a certificate what it claims to be?
#include "chaos/verify/verify.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <thread>

#include "chaos/program/arguments.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "chaos/program/sides.hpp"

namespace chaos::program {
namespace {

struct VerifyArguments {
    std::string file, hal;
    Sides sides;
    bool all = false, json = false;
    unsigned threads = 0;
};

/// A text of the header; certificates come from anywhere.
std::string text_of(const nlohmann::json& header, const char* key) {
    if (!header.contains(key) || !header.at(key).is_string()) {
        throw certificate::Refused(std::string("the certificate's header has no ") + key);
    }
    return header.at(key);
}

/// What the certificate is about, rebuilt here. One of several starters is about a live update.
Scenario subject(const VerifyArguments& a, const nlohmann::json& h) {
    const std::string scale = text_of(h, "scale"), link = text_of(h, "link");
    const bool several = h.contains("starters") && h.at("starters").is_array() && h.at("starters").size() > 1;
    if (!several) return scenario_of(text_of(h, "scenario"), scale, link, a.hal);
    Sides sides = a.sides;
    if (sides.old_intent.empty()) sides.old_intent = text_of(h.at("starters").at(update::kOld), "intent_name");
    if (sides.intent.empty()) sides.intent = text_of(h.at("starters").at(update::kNew), "intent_name");
    return update::scenario_of(update_of(sides, scale, link));
}

void print(const certificate::Certificate& certificate, const verify::Result& r, bool all) {
    const nlohmann::json& h = certificate.header();
    const std::size_t starters = h.at("starters").size();
    fmt::print("{} {}: claim A for '{}' at scale {} over {}\n", bold("Certificate"),
               certificate::hex(certificate.id()).substr(0, 16), text_of(h, "scenario"), text_of(h, "scale"),
               link_title(text_of(h, "link")));
    fmt::print("  file             whole: digest, {} leaves and their Merkle root as the header says\n",
               grouped(r.leaves));
    if (starters == 1) {
        fmt::print("  same             HAL, intent, registers and model as in this program\n");
    } else {
        std::vector<std::string> who;
        for (const nlohmann::json& s : h.at("starters")) {
            who.push_back(fmt::format("{} ('{}')", text_of(s, "name"), text_of(s, "intent_name")));
        }
        fmt::print("  starters         {}\n", fmt::join(who, "; "));
        fmt::print("  same             HALs and intents as named, registers and model as in this program\n");
    }
    fmt::print("  run again        {} of {} leaves ({:.1f} %): {} moments, {} accesses, {:.1f} s\n", grouped(r.run),
               grouped(r.leaves), 100.0 * static_cast<double>(r.run) / static_cast<double>(r.leaves),
               grouped(r.moments), grouped(r.accesses), r.seconds);
    fmt::print("  compared         {} successors, {} costs\n", grouped(r.successors), grouped(r.runs));
    for (const std::string& finding : r.findings) fmt::print("  {} {}\n", red("wrong"), finding);
    if (r.wrong > r.findings.size()) fmt::print("  ... and {} more\n", r.wrong - r.findings.size());
    if (r.wrong != 0) {
        fmt::print("\n{}: the certificate doesn't hold.\n", red("Lost"));
    } else if (all) {
        fmt::print("\n{}: every leaf was run again; whatever a kill leaves behind is a leaf.\n", green("Survived"));
        print_item(h.value("statement", ""));
    } else {
        fmt::print("\n{}, as far as a spot check tells: {} of {} leaves. `reconverge verify --all` runs all of them.\n",
                   green("Survived"), grouped(r.run), grouped(r.leaves));
    }
}

int run(const VerifyArguments& a) {
    const certificate::Certificate certificate = certificate::Certificate::read(a.file);
    const nlohmann::json& h = certificate.header();
    const Scenario scenario = subject(a, h);
    verify::Options options;
    options.all = a.all;
    options.threads = a.threads != 0 ? a.threads : std::max(1u, std::thread::hardware_concurrency());
    const verify::Result r = verify::verify(certificate, scenario, options, [](std::uint64_t done, std::uint64_t all) {
        progress(fmt::format("{} of {} leaves", grouped(done), grouped(all)));
    });
    progress("");
    if (a.json) {
        fmt::print("{}\n", nlohmann::json{{"certificate", certificate::hex(certificate.id())},
                                          {"root", h.at("leaves").at("root")},
                                          {"all", a.all},
                                          {"verdict", r.wrong == 0 ? "Survived" : "Lost"},
                                          {"leaves", r.leaves},
                                          {"run", r.run},
                                          {"runs", r.runs},
                                          {"moments", r.moments},
                                          {"successors", r.successors},
                                          {"accesses", r.accesses},
                                          {"wrong", r.wrong},
                                          {"findings", r.findings},
                                          {"seconds", r.seconds}}
                               .dump(1));
    } else {
        print(certificate, r, a.all);
    }
    return r.wrong == 0 ? kSurvived : kFinding;
}

}  // namespace

void add_verify(CLI::App& app, int& status) {
    static VerifyArguments arguments;
    CLI::App* const command = app.add_subcommand("verify", "Checks a certificate, without the explorer that wrote it");
    command->footer(
        "Examples:\n  reconverge chaos closure --claim A --link spi --certificate boot.cert\n"
        "  reconverge verify boot.cert\n  reconverge verify boot.cert --all\n"
        "  reconverge verify update.cert --old libhal.so.1.1      # of `reconverge rehearse update`\n"
        "  head -1 boot.cert | jq .        # what it says");
    command->add_option("certificate", arguments.file, "The file")->required();
    command->add_flag("--all", arguments.all, "Run every leaf, not only some");
    command->add_option("--hal", arguments.hal, "The libhal.so that the certificate is about");
    add_sides(*command, arguments.sides);
    command->add_option("--threads", arguments.threads, "Workers (default: one per core)");
    command->add_flag("--json", arguments.json, "For machines");
    command->callback([&status] { status = run(arguments); });
}

}  // namespace chaos::program
