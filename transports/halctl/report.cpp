#include "transports/halctl/report.hpp"

#include <fmt/format.h>

#include <map>

#include "transports/halctl/commands.hpp"

namespace transports::halctl {

using Json = nlohmann::ordered_json;

const char* name_of(std::uint32_t state) {
    switch (state) {
        case HAL_CONVERGED: return "converged";
        case HAL_OFF: return "off";
        case HAL_DEFERRED: return "deferred";
        case HAL_NEEDS_RESET: return "needs_reset";
        case HAL_BROKEN: return "broken";
        case HAL_BLOCKED: return "blocked";
        case HAL_PENDING: return "pending";
        default: return "?";
    }
}

namespace {

bool good(std::uint32_t state) { return state == HAL_CONVERGED || state == HAL_OFF; }

std::string paint_state(const std::string& padded, const std::vector<std::string>& row, std::size_t column) {
    if (column != 1 || row.size() < 2) return padded;
    if (row[1] == "converged" || row[1] == "off") return green(padded);
    return row[1] == "broken" || row[1] == "needs_reset" ? red(padded) : yellow(padded);
}

std::string paint_counts(const std::string& padded, const std::vector<std::string>& row, std::size_t column) {
    if (column != 2) return padded;
    return row[2].find_first_of("0123456789") == std::string::npos ? green(padded) : yellow(padded);
}

}  // namespace

void print_states(const names::ChipNames& names, const Outcome& outcome) {
    Rows types = {{"block", "instances", "state"}}, others = {{"instance", "state", "why"}};
    for (std::uint32_t i = 0; i < names.size();) {
        const hal_instance& first = names.instance(i);
        std::map<std::uint32_t, std::uint32_t> states;
        std::uint32_t run = i;  // where the last line of `others` begins
        for (std::uint32_t k = 0; k < first.count; ++k, ++i) {
            const hal_instance_state& state = outcome.states[i];
            ++states[state.state];
            if (good(state.state)) continue;
            // Neighbours that share their fate share a line.
            const hal_instance_state* const before = k == 0 ? nullptr : &outcome.states[i - 1];
            if (before != nullptr && before->state == state.state && std::string(before->why) == state.why) {
                others.back()[0] = fmt::format("{}[{}..{}]", first.type, names.instance(run).index, k);
                continue;
            }
            run = i;
            others.push_back({names.name(i), name_of(state.state), state.why});
        }
        std::string text;
        for (const auto& [state, count] : states) {
            const std::string number = states.size() == 1 ? "" : std::to_string(count) + " ";
            text += (text.empty() ? "" : ", ") + number + name_of(state);
        }
        types.push_back({first.type, std::to_string(first.count), text});
    }
    print_table(types, paint_counts);
    if (others.size() == 1) return;
    fmt::print("\n");
    print_table(others, paint_state);
}

Json states_json(const names::ChipNames& names, const Outcome& outcome) {
    Json states = Json::array();
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        Json row = {{"instance", names.name(i)}, {"state", name_of(outcome.states[i].state)}};
        if (outcome.states[i].why[0] != '\0') row["why"] = outcome.states[i].why;
        states.push_back(std::move(row));
    }
    return states;
}

Json report_json(const hal_report& r) {
    return {{"converged", r.converged},     {"off", r.off},       {"deferred", r.deferred},
            {"needs_reset", r.needs_reset}, {"broken", r.broken}, {"blocked", r.blocked},
            {"pending", r.pending},         {"reads", r.reads},   {"writes", r.writes},
            {"batches", r.batches},         {"waits", r.waits},   {"passes", r.passes},
            {"elapsed_ns", r.elapsed_ns}};
}

std::string counts(const hal_report& r) {
    std::string text;
    const auto add = [&text](std::uint32_t count, std::uint32_t state) {
        if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name_of(state));
    };
    add(r.converged, HAL_CONVERGED);
    add(r.off, HAL_OFF);
    add(r.deferred, HAL_DEFERRED);
    add(r.needs_reset, HAL_NEEDS_RESET);
    add(r.broken, HAL_BROKEN);
    add(r.blocked, HAL_BLOCKED);
    add(r.pending, HAL_PENDING);
    return text;
}

std::string show(const hal::registers::FieldName& field, std::uint32_t value) {
    const std::string name = names::value_name(field, value);
    const std::string number = value > 0xFFFF ? fmt::format("{:#x}", value) : std::to_string(value);
    return name.empty() ? number : number + " (" + name + ")";
}

Json fields_json(const hal::registers::RegisterName& reg, std::uint32_t word) {
    Json fields = Json::object();
    for (const auto& field : reg.fields) {
        if (field.readable) fields[field.name] = names::content(field, word);
    }
    return fields;
}

}  // namespace transports::halctl
