#include "chaos/program/outcome.hpp"

#include <fmt/format.h>

#include "chaos/program/console.hpp"
#include "chaos/program/reports.hpp"

namespace chaos::program {

namespace {

std::uint64_t at(const Verdicts& verdicts, Verdict v) { return verdicts[static_cast<std::size_t>(v)]; }

const char* block_name(const Part& part, std::uint8_t block) { return part.chip->types[block].name; }

nlohmann::json cell_json(const Part& part, const Cell& cell) {
    return {{"block", block_name(part, cell.block)},
            {"op", name(cell.op)},
            {"phase", faults::name(cell.moment)},
            {"fault", faults::row(cell.fault).name}};
}

struct FaultSum {
    Verdicts verdicts{};
    std::uint64_t cells = 0;
};

std::map<faults::Fault, FaultSum> by_fault(const Tally& tally) {
    std::map<faults::Fault, FaultSum> sums;
    for (const auto& [cell, verdicts] : tally.cells) {
        FaultSum& sum = sums[cell.fault];
        ++sum.cells;
        for (std::size_t v = 0; v < kVerdicts; ++v) sum.verdicts[v] += verdicts[v];
    }
    return sums;
}

nlohmann::json coverage_json(const Part& part) {
    const Coverage& c = *part.coverage;
    nlohmann::json waived = nlohmann::json::array(), missed = nlohmann::json::array();
    for (std::size_t w = 0; w < waivers().size(); ++w) {
        const Waiver& row = waivers()[w];
        waived.push_back({{"name", row.name}, {"why", row.why}, {"test", row.test}, {"cells", c.waived[w]}});
    }
    for (const Cell& cell : c.missed) missed.push_back(cell_json(part, cell));
    return {{"cells", c.cells}, {"hit", c.hit}, {"waived", waived}, {"missed", missed}};
}

void print_coverage(const Part& part) {
    constexpr std::size_t kShown = 20;
    const Coverage& c = *part.coverage;
    fmt::print("  cells                  {}: block type x operation x phase x fault; {} hit\n", grouped(c.cells),
               grouped(c.hit));
    for (std::size_t w = 0; w < waivers().size(); ++w) {
        if (c.waived[w] == 0) continue;
        const Waiver& row = waivers()[w];
        fmt::print("    {:>9} waived     {} ({})\n", grouped(c.waived[w]), row.why, row.test);
    }
    for (std::size_t n = 0; n < c.missed.size() && n < kShown; ++n) {
        fmt::print("  {} {}\n", red("not hit"), text(*part.chip, c.missed[n]));
    }
    if (c.missed.size() > kShown) fmt::print("  ... and {} more cells\n", grouped(c.missed.size() - kShown));
}

}  // namespace

Verdict verdict_of(const Arguments& a, const Part& part) {
    const Tally& tally = part.tally;
    if (at(tally.verdicts, Verdict::harness_broken) != 0) return Verdict::harness_broken;
    if (tally.lost() != 0) return Verdict::lost;
    if (part.coverage && !part.coverage->missed.empty()) return Verdict::not_measured;
    if (tally.waiting != 0 || at(tally.verdicts, Verdict::survived) == 0 || !a.without.empty())
        return Verdict::not_measured;
    return Verdict::survived;
}

nlohmann::json to_json(const Arguments& a, const Part& part) {
    const Tally& t = part.tally;
    nlohmann::json counts = part.counts;
    counts["runs"] = t.runs;
    counts["accesses"] = t.accesses;
    counts["states_after_faults"] = t.states;
    counts["states_left_out"] = t.left_out;
    counts["states_waiting"] = t.waiting;
    counts["recoveries"] = t.recoveries;
    counts["unrecovered"] = t.unrecovered;
    for (const auto& [label, outcomes] : t.labelled) {
        for (std::size_t o = 0; o < faults::kOutcomes; ++o) {
            if (outcomes[o] != 0)
                counts["by_label"][label][faults::name(static_cast<faults::Outcome>(o))] = outcomes[o];
        }
    }
    for (std::size_t v = 0; v < kVerdicts; ++v) counts[name(static_cast<Verdict>(v))] = t.verdicts[v];
    for (std::size_t f = 0; f < faults::kFaults; ++f) {
        for (std::size_t o = 0; o < faults::kOutcomes; ++o) {
            if (t.outcomes[f][o] == 0) continue;
            counts["outcomes"][faults::rows()[f].name][faults::name(static_cast<faults::Outcome>(o))] =
                t.outcomes[f][o];
        }
    }
    nlohmann::json cells = nlohmann::json::array(), costs = nlohmann::json::array();
    for (const auto& [cell, verdicts] : t.cells) {
        nlohmann::json one = cell_json(part, cell);
        one["survived"] = at(verdicts, Verdict::survived);
        one["lost"] = at(verdicts, Verdict::lost);
        one["excluded"] = at(verdicts, Verdict::excluded);
        one["not_measured"] = at(verdicts, Verdict::not_measured);
        cells.push_back(std::move(one));
    }
    for (const Cost& cost : t.histogram()) costs.push_back({{"from", cost.from}, {"to", cost.to}, {"n", cost.n}});
    nlohmann::json losses = nlohmann::json::array();
    for (const LostTrial& lost : t.losses) {
        nlohmann::json findings = nlohmann::json::array();
        for (const Finding& f : lost.loss.findings) {
            findings.push_back({{"oracle", oracles()[static_cast<std::size_t>(f.oracle)].name}, {"what", f.what}});
        }
        losses.push_back(
            {{"id", id_of(a, part.link, lost.loss.id)}, {"findings", findings}, {"cell", cell_json(part, lost.cell)}});
    }
    nlohmann::json document = {
        {"mode", part.mode},      {"claim", part.claim},
        {"scenario", a.scenario}, {"scale", a.scale},
        {"link", part.link},      {"verdict", name(verdict_of(a, part))},
        {"without", a.without},   {"counts", counts},
        {"cells", cells},         {"costs", costs},
        {"losses", losses},       {"worst", {{"accesses", t.worst_accesses}, {"id", id_of(a, part.link, t.worst_id)}}},
        {"seconds", t.seconds},   {"cpu_seconds", t.cpu_seconds}};
    if (part.coverage) document["coverage"] = coverage_json(part);
    return document;
}

namespace {

void print_faults(const Tally& t) {
    fmt::print("  {:22} {:>9} {:>6} {:>8} {:>8}  how it came out\n", "fault", "survived", "lost", "excluded",
               "unfired");
    for (const auto& [fault, sum] : by_fault(t)) {
        std::string outcomes;
        for (std::size_t o = 0; o < faults::kOutcomes; ++o) {
            const std::uint64_t n = t.outcomes[static_cast<std::size_t>(fault)][o];
            if (n != 0) outcomes += fmt::format(" {} {}", faults::name(static_cast<faults::Outcome>(o)), grouped(n));
        }
        const std::uint64_t lost = at(sum.verdicts, Verdict::lost);
        fmt::print(
            "  {:22} {:>9} {} {:>8} {:>8} {}\n", faults::row(fault).name, grouped(at(sum.verdicts, Verdict::survived)),
            lost == 0 ? fmt::format("{:>6}", 0) : red(fmt::format("{:>6}", grouped(lost))),
            grouped(at(sum.verdicts, Verdict::excluded)), grouped(at(sum.verdicts, Verdict::not_measured)), outcomes);
    }
}

}  // namespace

void print(const Arguments& a, const Part& part) {
    const Tally& t = part.tally;
    fmt::print("{} at scale {}, {} block instances, '{}', over {}: {}\n", bold(chip_title()), a.scale,
               part.chip->instances.size(), a.scenario, link_title(part.link), part.mode);
    for (const auto& [what, n] : part.counts) fmt::print("  {:22} {}\n", what, grouped(n));
    print_faults(t);
    if (part.coverage) print_coverage(part);
    if (t.recoveries != 0) {
        fmt::print("  then killed            {} recoveries; of {} states that only faults leave, {} tried; {} lost{}\n",
                   grouped(t.recoveries), grouped(t.states), grouped(t.states - t.left_out - t.waiting),
                   grouped(t.unrecovered),
                   t.waiting == 0 ? "" : fmt::format("; {} NOT tried, beyond the budget", grouped(t.waiting)));
    }
    for (const auto& [label, outcomes] : t.labelled) {
        std::string how;
        for (std::size_t o = 0; o < faults::kOutcomes; ++o) {
            if (outcomes[o] != 0) {
                how += fmt::format(" {} {}", faults::name(static_cast<faults::Outcome>(o)), grouped(outcomes[o]));
            }
        }
        fmt::print("  {:33}{}\n", part.mode == "seu" ? "declared " + label : label, how);
    }
    fmt::print("  worst recovery         {} accesses ({})\n", grouped(t.worst_accesses),
               id_of(a, part.link, t.worst_id));
    fmt::print("  effort                 {} runs, {:.1f} s; {:.0f} runs per CPU-second\n", grouped(t.runs), t.seconds,
               static_cast<double>(t.runs) / std::max(t.cpu_seconds, 1e-9));
    std::size_t shown = 0;
    for (const LostTrial& lost : t.losses) {
        if (shown++ == 20) break;
        for (const Finding& f : lost.loss.findings) {
            fmt::print("  {} {}: {}\n", red("lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
        }
        fmt::print("       reconverge chaos --repro '{}'\n", id_of(a, part.link, lost.loss.id));
    }
    if (t.lost() > shown)
        fmt::print("  ... and {} more\n", grouped(t.lost() - std::min<std::uint64_t>(shown, t.lost())));
}

int finish(const Arguments& a, const std::vector<Part>& parts) {
    Verdict all = parts.empty() ? Verdict::not_measured : Verdict::survived;
    std::uint64_t survived = 0, lost = 0;
    nlohmann::json documents = nlohmann::json::array();
    for (const Part& part : parts) {
        const Verdict one = verdict_of(a, part);
        if (all != Verdict::lost && one != Verdict::survived) all = one;  // a finding outweighs what is missing
        survived += at(part.tally.verdicts, Verdict::survived);
        lost += part.tally.lost();
        documents.push_back(to_json(a, part));
    }
    const nlohmann::json document = {
        {"scenario", a.scenario}, {"scale", a.scale}, {"verdict", name(all)}, {"parts", documents}};
    if (a.json) {
        fmt::print("{}\n", document.dump(1));
    } else {
        fmt::print("\n{}: {} of {} judged runs kept their contract{}.\n",
                   all == Verdict::survived ? green(name(all)) : red(name(all)), grouped(survived),
                   grouped(survived + lost), a.without.empty() ? "" : ", but " + not_asked(a));
    }
    write_reports(a, document);
    return exit_code(all);
}

}  // namespace chaos::program
