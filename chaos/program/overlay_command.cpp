// reconverge overlay: faults at the accesses of a recording.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "chaos/overlay.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "replay/trace/reader.hpp"

namespace chaos::program {
namespace {

struct Arguments {
    std::string file;
    std::vector<std::string> faults;
    std::uint64_t at = 0, every = 1;
    bool one = false, json = false;
};

std::vector<faults::Fault> chosen(const Arguments& a) {
    std::vector<faults::Fault> all;
    for (const faults::Fault fault : overlay_faults()) {
        const bool wanted = std::find(a.faults.begin(), a.faults.end(), faults::row(fault).name) != a.faults.end();
        if (a.faults.empty() || wanted) all.push_back(fault);
    }
    return all;
}

int overlay(const Arguments& a) {
    replay::trace::Reader reader(a.file);
    const replay::trace::Sequence trace = replay::trace::load(reader);
    const Overlay overlay(trace, reader.schema(), reader.description());
    std::uint64_t tried = 0, same_call = 0;
    std::vector<Overlaid> findings;
    for (std::size_t number = 0; number < overlay.rows().size(); number += a.one ? 1 : a.every) {
        if (a.one && trace.head(overlay.rows()[number]).index != a.at) continue;
        for (const faults::Fault fault : chosen(a)) {
            const Overlaid result = overlay.strike(number, fault);
            ++tried;
            same_call += result.same_call ? 1 : 0;
            if (!result.violated.empty()) findings.push_back(result);
        }
        if (number % 64 == 0)
            progress(fmt::format("{} of {} accesses", grouped(number), grouped(overlay.rows().size())));
    }
    progress("");
    if (tried == 0) {
        throw std::invalid_argument(
            fmt::format("--at {}: no access of the first HAL; `reconverge show` lists them", a.at));
    }
    if (a.json) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const Overlaid& f : findings) {
            list.push_back({{"index", f.index}, {"fault", faults::row(f.fault).name}, {"violated", f.violated}});
        }
        fmt::print(
            "{}\n",
            nlohmann::ordered_json{
                {"accesses", overlay.rows().size()}, {"tried", tried}, {"same_call", same_call}, {"findings", list}}
                .dump(1));
        return findings.empty() ? kSurvived : kFinding;
    }
    constexpr std::size_t kShown = 10;
    for (std::size_t i = 0; i < findings.size() && i < kShown; ++i) {
        const char* const name = faults::row(findings[i].fault).name;
        fmt::print("{}: {} at index {}: {}; again: reconverge overlay {} --at {} --fault {}\n", red("Lost"), name,
                   findings[i].index, findings[i].violated, a.file, findings[i].index, name);
    }
    if (findings.size() > kShown) fmt::print("... and {} more; --json shows all\n", findings.size() - kShown);
    fmt::print(
        "{}: {} of {} faults at the trace's {} accesses kept their contract: {} in the same call, {} in the next\n",
        findings.empty() ? green("Survived") : red("Lost"), grouped(tried - findings.size()), grouped(tried),
        grouped(overlay.rows().size()), grouped(same_call), grouped(tried - same_call));
    return findings.empty() ? kSurvived : kFinding;
}

}  // namespace

void add_overlay(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command = app.add_subcommand("overlay", "Faults at every access of a recording");
    std::vector<std::string> names;
    for (const faults::Fault fault : overlay_faults()) names.emplace_back(faults::row(fault).name);
    command->footer(
        "Up to the fault the HAL is answered from the trace, from there on by a model chip in the state that the "
        "trace\n"
        "shows. What the trace doesn't show of the chip is as after a cold reset.\n"
        "Examples:\n  reconverge overlay boot.pcapng\n"
        "  reconverge overlay fleet.pcapng --fault killed --every 10\n"
        "  reconverge overlay fleet.pcapng --fault reply_lost --at 1234");
    command->add_option("file", a.file, "The trace")->required();
    command->add_option("--fault", a.faults, "Only these: killed, request_lost, reply_lost")
        ->delimiter(',')
        ->check(CLI::IsMember(names));
    auto* const every =
        command->add_option("--every", a.every, "Only every so many accesses")->check(CLI::PositiveNumber);
    command->add_option("--at", a.at, "Only the access with this index")->excludes(every)->each([](const std::string&) {
        a.one = true;
    });
    command->add_flag("--json", a.json, "For machines");
    command->callback([&status] { status = overlay(a); });
}

}  // namespace chaos::program
