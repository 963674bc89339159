#include "chaos/program/update_report.hpp"

#include <fmt/format.h>

#include "chaos/claim.hpp"
#include "chaos/program/closure_json.hpp"
#include "chaos/program/console.hpp"

namespace chaos::program {

namespace rh = chaos::update;

namespace {

std::string told(const std::string& file) { return file.empty() ? "the HAL of this program" : file; }

/// As a shell takes it for one word.
std::string word(const std::string& text) {
    if (!text.empty() && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                                "_-./=:,@+") == std::string::npos) {
        return text;
    }
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

/// " --old FILE ...": the two sides, as they were given.
std::string options(const Sides& s) {
    std::string text;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) text += fmt::format(" {} {}", name, word(value));
    };
    add("--old", s.older);
    add("--new", s.newer);
    add("--old-intent", s.old_intent);
    add("--intent", s.intent);
    return text;
}

nlohmann::json to_json(const rh::Count& c) {
    return {{"runs", c.runs}, {"survived", c.survived}, {"deferred", c.deferred}, {"fenced", c.fenced}};
}

nlohmann::json rows_json(const std::vector<rh::Row>& rows) {
    nlohmann::json all = nlohmann::json::array();
    for (const rh::Row& row : rows) {
        nlohmann::json ends;
        for (std::size_t e = 0; e < rh::kEnds; ++e) ends[name(static_cast<rh::End>(e))] = to_json(row.ends[e]);
        all.push_back({{"from", row.from},
                       {"to", row.to},
                       {"work", name(row.work)},
                       {"moments", row.moments},
                       {"states", row.states},
                       {"safe_points", row.safe_points},
                       {"ends", ends},
                       {"worst_stall_us", row.worst_stall_us}});
    }
    return all;
}

/// How the outgoing HAL of a run ended: the fourth part of `new>old/boots/killed/12`; elsewhere it dies.
std::string end_of(const std::string& id) {
    const std::size_t last = id.rfind('/');
    if (last == std::string::npos || last == 0) return "killed";
    const std::size_t before = id.rfind('/', last - 1) + 1;
    return id.substr(before, last - before);
}

nlohmann::json losses_json(const Rehearsed& r, const std::vector<Loss>& losses) {
    nlohmann::json all = nlohmann::json::array();
    for (const Loss& loss : losses) {
        nlohmann::json findings = nlohmann::json::array();
        for (const Finding& f : loss.findings) {
            findings.push_back({{"oracle", oracles()[static_cast<std::size_t>(f.oracle)].name}, {"what", f.what}});
        }
        nlohmann::json one = {{"id", loss.id}, {"findings", findings}, {"command", again(r, loss.id)}};
        if (!loss.block.empty()) {
            one["cell"] = {{"block", loss.block}, {"op", loss.op}, {"phase", loss.phase}, {"fault", end_of(loss.id)}};
        }
        all.push_back(std::move(one));
    }
    return all;
}

/// What every part begins with.
nlohmann::json part(const Rehearsed& r, const char* title, Verdict verdict) {
    return {{"title", title}, {"scenario", "update"},           {"scale", r.arguments.scale},
            {"link", r.link}, {"without", r.arguments.without}, {"verdict", name(verdict)}};
}

