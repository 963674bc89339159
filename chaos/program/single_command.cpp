// reconverge chaos single: one fault at every point, in every phase.
#include "chaos/single.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <thread>

#include "chaos/coverage.hpp"
#include "chaos/program/console.hpp"
#include "chaos/program/outcome.hpp"
#include "chaos/program/share.hpp"
#include "chaos/strikes.hpp"

namespace chaos::program {

namespace {

/// A fault that costs time, or leaves a log behind, shifts everything after it: a state of its own at each later
/// moment. On large chips, and over PCIe, a sample.
constexpr std::uint32_t kOneStateIn = 32;

/// Those that --faults names; all but the ones with a mode of their own.
std::vector<faults::Fault> faults_of(const Arguments& a) {
    std::vector<faults::Fault> which;
    if (a.faults.empty()) {
        for (const faults::Row& row : faults::rows()) {
            if (row.fault != faults::Fault::upset && row.fault != faults::Fault::overlapped) which.push_back(row.fault);
        }
    }
    for (const std::string& name : a.faults) {
        const faults::Row* const row = faults::find(name);
        if (row == nullptr) throw std::invalid_argument("--faults " + name + ": no such fault; see reconverge faults");
        which.push_back(row->fault);
    }
    return which;
}

bool holds(const std::vector<faults::Fault>& which, faults::Fault fault) {
    return std::find(which.begin(), which.end(), fault) != which.end();
}

Trial broken(const char* why) {
    Trial trial;
    trial.verdict = Verdict::harness_broken;
    trial.findings.push_back({Oracle::completes, why});
    return trial;
}

/// Nothing: it was a shard's work, and went into its part.
std::optional<Part> single_part(const Arguments& a, const std::string& link) {
    const Scenario scenario = scenario_of(a.scenario, a.scale, link, a.hal);
    const std::vector<faults::Fault> which = faults_of(a);
    Part part{"single", "C", link, scenario.chip, {}, {}};
    if (a.part.empty() && holds(which, faults::Fault::killed)) {  // one run: whoever merges makes it
        const SingleResult kills = single_kills(scenario, asked(a), [](std::uint64_t moments) {
            progress(fmt::format("killed at {} moments", grouped(moments)));
        });
        part.tally = kills.tally;
        part.counts["moments"] = kills.moments;
        part.counts["ways to die in them"] = kills.points;
    }
    const bool all = scenario.chip->scale_numerator * 8 <= scenario.chip->scale_denominator;
    const Strikes strikes = single_strikes(scenario, which, all ? Targets::all : Targets::rotating);
    part.counts[link == "spi" ? "frames" : "accesses of the run"] = strikes.points;
    if (!strikes.jobs.empty() || !a.part.empty()) {
        ExploreOptions options;
        options.threads = threads_of(a);
        options.oracles = asked(a);
        options.kept_per_cell = a.losses;
        options.kills_after = true;
        options.one_state_in = all && link == "spi" ? 1 : kOneStateIn;
        const auto tell = [&](const ExploreProgress& p) {
            progress(fmt::format("{}: {} of {} runs, {} further states, {} lost", link, grouped(p.done), grouped(p.all),
                                 grouped(p.states), grouped(p.lost)));
        };
        const std::optional<Tally> tally = explore_share(a, "single", scenario, strikes.jobs, options, tell);
        if (!tally) return std::nullopt;
        part.tally.add(*tally);
    }
    progress("");
    const Coverage coverage = cover(scenario, which, part.tally);
    part.counts["by the link's own count"] = coverage.sent;
    if (coverage.sent != strikes.points) part.tally.count({}, broken("points were missed: the link counts others"));
    part.coverage = coverage;
    return part;
}

}  // namespace

int single(const Arguments& a) {
    expect_part(a, "single");
    if (a.real) return real_kills(a);
    std::vector<Part> parts;
    for (const std::string& link : links_of(a)) {
        std::optional<Part> part = single_part(a, link);
        if (!part) return kSurvived;  // it is for `merge` to judge
        parts.push_back(std::move(*part));
        if (!a.json) print(a, parts.back());
    }
    return finish(a, parts);
}

}  // namespace chaos::program
