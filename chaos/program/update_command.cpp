// reconverge rehearse update: an old and a new HAL take turns on a running chip, every way there is.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "chaos/program/arguments.hpp"
#include "chaos/program/closure_json.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "chaos/program/reports.hpp"
#include "chaos/program/sides.hpp"
#include "chaos/update/matrix.hpp"
#include "chaos/update/update.hpp"

namespace chaos::program {
namespace {

namespace rh = chaos::update;

struct Options : Sides {
    std::string only = "both", id;
    double share_percent = 80;
    std::uint64_t window_ms = 100;
};

std::string told(const std::string& file) { return file.empty() ? "the HAL of this program" : file; }

nlohmann::json to_json(const rh::Count& c) {
    return {{"runs", c.runs}, {"survived", c.survived}, {"deferred", c.deferred}, {"fenced", c.fenced}};
}

nlohmann::json losses_json(const std::vector<Loss>& losses) {
    nlohmann::json all = nlohmann::json::array();
    for (const Loss& loss : losses) {
        nlohmann::json findings = nlohmann::json::array();
        for (const Finding& f : loss.findings) {
            findings.push_back({{"oracle", oracles()[static_cast<std::size_t>(f.oracle)].name}, {"what", f.what}});
        }
        all.push_back({{"id", loss.id}, {"findings", findings}});
    }
    return all;
}

nlohmann::json matrix_json(const Arguments& a, const std::string& link, const rh::MatrixResult& m) {
    nlohmann::json rows = nlohmann::json::array(), cells = nlohmann::json::array();
    for (const rh::Row& row : m.rows) {
        nlohmann::json ends;
        for (std::size_t e = 0; e < rh::kEnds; ++e) ends[name(static_cast<rh::End>(e))] = to_json(row.ends[e]);
        rows.push_back({{"from", row.from},
                        {"to", row.to},
                        {"work", name(row.work)},
                        {"moments", row.moments},
                        {"states", row.states},
                        {"safe_points", row.safe_points},
                        {"ends", ends},
                        {"worst_stall_us", row.worst_stall_us}});
    }
    for (const auto& [place, counts] : m.places) {
        cells.push_back({{"block", place.block},
                         {"op", place.op},
                         {"phase", place.phase},
                         {"fault", place.end},
                         {"survived", counts[0]},
                         {"lost", counts[1]},
                         {"excluded", 0},
                         {"not_measured", 0}});
    }
    return {{"mode", "update"},
            {"claim", "E"},
            {"scenario", "update"},
            {"scale", a.scale},
            {"link", link},
            {"verdict", m.lost != 0   ? "Lost"
                        : m.runs == 0 ? "NotMeasured"
                                      : "Survived"},
            {"counts", {{"runs", m.runs}, {"lost", m.lost}, {"accesses", m.accesses}}},
            {"rows", rows},
            {"cells", cells},
            {"losses", losses_json(m.losses)},
            {"seconds", m.seconds}};
}

nlohmann::json closure_json(const Arguments& a, const std::string& link, const ClosureResult& r) {
    const bool shown = r.closed && r.lost == 0 && !r.broken();
    const nlohmann::json cells = cells_json(r.cells), costs = costs_json(r.costs);
    return {{"mode", "closure"},
            {"claim", "A"},
            {"scenario", "update"},
            {"scale", a.scale},
            {"link", link},
            {"verdict", r.broken()    ? "HarnessBroken"
                        : r.lost != 0 ? "Lost"
                        : shown       ? "Survived"
                                      : "NotMeasured"},
            {"closed", r.closed},
            {"starters", {"old", "new", "old, may drain", "new, may drain"}},
            {"counts",
             {{"states", r.states},
              {"runs", r.runs},
              {"deferred", r.deferred},
              {"moments", r.boundaries},
              {"points", r.points},
              {"merged", r.merged},
              {"accesses", r.accesses},
              {"kills_in_a_row", r.generations - 1},
              {"merges_audited", r.audited.runs},
              {"lost", r.lost}}},
            {"worst", {{"accesses", r.worst_accesses}, {"us", r.worst_us}, {"id", r.worst_id}}},
            {"cells", cells},
            {"costs", costs},
            {"losses", losses_json(r.losses)},
            {"seconds", r.seconds}};
}

void print_losses(const std::vector<Loss>& losses, std::uint64_t lost, const std::string& link) {
    constexpr std::size_t kTold = 10;
    for (std::size_t n = 0; n < losses.size() && n < kTold; ++n) {
        for (const Finding& f : losses[n].findings) {
            fmt::print("  {} {}: {}\n", red("lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
        }
        fmt::print("       the same command with --link {} --id '{}' shows it again\n", link, losses[n].id);
    }
    if (lost > kTold) fmt::print("  ... and {} more\n", grouped(lost - kTold));
}

void print(const rh::MatrixResult& m, const std::string& link) {
    fmt::print(
        "{} over {}: runs that survived, of all; (d) changes were deferred to a drain and carried out after one\n",
        bold("Kill x version matrix"), link_title(link));
    transports::console::Rows rows = {{"takes over", "while it", "moments", "killed", "stopped", "overlapped",
                                       "with an event", "workload stood still"}};
    for (const rh::Row& row : m.rows) {
        std::vector<std::string> line = {row.to + " from " + row.from, name(row.work), grouped(row.moments)};
        for (const rh::Count& c : row.ends) {
            line.push_back(c.runs == 0
                               ? "-"
                               : fmt::format("{}/{}{}", grouped(c.survived), grouped(c.runs),
                                             c.deferred == 0 ? "" : fmt::format(" ({} d)", grouped(c.deferred))));
        }
        line.push_back(row.work == rh::Work::boots ? "-" : grouped(row.worst_stall_us) + " us at most");
        rows.push_back(std::move(line));
    }
    transports::console::print_table(rows);
    fmt::print("  {} takeovers, {} of them lost; {} accesses, {:.1f} s\n", grouped(m.runs), grouped(m.lost),
               grouped(m.accesses), m.seconds);
    print_losses(m.losses, m.lost, link);
}

void print(const ClosureResult& r, const std::string& link) {
    fmt::print(
        "{} over {}: any number of kills, and after each of them any HAL of {{old, new}} x {{may drain, may not}}\n",
        bold("Closure"), link_title(link));
    fmt::print("  closure          {}: {} distinct chip states, {} after {} deaths in a row\n",
               r.closed ? "reached" : "NOT reached", grouped(r.states), r.closed ? "no new one" : "still new ones",
               r.generations - 1);
    fmt::print("  runs             {} to their end, {} of them left changes to a drain; killed at {} moments\n",
               grouped(r.runs), grouped(r.deferred), grouped(r.boundaries));
    fmt::print("  audit            {} merges run again: {}\n", grouped(r.audited.runs),
               r.audited.differ == 0 ? "the same" : red(r.audited.first_difference));
    fmt::print("  effort           {} accesses, {:.1f} s\n", grouped(r.accesses), r.seconds);
    print_losses(r.losses, r.lost, link);
}

int show_again(const Options& o, const Arguments& a, const std::string& link) {
    const rh::Update update = update_of(o, a.scale, link);
    const Scenario scenario = rh::scenario_of(update);
    std::vector<Loss> losses;
    if (o.id.find('>') == std::string::npos) {
        const Judged judged = replay_path(scenario, o.id, [](const std::string& what) { fmt::print("  {}\n", what); });
        if (!judged.findings.empty()) losses.push_back({o.id, judged.findings});
    } else {
        rh::MatrixOptions options;
        options.only = o.id;
        const rh::MatrixResult m = rh::matrix(update, scenario, options);
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

void run_matrix(const Options& o, const Arguments& a, const std::string& link, const rh::Update& update,
                const Scenario& scenario, All& all) {
    rh::MatrixOptions options;
    options.threads = threads_of(a);
    options.oracles = asked(a);
    options.share = o.share_percent / 100;
    options.window_us = o.window_ms * 1000;
    const rh::MatrixResult m = rh::matrix(update, scenario, options, [&](std::uint64_t n, std::uint64_t bad) {
        if (n % 16 == 0) progress(fmt::format("{}: {} takeovers, {} lost", link, grouped(n), grouped(bad)));
    });
    progress("");
    if (!a.json) print(m, link);
    all.lost = all.lost || m.lost != 0;
    all.runs += m.runs;
    all.parts.push_back(matrix_json(a, link, m));
}

void run_closure(const Arguments& a, const std::string& link, const Scenario& scenario, All& all) {
    ClosureOptions options;
    options.threads = threads_of(a);
    options.oracles = asked(a);
    options.outages = a.outages;
    options.audit_percent = a.audit_percent;
    certificate::Writer writer;
    if (!a.certificate.empty()) options.certificate = &writer;
    const ClosureResult r = close(scenario, options, [&](const ClosureProgress& p) {
        progress(fmt::format("{}: {} states, {} runs, {} queued, {} lost", link, grouped(p.states), grouped(p.runs),
                             grouped(p.queued), grouped(p.lost)));
    });
    progress("");
    if (!a.json) print(r, link);
    all.lost = all.lost || r.lost != 0;
    all.broken = all.broken || r.broken();
    all.open = all.open || !r.closed;
    all.runs += r.runs;
    all.parts.push_back(closure_json(a, link, r));
    if (!a.certificate.empty()) certify(a, scenario, options, r, all.parts.back());
}

/// An update that nothing interrupts already fails: that is a finding, too.
void plain_failure(const Arguments& a, const std::string& link, const std::string& what, All& all) {
    progress("");
    all.lost = true;
    if (!a.json) fmt::print("  {} without any trouble, over {}: {}\n", red("lost"), link_title(link), what);
    all.parts.push_back({{"mode", "update"},
                         {"scenario", "update"},
                         {"scale", a.scale},
                         {"link", link},
                         {"verdict", "Lost"},
                         {"losses", {{{"id", "plain"}, {"findings", {{{"oracle", "plain"}, {"what", what}}}}}}}});
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
    All all;
    if (!a.json) {
        fmt::print("{} at scale {}: from {} with '{}' to {} with '{}', and back\n", bold("Heron"), a.scale,
                   told(o.older), o.old_intent.empty() ? o.intent : o.old_intent, told(o.newer), o.intent);
    }
    for (const std::string& link : links_of(a)) {
        const rh::Update update = update_of(o, a.scale, link);
        try {
            const Scenario scenario = rh::scenario_of(update);
            if (o.only != "closure") run_matrix(o, a, link, update, scenario, all);
            if (o.only != "matrix") run_closure(a, link, scenario, all);
        } catch (const std::runtime_error& e) {
            plain_failure(a, link, e.what(), all);
        }
    }
    const Verdict verdict = all.verdict(a);
    const nlohmann::json document = {{"scenario", "update"},
                                     {"scale", a.scale},
                                     {"verdict", name(verdict)},
                                     {"old", {{"hal", told(o.older)}, {"intent", o.old_intent}}},
                                     {"new", {{"hal", told(o.newer)}, {"intent", o.intent}}},
                                     {"parts", all.parts}};
    if (a.json) {
        fmt::print("{}\n", document.dump(1));
    } else {
        fmt::print("\n{}: {} takeovers and recoveries were judged{}.\n",
                   verdict == Verdict::survived ? green(name(verdict)) : red(name(verdict)), grouped(all.runs),
                   a.without.empty() ? "" : ", but " + not_asked(a));
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
    update->add_flag("--outage", a.outages, "Closure: also restart only after hardware has come to rest");
    update->add_option("--without", a.without, "Leave an oracle out, to see what it is worth")->delimiter(',');
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
