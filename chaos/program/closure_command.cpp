// reconverge chaos closure: any number of kills, anywhere, and what that shows, in plain words.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "chaos/claim.hpp"
#include "chaos/cluster.hpp"
#include "chaos/program/arguments.hpp"
#include "chaos/program/closure_json.hpp"
#include "chaos/program/console.hpp"
#include "chaos/program/reports.hpp"
#include "chaos/program/share.hpp"
#include "chaos/shards/rounds.hpp"
#include "chaos/trial.hpp"

namespace chaos::program {
namespace {

/// What all clusters together show.
struct ClusterSum {
    std::uint64_t clusters = 0, largest = 0, states = 0, moments = 0, runs = 0, accesses = 0, open = 0, lost = 0;
};

ClusterSum sum(const ClustersResult& result) {
    ClusterSum s;
    for (const ClusterResult& c : result.clusters) {
        ++s.clusters;
        s.largest = std::max<std::uint64_t>(s.largest, c.blocks);
        s.states += c.states;
        s.moments += c.moments;
        s.runs += c.runs;
        s.accesses += c.accesses;
        s.open += c.closed ? 0 : 1;
        s.lost += c.findings.empty() ? 0 : 1;
    }
    return s;
}

/// What all parts together show. Nothing is claimed unless something was explored, closed, and every oracle asked.
struct Summary {
    std::uint64_t lost = 0;
    bool closed = true, broken = false, asked_all = true;

