// halctl plan: what converge would write first, decoded, before silicon is touched.
#include <fmt/format.h>

#include <map>

#include "transports/halctl/commands.hpp"
#include "transports/halctl/report.hpp"

namespace transports::halctl {
namespace {

using Json = nlohmann::ordered_json;
using names::hex;
using names::safe_to_read;

/// A write with what the register holds before it.
struct Step {
    const Planned* item;
    std::optional<names::Place> place;
    std::optional<std::uint32_t> before;
};

/// The register's content follows the plan: a second write to it starts from what the first one wrote.
std::vector<Step> steps_of(Session& session, const Outcome& outcome) {
    std::map<std::uint32_t, std::optional<std::uint32_t>> content;
    std::vector<Step> steps;
    for (const Planned& item : outcome.items) {
        Step step{&item, session.names().at(item.address), std::nullopt};
        const bool single = item.op == HAL_WRITE && item.words.size() == 1;
        if (single && step.place && safe_to_read(*step.place->reg)) {
            const auto known = content.find(item.address);
            step.before = known != content.end() ? known->second : session.read(item.address);
            content[item.address] = item.words[0];
        }
        steps.push_back(step);
    }
    return steps;
}

std::string changes(const Step& step) {
    const std::uint32_t word = step.item->words[0];
    std::string text;
    for (const auto& field : step.place->reg->fields) {
        if (!field.writable) continue;
        const std::uint32_t to = names::content(field, word);
        const std::uint32_t from = step.before ? names::content(field, *step.before) : to;
        const bool acts = std::string(field.access) != "rw" && to != 0;  // write-one-to-clear and the like
        if (step.before && from == to && !acts) continue;
        const std::string arrow = step.before && from != to ? show(field, from) + " -> " : "";
        text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", field.name, arrow, show(field, to));
    }
    return text.empty() ? "unchanged" : text;
}

std::vector<std::string> row(const names::ChipNames& names, const Step& step) {
    const Planned& item = *step.item;
    const std::string name = step.place ? names.name(*step.place) : hex(item.address);
    if (item.op == HAL_CONSUME) return {name, "", "read for its side effect"};
    if (item.words.size() != 1 || !step.place) return {name, "", fmt::format("{} words", item.words.size())};
    return {name, fmt::format("{} -> {}", step.before ? hex(*step.before) : "?", hex(item.words[0])), changes(step)};
}

Json to_json(const names::ChipNames& names, const Step& step) {
    const Planned& item = *step.item;
    Json words = Json::array();
    for (const std::uint32_t word : item.words) words.push_back(hex(word));
    Json json = {{"instance", names.name(item.instance)},
                 {"op", item.op == HAL_CONSUME       ? "consume"
                        : item.op == HAL_WRITE_FIXED ? "write_fixed"
                                                     : "write"},
                 {"register", step.place ? names.name(*step.place) : ""},
                 {"address", hex(item.address)},
                 {"words", words},
                 {"why", item.why}};
    if (step.before) json["before"] = hex(*step.before);
    return json;
}

void print(const names::ChipNames& names, const intent::Document& document, const Outcome& outcome,
           const std::vector<Step>& steps) {
    Rows rows = {{"register", "value", "fields"}};
    std::string last;
    const auto flush = [&rows, &last] {
        if (rows.size() > 1) {
            fmt::print("{}\n", last);
            print_table(rows);
            fmt::print("\n");
        }
        rows.resize(1);
    };
    for (const Step& step : steps) {
        const std::string heading = bold(names.name(step.item->instance)) + ": " + step.item->why;
        if (heading != last) flush();
        last = heading;
        rows.push_back(row(names, step));
    }
    flush();
    std::uint32_t waiting = 0;
    for (std::uint32_t i = 0; i < names.size(); ++i) waiting += outcome.states[i].state == HAL_PENDING ? 1u : 0u;
    for (const Planned& item : outcome.items) {
        if (outcome.states[item.instance].state != HAL_PENDING) continue;
        // Counted once per block: items of one block stand together.
        if (&item == outcome.items.data() || (&item)[-1].instance != item.instance) --waiting;
    }
    fmt::print("{} {} now", steps.size(), steps.size() == 1 ? "write" : "writes");
    if (waiting != 0) fmt::print("; {} blocks can't be looked at before those above them are up", waiting);
    fmt::print("; nothing was written\n{} of {} blocks as '{}' says ({})\n",
               outcome.report.converged + outcome.report.off, names.size(), document.name, counts(outcome.report));
    if (outcome.report.deferred != 0) fmt::print("deferred: would disturb running traffic; see `converge --drain`\n");
}

}  // namespace

Exit plan(const Options& o) {
    const names::ChipNames names(names::parse_scale(o.scale));
    const intent::Document document = intent::load(o.intent, names.chip());
    Session session(o.link, names, Session::Role::observer);
    const Outcome outcome = session.converge(document.intended, plan_only());
    const std::vector<Step> steps = steps_of(session, outcome);
    if (o.json) {
        Json items = Json::array();
        for (const Step& step : steps) items.push_back(to_json(names, step));
        fmt::print("{}\n", Json{{"intent", document.name},
                                {"as_intended", outcome.as_intended()},
                                {"items", items},
                                {"report", report_json(outcome.report)},
                                {"states", states_json(names, outcome)}}
                               .dump(1));
    } else {
        print(names, document, outcome, steps);
    }
    return outcome.as_intended() ? kDone : kFinding;
}

}  // namespace transports::halctl
