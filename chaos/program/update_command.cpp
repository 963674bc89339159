// reconverge rehearse update: an old and a new HAL take turns on a running chip, every way there is.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "chaos/program/arguments.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "chaos/program/reports.hpp"
#include "chaos/program/update_report.hpp"
#include "chaos/update/update.hpp"

namespace chaos::program {
namespace {

namespace rh = chaos::update;

struct Options : Sides {
    std::string only = "both", id;
    double share_percent = 80;
    std::uint64_t window_ms = 100;
    std::uint32_t every = 1;
};

rh::MatrixOptions matrix_options(const Options& o, const Arguments& a) {
    rh::MatrixOptions options;
    options.threads = threads_of(a);
    options.oracles = asked(a);
    options.share = o.share_percent / 100;
    options.window_us = o.window_ms * 1000;
    options.every = o.every;
    options.only = o.id;
    return options;
}

/// What of it is not as usual, as it was given.
std::string demands(const Options& o) {
    const Options usual;
    std::string text;
    if (o.share_percent != usual.share_percent) text += fmt::format(" --share {}", o.share_percent);
    if (o.window_ms != usual.window_ms) text += fmt::format(" --window {}", o.window_ms);
    return text;
}

int show_again(const Options& o, const Arguments& a, const std::string& link) {
    const rh::Update update = update_of(o, a.scale, link);
    const Scenario scenario = rh::scenario_of(update);
    std::vector<Loss> losses;
    if (o.id.find('>') == std::string::npos) {
        const Judged judged = replay_path(scenario, o.id, [](const std::string& what) { fmt::print("  {}\n", what); });
        if (!judged.findings.empty()) losses.push_back({o.id, judged.findings});
    } else {
        const rh::MatrixResult m = rh::matrix(update, scenario, matrix_options(o, a));
        if (m.runs == 0) throw std::invalid_argument("--id " + o.id + ": there is no such run");
        losses = m.losses;
    }
    for (const Loss& loss : losses) {
        for (const Finding& f : loss.findings) {
            fmt::print("{} {}: {}\n", red("Lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
        }
    }
    if (losses.empty()) fmt::print("{}\n", green("Survived"));
    return losses.empty() ? kSurvived : kFinding;
}

/// What all parts together say.
struct All {
    nlohmann::json parts = nlohmann::json::array();
    bool lost = false, broken = false, open = false;
    std::uint64_t runs = 0;

    Verdict verdict(const Arguments& a) const {
        if (broken) return Verdict::harness_broken;
        if (lost) return Verdict::lost;
        return open || runs == 0 || !a.without.empty() ? Verdict::not_measured : Verdict::survived;
    }
};

void run_matrix(const Options& o, const Rehearsed& r, const rh::Update& update, const Scenario& scenario, All& all) {
    const rh::MatrixOptions options = matrix_options(o, r.arguments);
    const rh::MatrixResult m = rh::matrix(update, scenario, options, [&](std::uint64_t n, std::uint64_t bad) {
        if (n % 16 == 0) progress(fmt::format("{}: {} takeovers, {} lost", r.link, grouped(n), grouped(bad)));
    });
    progress("");
    if (!r.arguments.json) print(r, m);
    all.lost = all.lost || m.lost != 0;
    all.runs += m.runs;
    all.parts.push_back(to_json(r, m));
}

void run_closure(const Rehearsed& r, const Scenario& scenario, All& all) {
    const Arguments& a = r.arguments;
    ClosureOptions options;
    options.threads = threads_of(a);
    options.oracles = asked(a);
    options.outages = a.outages;
    options.audit_percent = a.audit_percent;
    certificate::Writer writer;
    if (!a.certificate.empty()) options.certificate = &writer;
    const ClosureResult c = close(scenario, options, [&](const ClosureProgress& p) {
        progress(fmt::format("{}: {} states, {} runs, {} queued, {} lost", r.link, grouped(p.states), grouped(p.runs),
                             grouped(p.queued), grouped(p.lost)));
    });
    progress("");
    if (!a.json) print(r, c);
    all.lost = all.lost || c.lost != 0;
    all.broken = all.broken || c.broken();
    all.open = all.open || !c.closed;
    all.runs += c.runs;
    nlohmann::json& part = all.parts.emplace_back(to_json(r, c));
    if (a.certificate.empty()) return;
    certify(a, scenario, options, c, part);
    if (part.contains("certificate")) part["certificate"]["command"] = verify_command(r);
}

/// Throws std::invalid_argument if a certificate can't be about what is asked for.
void expect_certifiable(const Options& o, const Arguments& a) {
    if (a.certificate.empty()) return;
    if (o.only != "closure" || a.link == "both" || !a.without.empty()) {
        throw std::invalid_argument(
            "a certificate is of a closure over one link, with all oracles: add --only closure and --link spi or pcie");
    }
    certificate::expect_writable(a.certificate);  // now, not after minutes of exploring
}

int rehearse_update(const Options& o, const Arguments& a) {
    if (!o.id.empty()) return show_again(o, a, a.link == "both" ? "spi" : a.link);
    expect_certifiable(o, a);
    std::vector<rh::Update> updates;  // what can't be read is refused before anything is said
    for (const std::string& link : links_of(a)) updates.push_back(update_of(o, a.scale, link));
    All all;
    if (!a.json) fmt::print("{} at scale {}: {}\n", bold(chip_title()), a.scale, subject(o));
    for (const rh::Update& update : updates) {
        const Rehearsed rehearsed{a, o, name(update.path), demands(o)};
        try {
            const Scenario scenario = rh::scenario_of(update);
            if (o.only != "closure") run_matrix(o, rehearsed, update, scenario, all);
            if (o.only != "matrix") run_closure(rehearsed, scenario, all);
        } catch (const std::runtime_error& e) {  // nothing has to interrupt it: that is a finding, too
            progress("");
            all.lost = true;
            all.parts.push_back(plain_failure(rehearsed, e.what()));
        }
    }
    const Verdict verdict = all.verdict(a);
    const nlohmann::json document = {
        {"scenario", "update"},
        {"subject", subject(o)},
        {"scale", a.scale},
        {"verdict", name(verdict)},
        {"old", {{"hal", o.older}, {"intent", o.old_intent.empty() ? o.intent : o.old_intent}}},
        {"new", {{"hal", o.newer}, {"intent", o.intent}}},
        {"parts", all.parts}};
    if (a.json) {
        fmt::print("{}\n", document.dump(1));
    } else {
        fmt::print("\n{}: {} takeovers and recoveries were judged{}.\n",
                   verdict == Verdict::survived ? green(name(verdict)) : red(name(verdict)), grouped(all.runs),
                   a.without.empty() ? "" : ", but " + not_asked(a));
        if (verdict == Verdict::survived && o.only != "matrix") print_claim(a);
    }
    write_page(a, document);
    return exit_code(verdict);
}

}  // namespace

void add_update(CLI::App& rehearse, int& status) {
    static Arguments a;
    static Options o;
    a.link = "spi";
    CLI::App* const update =
        rehearse.add_subcommand("update", "A live update, in both directions, interrupted everywhere");
    update->footer(
        "The old HAL is killed, told to stop, or left running at every moment of what it may be doing (nothing, a\n"
        "repair, a change of its own, a boot), and the new one takes over; then the other way round. The closure adds\n"
        "any number of kills and updates in any order.\n"
        "Examples:\n  reconverge rehearse update --old libhal.so.1.1 --new libhal.so.1.2 --intent training\n"
        "  reconverge rehearse update --old-intent training --intent inference --scale 1/8 --html update.html");
    o.intent = "training";
    add_sides(*update, o);
    update->add_option("--scale", a.scale, "Size of the chip: 1/8, 1/4, 1/2, 1, 2, 4")->capture_default_str();
    update->add_option("--link", a.link, "spi, pcie or both")->capture_default_str();
    update->add_option("--only", o.only, "matrix or closure")->check(CLI::IsMember({"matrix", "closure"}));
    update->add_option("--share", o.share_percent, "Percent of its throughput that the workload has to keep")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    update->add_option("--window", o.window_ms, "Milliseconds around a takeover over which that is measured")
        ->check(CLI::Range(1, 3'600'000))
        ->capture_default_str();
    update->add_option("--every", o.every, "Matrix: overlaps at every n-th moment, and around each change of the chip")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    update->add_flag("--outage", a.outages, "Closure: also restart only after hardware has come to rest");
    std::vector<std::string> oracle_list;
    for (const OracleRow& row : oracles()) oracle_list.emplace_back(row.name);
    update->add_option("--without", a.without, "Leave an oracle out, to see what it is worth")
        ->delimiter(',')
        ->check(CLI::IsMember(oracle_list));
    update->add_option("--threads", a.threads, "Workers (default: one per core)")
        ->check(CLI::Range(1u, most_threads()));
    update->add_option("--id", o.id, "Show one run again");
    update->add_option("--certificate", a.certificate, "Closure: write the closed set down, for `reconverge verify`");
    update->add_option("--html", a.html, "Write a report as one page");
    update->add_flag("--json", a.json, "For machines");
    update->parse_complete_callback([] { expect_reports(a); });
    update->callback([&status] { status = rehearse_update(o, a); });
}

}  // namespace chaos::program