    Verdict verdict() const {
        return broken                ? Verdict::harness_broken
               : lost != 0           ? Verdict::lost
               : closed && asked_all ? Verdict::survived
                                     : Verdict::not_measured;
    }
};

nlohmann::json to_json(const Repeats& r) {
    return {{"runs", r.runs},
            {"writes", r.writes},
            {"shifted", r.shifted},
            {"differ", r.differ},
            {"first_difference", r.first_difference}};
}

nlohmann::json to_json(const Arguments& a, const std::string& link, const ClosureResult& r) {
    const Claim claim = claim_a(a.scenario, a.outages);
    const Verdict verdict = Summary{r.lost, r.closed, r.broken(), a.without.empty()}.verdict();
    const nlohmann::json cells = cells_json(r.cells), costs = costs_json(r.costs);
    return {{"mode", "closure"},
            {"claim", "A"},
            {"scenario", a.scenario},
            {"scale", a.scale},
            {"link", link},
            {"verdict", name(verdict)},
            {"statement", verdict == Verdict::survived ? claim.statement : ""},
            {"without", a.without},
            {"time_model", claim.time_model},
            {"assumptions", claim.assumptions},
            {"not_claimed", claim.not_claimed},
            {"outages", a.outages},
            {"closed", r.closed},
            {"digest", fmt::format("{:016x}", r.digest)},
            {"counts",
             {{"states", r.states},
              {"runs", r.runs},
              {"moments", r.boundaries},
              {"points", r.points},
              {"merged", r.merged},
              {"accesses", r.accesses},
              {"kills_in_a_row", r.generations - 1},
              {"unmerged_pairs", r.unmerged_pairs},
              {"merges_audited", r.audited.runs},
              {"runs_repeated", r.repeated.runs},
              {"lost", r.lost}}},
            {"cells", cells},
            {"costs", costs},
            {"setback", {{"accesses", r.setback_accesses}, {"us", r.setback_us}}},
            {"audited", to_json(r.audited)},
            {"repeated", to_json(r.repeated)},
            {"worst", {{"accesses", r.worst_accesses}, {"us", r.worst_us}, {"id", id_of(a, link, r.worst_id)}}},
            {"fault_free",
             {{"accesses", r.reference.accesses},
              {"sweep", r.reference.sweep},
              {"words_written_again", r.reference.again},
              {"writes", r.reference.report.writes},
              {"measures", r.reference.measures},
              {"non_zero_measures", r.reference.non_zero_measures}}},
            {"losses", program::to_json(a, link, r.losses)},
            {"seconds", r.seconds},
            {"cpu_seconds", r.cpu_seconds}};
}

nlohmann::json to_json(const Arguments& a, const ClustersResult& result) {
    const ClusterSum s = sum(result);
    const Claim claim = claim_b(a.scenario);
    const Verdict verdict = Summary{s.lost, s.open == 0, false, a.without.empty()}.verdict();
    nlohmann::json clusters = nlohmann::json::array();
    for (const ClusterResult& c : result.clusters) {
        nlohmann::json findings = nlohmann::json::array();
        for (const Finding& f : c.findings) {
            findings.push_back({{"oracle", oracles()[static_cast<std::size_t>(f.oracle)].name}, {"what", f.what}});
        }
        clusters.push_back({{"block", c.name},
                            {"blocks", c.blocks},
                            {"states", c.states},
                            {"moments", c.moments},
                            {"runs", c.runs},
                            {"closed", c.closed},
                            {"findings", findings}});
    }
    return {{"mode", "closure"},
            {"claim", "B"},
            {"scenario", a.scenario},
            {"scale", a.scale},
            {"verdict", name(verdict)},
            {"statement", verdict == Verdict::survived ? claim.statement : ""},
            {"time_model", claim.time_model},
            {"assumptions", claim.assumptions},
            {"not_claimed", claim.not_claimed},
            {"without", a.without},
            {"clusters", clusters},
            {"seconds", result.seconds}};
}

std::string same(const Repeats& r) {
    return r.differ == 0 ? "the same " + grouped(r.writes) + " writes, moments and ends"
                         : red(grouped(r.differ) + " differ");
}

void print(const Arguments& a, const std::string& link, std::size_t blocks, const ClosureResult& r) {
    const auto& report = r.reference.report;
    fmt::print("{}: any number of kills, over {}\n", bold("Claim A"), link_title(link));
    fmt::print(
        "  without faults   {}/{} blocks as intended in {} accesses ({} words written), {} us; {} of {} measured "
        "quantities as intended, {} of them not zero\n",
        report.converged + report.off, blocks, grouped(r.reference.accesses), grouped(report.writes),
        grouped(report.elapsed_ns / 1000), grouped(r.reference.measures), grouped(r.reference.measures),
        grouped(r.reference.non_zero_measures));
    fmt::print("  a further HAL    {} accesses, {} words written\n", grouped(r.reference.sweep),
               grouped(r.reference.again));
    fmt::print("  killed           at {} points ({} of {} runs) = {} moments\n", grouped(r.points),
               link == "spi" ? "every byte of every frame" : "before and after every access", grouped(r.runs),
               grouped(r.boundaries));
    fmt::print("  closure          {}: {} distinct chip states, {} after {} kills in a row{}\n",
               r.closed ? "reached" : "NOT reached", grouped(r.states), r.closed ? "no new one" : "still new ones",
               r.generations - 1, a.outages ? "; restarts at once and after hardware came to rest" : "");
    fmt::print("  worst recovery   {} accesses, {} us ({})\n", grouped(r.worst_accesses), grouped(r.worst_us),
               id_of(a, link, r.worst_id));
    fmt::print(
        "  progress         a HAL that lives for more than {} accesses leaves fewer than it found; of the waiting,\n"
        "                   at most {} us come back\n",
        grouped(r.setback_accesses), grouped(r.setback_us));
    fmt::print("  merging          {} runs instead of {} for two kills alone without it ({}x)\n", grouped(r.runs),
               grouped(r.unmerged_pairs), grouped(r.unmerged_pairs / r.runs));
    if (r.audited.runs == 0) {
        fmt::print("  audit            none: nothing was merged among {} % of the states\n", a.audit_percent);
    } else {
        fmt::print("  audit            {} merges run again, {} left-out words changed: {}\n", grouped(r.audited.runs),
                   grouped(r.audited.shifted), same(r.audited));
    }
    if (r.repeated.runs != 0) {
        fmt::print("  twice            {} runs repeated: {}\n", grouped(r.repeated.runs), same(r.repeated));
    }
    for (const Repeats* repeats : {&r.audited, &r.repeated}) {
        if (repeats->differ != 0) fmt::print("  {} {}\n", red("broken"), repeats->first_difference);
    }
    fmt::print("  effort           {} accesses, {:.1f} s; {:.0f} recoveries and {:.1f} M accesses per CPU-second\n",
               grouped(r.accesses), r.seconds, static_cast<double>(r.runs) / r.cpu_seconds,
               static_cast<double>(r.accesses) / r.cpu_seconds / 1e6);
    print_losses(a, link, r.losses, r.lost);
}

void print(const Arguments& a, const ClustersResult& result) {
    const ClusterSum s = sum(result);
    fmt::print(
        "{}: any number of kills and any outages, one block and its ancestors at a time, from the start of '{}'\n",
        bold("Claim B"), a.scenario);
    fmt::print(
        "  explored         {} clusters of up to {} blocks: {} chip states, {} moments at which hardware may have "
        "moved, {} runs, {} accesses, {:.1f} s\n",
        grouped(s.clusters), s.largest, grouped(s.states), grouped(s.moments), grouped(s.runs), grouped(s.accesses),
        result.seconds);
    int told = 0;
    for (const ClusterResult& c : result.clusters) {
        if ((c.findings.empty() && c.closed) || told++ == 20) continue;
        if (!c.closed) fmt::print("  {} {}: not closed within {} runs\n", red("open"), c.name, grouped(c.runs));
        for (const Finding& f : c.findings) {
            fmt::print("  {} {} in the cluster of {}: {}\n", red("lost"),
                       oracles()[static_cast<std::size_t>(f.oracle)].name, c.name, f.what);
        }
    }
}

void conclude(const Arguments& a, const Summary& all, bool claims_a, bool claims_b) {
    if (all.broken) {
        fmt::print(
            "\n{}: runs from equal states differ, so the states are not what they are taken for; nothing is\n"
            "claimed. `reconverge left-out` lists what the hash of a state leaves out.\n",
            red("HarnessBroken"));
        return;
    }
    if (all.lost != 0) {
        fmt::print("\n{}: {} recoveries broke their contract.\n", red("Lost"), grouped(all.lost));
        return;
    }
    if (!all.closed) {
        fmt::print("\n{}: the set of states did not close within its budget; nothing is claimed.\n",
                   red("NotMeasured"));
        return;
    }
    if (!all.asked_all) {
        fmt::print("\n{}: nothing was found, but {}; nothing is claimed.\n", red("NotMeasured"), not_asked(a));
        return;
    }
    fmt::print("\n{}: every recovery kept its contract. What this shows:\n", green("Survived"));
    std::vector<std::string> not_claimed;
    for (const Claim& claim : claims_a&& claims_b
                                  ? std::vector<Claim>{claim_a(a.scenario, a.outages), claim_b(a.scenario)}
                              : claims_a ? std::vector<Claim>{claim_a(a.scenario, a.outages)}
                                         : std::vector<Claim>{claim_b(a.scenario)}) {
        print_item(claim.statement);
        print_item("Assumed: " + fmt::format("{}", fmt::join(claim.assumptions, "; ")) + ".");
        for (const std::string& what : claim.not_claimed) {
            if (std::find(not_claimed.begin(), not_claimed.end(), what) == not_claimed.end())
                not_claimed.push_back(what);
        }
    }
    print_item("Not claimed: " + fmt::format("{}", fmt::join(not_claimed, ", ")) + ".");
}

ClosureOptions options_of(const Arguments& a) {
    ClosureOptions options;
    options.outages = a.outages;
    options.threads = threads_of(a);
    options.oracles = asked(a);
    options.audit_percent = a.audit_percent;
    options.twice = a.twice;
    options.plant_wrong_hash = a.plant == "wrong-hash";
    return options;
}

/// One shard's rounds, into its part.
int close_shard(const Arguments& a) {
    const Scenario scenario = scenario_of(a.scenario, a.scale, a.link, a.hal);
    const shards::Shard shard = shard_of(a);
    const std::string file = part_file(a);
    const auto beside = std::filesystem::path(file).parent_path() / "exchange";
    const shards::RoundsOptions options{options_of(a), a.exchange.empty() ? beside.string() : a.exchange,
                                        !a.ready_rounds, a.edges};
    std::filesystem::create_directories(options.folder);
    ShardProgress told(file);
    std::uint64_t states = 0;
    const auto tell = [&](const shards::RoundsProgress& p) {
        std::string text = fmt::format("round {}, {} states, {} run", p.round, p.states, p.runs);
        if (p.waits_for != 0) text += fmt::format(", waits for shard {}", p.waits_for);
        told.tell(text);
        progress(text);
        states = p.states;
    };
    const bool over = close_share(scenario, subject_of(a, "closure", scenario), shard, options, file, tell);
    progress("");
    if (over) {
        fmt::print("{}: shard {}/{}: {} states\n", file, shard.number, shard.of, grouped(states));
    } else {
        fmt::print("shard {}/{}: {} states so far; goes on when the other shards have come as far\n", shard.number,
                   shard.of, grouped(states));
    }
    return kSurvived;  // it is for `merge` to judge
}

/// Throws std::invalid_argument if a certificate can't be about what is asked for.
void expect_certifiable(const Arguments& a) {
    if (a.certificate.empty()) return;
    if (a.claim != "A" || a.link == "both") {
        throw std::invalid_argument("a certificate has one claim, over one link: add --claim A and --link spi or pcie");
    }
    if (!a.without.empty() || !a.plant.empty()) {
        throw std::invalid_argument("no certificate with --without or --plant: leave them out");
    }
    certificate::expect_writable(a.certificate);  // now, not after minutes of exploring
}

}  // namespace

void certify(const Arguments& a, const Scenario& scenario, const ClosureOptions& options, const ClosureResult& result,
             nlohmann::json& part) {
    if (result.broken() || result.lost != 0 || !result.closed) {
        std::fprintf(stderr, "reconverge: no certificate was written: the claim doesn't hold\n");
        return;
    }
    options.certificate->write(a.certificate, certificate_header(scenario, a.scale, options, result));
    part["certificate"] = {{"file", a.certificate},
                           {"leaves", options.certificate->leaves()},
                           {"root", certificate::hex(options.certificate->root())}};
    if (a.json) return;
    fmt::print("  certificate      {}: {} leaves, root {}\n", a.certificate, grouped(options.certificate->leaves()),
               certificate::hex(options.certificate->root()).substr(0, 16));
}

int closure(const Arguments& a) {
    if (a.claim != "A" && a.claim != "B" && a.claim != "both") {
        throw std::invalid_argument("--claim " + a.claim + ": use A, B or both");
    }
    if (a.claim == "B" && !a.hal.empty()) {
        throw std::invalid_argument("--claim B can't load a HAL: it runs the one that this program is linked with");
    }
    expect_certifiable(a);
    expect_part(a, "closure");
    if (!a.part.empty()) return close_shard(a);
    const unsigned threads = threads_of(a);
    const bool whole = a.claim != "B", clusters = a.claim != "A" && a.hal.empty();
    nlohmann::json parts = nlohmann::json::array();
    Summary all;
    all.asked_all = a.without.empty();
    std::size_t blocks = 0;
    for (const std::string& link : whole ? links_of(a) : std::vector<std::string>()) {
        const Scenario scenario = scenario_of(a.scenario, a.scale, link, a.hal);
        blocks = scenario.chip->instances.size();
        if (!a.json && parts.empty()) {
            fmt::print("{} at scale {}: {} block instances of {} types; '{}'\n", bold(chip_title()), a.scale, blocks,
                       scenario.chip->types.size(), a.scenario);
        }
        ClosureOptions options = options_of(a);
        certificate::Writer certificate;
        if (!a.certificate.empty()) options.certificate = &certificate;
        std::unique_ptr<shards::PartRuns> recorded;
        if (a.campaign != nullptr) {
            recorded = std::make_unique<shards::PartRuns>(*a.campaign);
            options.recorded = recorded.get();
        }
        const ClosureResult result = close(scenario, options, [&](const ClosureProgress& p) {
            progress(fmt::format("{}: {} states, {} recovered, {} lost", link, grouped(p.states), grouped(p.runs),
                                 grouped(p.lost)));
        });
        progress("");
        if (recorded != nullptr) recorded->expect_all_taken();
        all.lost += result.lost;
        all.closed &= result.closed;
        all.broken |= result.broken();
        parts.push_back(to_json(a, link, result));
        if (!a.json) print(a, link, blocks, result);
        if (!a.certificate.empty()) certify(a, scenario, options, result, parts.back());
    }
    if (clusters) {
        const Scenario scenario = scenario_of(a.scenario, a.scale, "spi", a.hal);
        blocks = scenario.chip->instances.size();
        const ClustersResult result = close_clusters(scenario, asked(a), threads, [](std::size_t done, std::size_t of) {
            progress(fmt::format("cluster {} of {}", done, of));
        });
        progress("");
        const ClusterSum s = sum(result);
        all.lost += s.lost;
        all.closed &= s.open == 0;
        parts.push_back(to_json(a, result));
        if (!a.json) print(a, result);
    }
    all.closed &= !parts.empty();
    const nlohmann::json document = {{"mode", "closure"}, {"scenario", a.scenario},         {"scale", a.scale},
                                     {"blocks", blocks},  {"verdict", name(all.verdict())}, {"parts", parts}};
    if (a.json) {
        fmt::print("{}\n", document.dump(1));
    } else {
        conclude(a, all, whole, clusters);
    }
    write_reports(a, document);
    return exit_code(all.verdict());
}

}  // namespace chaos::program
