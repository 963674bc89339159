#include "chaos/program/reports.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "chaos/certificate/certificate.hpp"
#include "chaos/program/console.hpp"
#include "chaos/report/report.hpp"
#include "chaos/trial.hpp"

namespace chaos::program {

namespace {

hal_chip scale_of(const hal::converge::Chip& chip) {
    return {sizeof(hal_chip), chip.scale_numerator, chip.scale_denominator};
}

void write(const std::string& file, const std::string& text) {
    errno = 0;
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out)
        throw std::runtime_error(fmt::format("cannot write {}: {}; what was found stands", file, std::strerror(errno)));
}

/// What happened in a loss: its id is run again.
nlohmann::json timeline_of(const Arguments& a, const std::string& link, const std::string& id) {
    constexpr std::size_t kEvents = 1500;
    const Scenario scenario = scenario_of(a.scenario, a.scale, link, a.hal);
    const transports::names::ChipNames names(scale_of(*scenario.chip));
    report::Timeline timeline(names);
    const auto note = [&](const std::string& text) { timeline.note(text); };
    const std::string path = id.substr(id.find(':') + 1);
    if (only_kills(path)) {
        replay_path(scenario, path, note, &timeline);
    } else {
        const transports::model::Layout layout(*scenario.chip);
        Trials trials(scenario, layout, OracleSet().set());
        trials.judge().rig().observer = &timeline;
        trials.tell(faults::parse(path), note);
    }
    return report::to_json(timeline, kEvents);
}

}  // namespace

bool only_kills(const std::string& path) { return path.find_first_not_of("0123456789.q-") == std::string::npos; }

void expect_reports(const Arguments& a) {
    for (const std::string* const file : {&a.html, &a.junit}) {
        if (!file->empty()) certificate::expect_writable(*file);
    }
}

void write_reports(const Arguments& a, nlohmann::json document) {
    if (!a.junit.empty()) write(a.junit, report::junit(document));
    if (a.html.empty()) return;
    constexpr std::size_t kTimelines = 3;
    for (nlohmann::json& part : document["parts"]) {
        if (!part.contains("losses") || !part.contains("link")) continue;
        std::size_t done = 0;
        for (nlohmann::json& loss : part["losses"]) {
            if (done++ == kTimelines) break;
            progress(fmt::format("report: run {} of {}", done, kTimelines));
            loss["timeline"] = timeline_of(a, part["link"], loss["id"]);
        }
    }
    progress("");
    write_page(a, document);
}

void write_page(const Arguments& a, const nlohmann::json& document) {
    if (a.html.empty()) return;
    write(a.html, report::html(document));
    if (!a.json) fmt::print("report: {}\n", a.html);
}

RunTrace::RunTrace(const Arguments& a, const hal::converge::Chip& chip) : a_(a), names_(scale_of(chip)) {
    for (const std::string* const file : {&a.perfetto, &a.vcd}) {
        if (file->empty()) continue;
        certificate::expect_writable(*file);
        if (!timeline_) timeline_ = std::make_unique<report::Timeline>(names_);
    }
}

void RunTrace::note(const std::string& text) {
    if (timeline_) timeline_->note(text);
}

void RunTrace::write() const {
    if (!a_.perfetto.empty()) program::write(a_.perfetto, report::perfetto(*timeline_));
    if (!a_.vcd.empty()) program::write(a_.vcd, report::vcd(*timeline_));
}

}  // namespace chaos::program
