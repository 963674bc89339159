// What a certificate says ahead of its leaves. Nothing in it depends on the machine, the time or the number of threads:
// whoever explores the same thing writes the same file.
#include <fmt/format.h>

#include "chaos/claim.hpp"
#include "chaos/closure.hpp"
#include "chaos/identity.hpp"

namespace chaos {

nlohmann::json certificate_header(const Scenario& scenario, const std::string& scale, const ClosureOptions& options,
                                  const ClosureResult& r) {
    const transports::model::Layout layout(*scenario.chip);
    const Identity identity = identity_of(scenario, layout);
    const bool several = !scenario.others.empty();
    const Claim claim = several ? claim_of_starters(options.outages) : claim_a(scenario.name, options.outages);
    nlohmann::json starters = nlohmann::json::array();
    for (const StarterIdentity& s : identity.starters) {
        nlohmann::json& starter = starters.emplace_back(nlohmann::json{{"hal", s.hal}, {"intent", s.intent}});
        if (!several) continue;
        starter["name"] = s.name;
        starter["intent_name"] = s.intent_name;
        starter["drain"] = s.drain;
    }
    nlohmann::json asked = nlohmann::json::array();
    for (const OracleRow& row : oracles()) {
        if (row.oracle == Oracle::fenced || row.oracle == Oracle::share) continue;  // those of single takeovers
        if (row.oracle == Oracle::whole_groups && !several) continue;
        if (options.oracles.test(static_cast<std::size_t>(row.oracle))) asked.push_back(row.name);
    }
    nlohmann::json header = {
        {"claim", "A"},
        {"statement", claim.statement},
        {"time_model", claim.time_model},
        {"assumptions", claim.assumptions},
        {"not_claimed", claim.not_claimed},
        {"scenario", scenario.name},
        {"scale", scale},
        {"link", name(scenario.path)},
        {"outages", options.outages},
        {"oracles", asked},
        {"waivers", nlohmann::json::array()},
        {"starters", starters},
        {"chip",
         {{"name", scenario.chip->name},
          {"instances", scenario.chip->instances.size()},
          {"cells", layout.cells},
          {"rdl", identity.rdl},
          {"model", identity.model}}},
        {"fault_free",
         {{"accesses", r.reference.accesses},
          {"writes", r.reference.report.writes},
          {"sweep", r.reference.sweep},
          {"end", fmt::format("{:016x}{:016x}", r.reference.end.high, r.reference.end.low)},
          {"measures", r.reference.measures},
          {"non_zero_measures", r.reference.non_zero_measures}}},
        {"counts",
         {{"states", r.states},
          {"runs", r.runs},
          {"moments", r.boundaries},
          {"points", r.points},
          {"accesses", r.accesses},
          {"kills_in_a_row", r.generations - 1},
          {"merges_audited", r.audited.runs},
          {"runs_repeated", r.repeated.runs}}},
        {"worst_recovery",
         {{"accesses", r.worst_accesses},
          {"us", r.worst_us},
          {"id", fmt::format("{}@{}@{}:{}", scenario.name, scale, name(scenario.path), r.worst_id)}}}};
    header["progress"] = {
        {"least_uptime_accesses", r.setback_accesses + 1},
        {"redone_us_at_most", r.setback_us},
        {"what", std::string(several ? "of one starter that is started again and again: " : "") +
                     "HALs that each live for so many accesses and the waits between them leave less and "
                     "less to do, so one of them ends, however many die"}};
    return header;
}

}  // namespace chaos
