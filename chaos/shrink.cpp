#include "chaos/shrink.hpp"

#include <algorithm>
#include <set>

namespace chaos {

using faults::Plan;
using faults::Strike;
using transports::model::Layout;

std::string signature(const Trial& trial) {
    std::set<std::string> parts;
    if (trial.verdict != Verdict::lost) return {};
    for (const Finding& finding : trial.findings) {
        // "pll[3]: ..." names a block; a sentence about the whole chip doesn't.
        const std::size_t end = finding.what.find_first_of("[: ");
        const bool block = end != std::string::npos && finding.what[end] != ' ';
        parts.insert(std::string(oracles()[static_cast<std::size_t>(finding.oracle)].name) +
                     (block ? " " + finding.what.substr(0, end) : ""));
    }
    std::string all;
    for (const std::string& part : parts) all += (all.empty() ? "" : ", ") + part;
    return all;
}

namespace {

class Shrinker {
public:
    Shrinker(const Scenario& scenario, const Layout& layout, const Plan& plan, std::uint64_t budget)
        : trials_(scenario, layout, OracleSet().set()), budget_(budget) {
        best_.plan = plan;
        best_.trial = trials_.run(plan);
        best_.signature = signature(best_.trial);
        best_.tried = 1;
    }

    Shrunk run() {
        if (best_.signature.empty()) return best_;
        while (fewer_faults()) {
        }
        while (earlier()) {
        }
        return best_;
    }

private:
    bool keep(const Plan& candidate) {
        if (best_.tried >= budget_) return false;
        ++best_.tried;
        const Trial trial = trials_.run(candidate);
        if (signature(trial) != best_.signature) return false;
        best_.plan = candidate;
        best_.trial = trial;
        return true;
    }

    /// One element less; true if that worked.
    bool fewer_faults() {
        for (std::size_t k = 0; k < best_.plan.lives.size(); ++k) {
            if (k + 1 < best_.plan.lives.size()) {
                Plan without = best_.plan;
                without.lives.erase(without.lives.begin() + static_cast<std::ptrdiff_t>(k));
                if (keep(without)) return true;
            }
            for (std::size_t s = 0; s < best_.plan.lives[k].strikes.size(); ++s) {
                Plan without = best_.plan;
                auto& strikes = without.lives[k].strikes;
                strikes.erase(strikes.begin() + static_cast<std::ptrdiff_t>(s));
                if (keep(without)) return true;
            }
            if (best_.plan.lives[k].outage) {
                Plan without = best_.plan;
                without.lives[k].outage = false;
                if (keep(without)) return true;
            }
        }
        return false;
    }

    /// Fewer accesses: something earlier, at a moment of the same kind.
    bool earlier() {
        for (std::size_t k = 0; k < best_.plan.lives.size(); ++k) {
            const faults::Life life = best_.plan.lives[k];
            for (const std::uint32_t part : {0u, 2u, 4u, 1u}) {  // to the start, to a half, by a quarter, by one
                const auto moved = [part](std::uint32_t m) {
                    const std::uint32_t to = part == 0 ? m % 2 : part == 1 ? m - std::min(m, 2u) : m - m / part;
                    return to - (to % 2 != m % 2 && to != 0 ? 1 : 0);
                };
                for (std::size_t s = 0; s < life.strikes.size(); ++s) {
                    Plan sooner = best_.plan;
                    std::uint32_t& moment = sooner.lives[k].strikes[s].moment;
                    moment = moved(moment);
                    if (moment < life.strikes[s].moment && keep(faults::parse(text(sooner)))) return true;
                }
                if (!life.killed_at) continue;
                Plan sooner = best_.plan;
                sooner.lives[k].killed_at = moved(*life.killed_at);
                if (*sooner.lives[k].killed_at < *life.killed_at && keep(sooner)) return true;
            }
        }
        return false;
    }

    Trials trials_;
    const std::uint64_t budget_;
    Shrunk best_;
};

/// The same single strike on a smaller chip: near the same place of the run, the first block of the same type.
bool on_smaller_chip(const Scenario& scenario, Shrunk& best, std::uint32_t denominator, std::uint64_t budget) {
    Scenario smaller = make_scenario(scenario.name, 1, denominator);
    smaller.path = scenario.path;
    smaller.hal = scenario.hal;
    const Layout layout(*smaller.chip), large(*scenario.chip);
    Trials trials(smaller, layout, OracleSet().set());
    Judge judge(scenario, large, OracleSet().set());
    judge.reference();
    const std::size_t from = survey(judge, scenario).size();
    const std::size_t to = survey(trials.judge(), smaller).size();
    Strike strike = best.plan.lives[0].strikes[0];
    if (faults::row(strike.fault).target > faults::Target::amount && !strike.arguments.empty()) {
        const auto& row = scenario.chip->instances[strike.arguments[0]];
        strike.arguments[0] = trials.judge().rig().chip.find(row.type, 0);
    }
    const auto centre = static_cast<std::uint32_t>(std::uint64_t{strike.moment} * to / from);
    for (std::uint32_t away = 0; away < 60 && best.tried < budget; ++away) {
        for (const bool back : {false, true}) {
            strike.moment = back ? centre - std::min(centre, away) : centre + away;
            Plan plan;
            plan.lives[0].strikes.push_back(strike);
            ++best.tried;
            const Trial trial = trials.run(plan);
            if (signature(trial) != best.signature) continue;
            best.plan = plan;
            best.trial = trial;
            best.scale = "1/" + std::to_string(denominator);
            return true;
        }
    }
    return false;
}

}  // namespace

Shrunk shrink(const Scenario& scenario, const Plan& plan, std::uint64_t budget) {
    const Layout layout(*scenario.chip);
    Shrunk best = Shrinker(scenario, layout, plan, budget).run();
    const bool one_strike =
        best.plan.lives.size() == 1 && best.plan.lives[0].strikes.size() == 1 && !best.signature.empty();
    for (const std::uint32_t denominator : {8u, 4u, 2u}) {
        if (!one_strike || scenario.chip->scale_numerator * denominator <= scenario.chip->scale_denominator) break;
        if (on_smaller_chip(scenario, best, denominator, budget)) break;
    }
    return best;
}

}  // namespace chaos
