// reconverge chaos seu, outage, overlap, pairs, random.
#include "chaos/modes.hpp"

#include <fmt/format.h>
#include <cstdio>
#include <numeric>

#include "chaos/program/console.hpp"
#include "chaos/program/outcome.hpp"
#include "chaos/program/share.hpp"

namespace chaos::program {

namespace {

using Maker = std::vector<Job> (*)(const Arguments&, const Scenario&);

/// Where nothing was lost in n plans of a kind, at most 3/n of that kind fail, with 95 % confidence (rule of three:
/// Hanley and Lippman-Hand, JAMA 1983). Only what was judged counts.
void print_confidence(const Tally& t) {
    const auto judged = t.verdicts[static_cast<std::size_t>(Verdict::survived)];
    if (t.lost() != 0 || judged == 0) return;
    std::string least;
    std::uint64_t fewest = judged;
    for (const auto& [label, outcomes] : t.labelled) {
        const auto n = std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0});
        if (n != 0 && (least.empty() || n < fewest)) fewest = n, least = label;
    }
    fmt::print("  sampled                of such plans at most {:.3f} % fail, with 95 % confidence",
               300.0 / static_cast<double>(judged));
    if (least.empty()) {
        fmt::print("\n");
    } else {
        fmt::print(";\n                         of each kind at most {:.2f} % ('{}')\n",
                   300.0 / static_cast<double>(fewest), least);
    }
}

int run(const Arguments& a, const char* mode, const char* claim, Maker make) {
    std::vector<Part> parts;
    expect_part(a, mode);
    for (const std::string& link : links_of(a)) {
        const Scenario scenario = scenario_of(a.scenario, a.scale, link, a.hal);
        Part part{mode, claim, link, scenario.chip, {}, {}};
        const std::vector<Job> jobs = make(a, scenario);
        ExploreOptions options;
        options.threads = threads_of(a);
        options.oracles = asked(a);
        options.kept_per_cell = a.losses;
        std::optional<Tally> tally = explore_share(a, mode, scenario, jobs, options, [&](const ExploreProgress& p) {
            progress(fmt::format("{}: {} of {} runs, {} lost", link, grouped(p.done), grouped(p.all), grouped(p.lost)));
        });
        progress("");
        if (!tally) return kSurvived;  // it is for `merge` to judge
        part.tally = std::move(*tally);
        part.counts["plans"] = jobs.size();
        if (a.seed_matters) part.counts["seed"] = a.seed;
        parts.push_back(std::move(part));
        if (!a.json) print(a, parts.back());
        if (!a.json && a.seed_matters) print_confidence(parts.back().tally);
    }
    return finish(a, parts);
}

}  // namespace

int seu(const Arguments& a) {
    return run(a, "seu", "C", [](const Arguments& args, const Scenario& s) { return upsets(s, args.every); });
}

int outage(const Arguments& a) {
    return run(a, "outage", "C", [](const Arguments&, const Scenario& s) { return outages(s); });
}

int overlap(const Arguments& a) {
    return run(a, "overlap", "C", [](const Arguments&, const Scenario& s) { return overlaps(s); });
}

int pair(const Arguments& given) {
    Arguments a = given;
    std::uint32_t n = 1, d = 1;
    a.seed_matters = std::sscanf(a.scale.c_str(), "%u/%u", &n, &d) != 2 || 8 * n > d || a.runs != 0;
    if (a.seed_matters && a.runs == 0) a.runs = 20'000;
    return run(a, "pairs", "D", [](const Arguments& args, const Scenario& s) {
        return pairs(s, args.seed_matters ? args.runs : 0, args.seed);
    });
}

int random(const Arguments& given) {
    Arguments a = given;
    a.seed_matters = true;
    if (a.runs == 0) a.runs = 2'000;
    return run(a, "random", "E", [](const Arguments& args, const Scenario& s) {
        return random_plans(s, args.runs, args.seed, args.recoverable);
    });
}

}  // namespace chaos::program
