// reconverge diff: two traces side by side.
#include "replay/compare/diff.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "replay/commands/commands.hpp"
#include "replay/compare/html.hpp"
#include "replay/imports/open.hpp"
#include "transports/console/console.hpp"
#include "transports/names/text.hpp"

namespace replay::commands {
namespace {

using compare::Class;
using compare::FieldRow;
using compare::Hunk;
using compare::Side;
using Json = nlohmann::ordered_json;
using transports::console::green;
using transports::console::grouped;
using transports::console::red;

struct Arguments {
    std::string a, b, html;
    std::vector<std::string> sentinels = {"0xbad*", "0xdead*"}, ignored;
    std::uint64_t limit = 20;
    bool json = false;
};

std::string range(const Side& side, std::size_t from, std::size_t items) {
    if (items == 0) return "nothing";
    return fmt::format("{} from index {} ({})", items, side.items()[from].index, side.name(side.items()[from].name));
}

bool ignored(const Arguments& a, const std::string& name) {
    for (const std::string& pattern : a.ignored) {
        if (trace::matches(pattern, name) || trace::matches(pattern + ".*", name)) return true;
    }
    return false;
}

void load(imports::Source& source, Side& side, const std::string& file) {
    trace::Record record;
    while (source.next(record)) side.add(record);
    if (source.reader() != nullptr) {
        source.reader()->finish();
        report_findings(*source.reader());
    }
    for (const std::string& note : source.notes()) {
        std::fprintf(stderr, "%s: %s\n", transports::names::printable(file).c_str(), note.c_str());
    }
}

Json to_json(const Arguments& arguments, const compare::Result& r, const Side& a, const Side& b, std::uint64_t left) {
    Json hunks = Json::array(), fields = Json::array();
    for (const Hunk& h : r.hunks) {
        hunks.push_back({{"a_index", h.a < a.items().size() ? a.items()[h.a].index : a.records()},
                         {"a", h.a_items},
                         {"b_index", h.b < b.items().size() ? b.items()[h.b].index : b.records()},
                         {"b", h.b_items}});
    }
    for (const FieldRow& f : r.fields) {
        if (f.different == 0) continue;
        fields.push_back({{"field", f.name},
                          {"class", compare::name(f.verdict)},
                          {"compared", f.compared},
                          {"different", f.different},
                          {"first_index", f.first_index},
                          {"a", f.a},
                          {"b", f.b},
                          {"ignored", ignored(arguments, f.name)}});
    }
    return {{"records", {a.records(), b.records()}},
            {"matched", r.matched},
            {"hunks", hunks},
            {"values", r.values},
            {"different", r.different},
            {"excused", r.excused},
            {"unexcused_fields", left},
            {"fields", fields},
            {"proposed_volatile", r.proposed}};
}

void print(const Arguments& arguments, const compare::Result& r, const Side& a, const Side& b) {
    fmt::print("{} and {} records; {} matched after folding polls, {} hunk{} of difference\n", grouped(a.records()),
               grouped(b.records()), grouped(r.matched), r.hunks.size(), r.hunks.size() == 1 ? "" : "s");
    for (std::size_t i = 0; i < r.hunks.size() && i < arguments.limit; ++i) {
        const Hunk& h = r.hunks[i];
        fmt::print("  hunk {:<3} {} | {}\n", i + 1, range(a, h.a, h.a_items), range(b, h.b, h.b_items));
    }
    std::map<Class, std::uint64_t> classes;
    for (const FieldRow& f : r.fields) ++classes[f.verdict];
    fmt::print("{} values compared, {} differ; fields:", grouped(r.values), grouped(r.different));
    for (const auto& [c, count] : classes) fmt::print(" {} {}", grouped(count), compare::name(c));
    fmt::print("\n");
    transports::console::Rows rows = {{"field", "class", "differs", "of", "first at", "a", "b"}};
    for (const FieldRow& f : r.fields) {
        if (f.different == 0 || rows.size() > arguments.limit || ignored(arguments, f.name)) continue;
        rows.push_back({f.name, compare::name(f.verdict), grouped(f.different), grouped(f.compared),
                        std::to_string(f.first_index), fmt::format("{:#x}", f.a), fmt::format("{:#x}", f.b)});
    }
    if (rows.size() > 1) transports::console::print_table(rows);
    if (r.different != 0) {
        fmt::print("{} register{} change by themselves: {:.1f} % of the differing values; propose as volatile:\n",
                   r.proposed.size(), r.proposed.size() == 1 ? "" : "s",
                   100.0 * static_cast<double>(r.excused) / static_cast<double>(r.different));
        for (std::size_t i = 0; i < r.proposed.size() && i < arguments.limit; ++i) {
            fmt::print("  --ignore '{}'\n", r.proposed[i]);
        }
        if (r.proposed.size() > arguments.limit) {
            fmt::print("  ... and {} more; --limit or --json shows all\n", r.proposed.size() - arguments.limit);
        }
    }
}

int diff(const Arguments& arguments) {
    const auto start = std::chrono::steady_clock::now();
    imports::Source first(arguments.a), second(arguments.b);
    Side a(first.schema()), b(second.schema());
    load(first, a, arguments.a);
    load(second, b, arguments.b);
    const compare::Result r = compare::diff(a, b, arguments.sentinels);
    std::uint64_t left = 0;
    for (const FieldRow& f : r.fields) left += f.different != 0 && !ignored(arguments, f.name) ? 1 : 0;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const bool equal = r.hunks.empty() && left == 0, nothing = equal && r.matched == 0;
    if (!arguments.html.empty()) {
        std::ofstream out(arguments.html);
        out << compare::html(r, a, b, arguments.a, arguments.b);
        if (!out.flush()) throw std::invalid_argument(arguments.html + ": can't be written; choose another file");
    }
    if (arguments.json) {
        fmt::print("{}\n", to_json(arguments, r, a, b, left).dump(1));
    } else {
        print(arguments, r, a, b);
        fmt::print("{} in {:.2f} s\n",
                   nothing ? red("nothing compared: no accesses (frames have some with `convert --device`)")
                   : equal ? green("equal")
                           : red("different"),
                   seconds);
    }
    return nothing ? kNotMeasured : equal ? kDone : kFinding;
}

}  // namespace

void add_diff(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command = app.add_subcommand("diff", "What two traces did differently, judged field by field");
    command->footer(
        "Accesses are aligned; repeated reads of a register count once. Classes of a field: stable, counter,\n"
        "poll-dependent, moving (they change by themselves, and are proposed as volatile), sentinel, mismatch.\n"
        "Examples:\n  reconverge diff model.pcapng silicon.pcapng --html diff.html\n"
        "  reconverge diff good.mmiotrace bad.mmiotrace --ignore 'io0+0x9*'");
    command->add_option("a", a.a, "A trace, or a file that can be imported")->required();
    command->add_option("b", a.b, "Another")->required();
    command->add_option("--limit", a.limit, "Rows to print of each kind")->capture_default_str();
    command->add_flag("--json", a.json, "For machines");
    command->add_option("--ignore", a.ignored, "Registers or fields whose values may differ; * and ?");
    command->add_option("--sentinel", a.sentinels, "Values that mean: nobody there")->capture_default_str();
    command->add_option("--html", a.html, "A page with the timeline of differences");
    command->callback([&status] { status = diff(a); });
}

}  // namespace replay::commands