void print_losses(const Rehearsed& r, const std::vector<Loss>& losses, std::uint64_t lost) {
    constexpr std::size_t kTold = 10;
    const std::size_t told = std::min(losses.size(), kTold);
    for (std::size_t n = 0; n < told; ++n) {
        for (const Finding& f : losses[n].findings) {
            fmt::print("  {} {}: {}\n", red("lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
        }
        fmt::print("       {}\n", again(r, losses[n].id));
    }
    if (lost > told) fmt::print("  ... and {} more\n", grouped(lost - told));
}

}  // namespace

std::string subject(const Sides& s) {
    return fmt::format("from {} with '{}' to {} with '{}', and back", told(s.older),
                       s.old_intent.empty() ? s.intent : s.old_intent, told(s.newer), s.intent);
}

std::string again(const Rehearsed& r, const std::string& id) {
    return fmt::format("reconverge rehearse update{}{} --scale {} --link {} --id {}", options(r.sides), r.demands,
                       r.arguments.scale, r.link, word(id));
}

std::string verify_command(const Rehearsed& r) {
    return fmt::format("reconverge verify {} --all{}", word(r.arguments.certificate), options(r.sides));
}

nlohmann::json to_json(const Rehearsed& r, const rh::MatrixResult& m) {
    const bool asked_all = r.arguments.without.empty();
    const Verdict verdict = m.lost != 0                 ? Verdict::lost
                            : m.runs == 0 || !asked_all ? Verdict::not_measured
                                                        : Verdict::survived;
    nlohmann::json cells = nlohmann::json::array();
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
    nlohmann::json document = part(r, "Kill \u00d7 version matrix", verdict);
    document["mode"] = "update";
    document["counts"] = {{"runs", m.runs}, {"lost", m.lost}, {"accesses", m.accesses}};
    document["rows"] = rows_json(m.rows);
    document["cells"] = std::move(cells);
    document["losses"] = losses_json(r, m.losses);
    document["seconds"] = m.seconds;
    return document;
}

nlohmann::json to_json(const Rehearsed& r, const ClosureResult& c) {
    const bool shown = c.closed && r.arguments.without.empty();
    const Verdict verdict = c.broken()    ? Verdict::harness_broken
                            : c.lost != 0 ? Verdict::lost
                            : shown       ? Verdict::survived
                                          : Verdict::not_measured;
    const Claim claim = claim_of_starters(r.arguments.outages);
    nlohmann::json document = part(r, "Closure", verdict);
    document["mode"] = "closure";
    document["claim"] = "A";
    document["statement"] = verdict == Verdict::survived ? claim.statement : "";
    document["time_model"] = claim.time_model;
    document["assumptions"] = claim.assumptions;
    document["not_claimed"] = claim.not_claimed;
    document["closed"] = c.closed;
    document["starters"] = {"old", "new", "old, may drain", "new, may drain"};
    document["counts"] = {{"states", c.states},
                          {"runs", c.runs},
                          {"deferred", c.deferred},
                          {"moments", c.boundaries},
                          {"points", c.points},
                          {"merged", c.merged},
                          {"accesses", c.accesses},
                          {"unmerged_pairs", c.unmerged_pairs},
                          {"kills_in_a_row", c.generations - 1},
                          {"merges_audited", c.audited.runs},
                          {"lost", c.lost}};
    document["setback"] = {{"accesses", c.setback_accesses}, {"us", c.setback_us}};
    document["worst"] = {{"accesses", c.worst_accesses}, {"us", c.worst_us}, {"id", c.worst_id}};
    document["cells"] = cells_json(c.cells);
    document["costs"] = costs_json(c.costs);
    document["losses"] = losses_json(r, c.losses);
    document["seconds"] = c.seconds;
    return document;
}

nlohmann::json plain_failure(const Rehearsed& r, const std::string& what) {
    if (!r.arguments.json) {
        fmt::print("  {} without any trouble, over {}: {}\n", red("lost"), link_title(r.link), what);
    }
    nlohmann::json document = part(r, "Without any trouble", Verdict::lost);
    document["mode"] = "update";
    document["losses"] = {{{"id", "plain"}, {"findings", {{{"oracle", "plain"}, {"what", what}}}}}};
    return document;
}

void print(const Rehearsed& r, const rh::MatrixResult& m) {
    fmt::print(
        "{} over {}: runs that survived, of all; (d) changes were deferred to a drain and carried out after one\n",
        bold("Kill x version matrix"), link_title(r.link));
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
    print_losses(r, m.losses, m.lost);
}

void print(const Rehearsed& r, const ClosureResult& c) {
    fmt::print(
        "{} over {}: any number of kills, and after each of them any HAL of {{old, new}} x {{may drain, may not}}\n",
        bold("Closure"), link_title(r.link));
    fmt::print("  closure          {}: {} distinct chip states, {} after {} deaths in a row\n",
               c.closed ? "reached" : "NOT reached", grouped(c.states), c.closed ? "no new one" : "still new ones",
               c.generations - 1);
    fmt::print("  runs             {} to their end, {} of them left changes to a drain; killed at {} moments\n",
               grouped(c.runs), grouped(c.deferred), grouped(c.boundaries));
    fmt::print("  worst recovery   {} accesses, {} us; --id {} shows it\n", grouped(c.worst_accesses),
               grouped(c.worst_us), c.worst_id);
    fmt::print(
        "  progress         one that is started again after itself and lives for more than {} accesses leaves "
        "fewer\n                   than it found; of the waiting, at most {} us come back\n",
        grouped(c.setback_accesses), grouped(c.setback_us));
    fmt::print("  audit            {} merges run again: {}\n", grouped(c.audited.runs),
               c.audited.differ == 0 ? "the same" : red(c.audited.first_difference));
    fmt::print("  effort           {} accesses, {:.1f} s\n", grouped(c.accesses), c.seconds);
    print_losses(r, c.losses, c.lost);
}

void print_claim(const Arguments& a) {
    const Claim claim = claim_of_starters(a.outages);
    fmt::print("What the closure shows:\n");
    print_item(claim.statement);
    print_item("Assumed: " + fmt::format("{}", fmt::join(claim.assumptions, "; ")) + ".");
    print_item("Not claimed: " + fmt::format("{}", fmt::join(claim.not_claimed, ", ")) + ".");
}

}  // namespace chaos::program
