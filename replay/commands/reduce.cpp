// reconverge minimise and redact: smaller traces, and traces that tell less.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <numeric>

#include "replay/commands/commands.hpp"
#include "replay/compare/minimise.hpp"
#include "replay/imports/open.hpp"
#include "replay/transport/replaying.hpp"
#include "replay/transport/run.hpp"
#include "transports/console/console.hpp"
#include "transports/names/text.hpp"

namespace replay::commands {
namespace {

using transports::console::green;
using transports::console::grouped;
using transports::console::red;

struct Arguments {
    std::string file, output, run;
    std::vector<std::string> patterns;
    bool json = false, keep_times = false;
};

imports::Imported load(imports::Source& source) {
    imports::Imported all;
    all.description = nlohmann::ordered_json::parse(source.description());
    trace::Record record;
    while (source.next(record)) all.records.add(record);
    return all;
}

imports::Imported part_of(const imports::Imported& all, const std::vector<std::size_t>& rows) {
    imports::Imported part;
    part.description = all.description;
    for (const std::size_t row : rows) part.records.add(all.records.at(row));
    return part;
}

// The user's program says it: exit code 1 means still there.
compare::StillThere by_command(const imports::Imported& all, const std::string& command, const std::string& scratch) {
    return [&all, command, scratch](const std::vector<std::size_t>& kept) {
        imports::save(part_of(all, kept), scratch);
        std::string line = command;
        const std::size_t at = line.find("{}");
        line = at == std::string::npos ? line + " '" + scratch + "'" : line.replace(at, 2, "'" + scratch + "'");
        const int status = std::system(line.c_str());
        if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
            throw std::invalid_argument("--run: exit codes are 1 (still there) and 0 (gone), and nothing else");
        }
        return WEXITSTATUS(status) == 1;
    };
}

int minimise(const Arguments& a) {
    const auto start = std::chrono::steady_clock::now();
    imports::Source source(a.file);
    const imports::Imported all = load(source);
    std::vector<std::size_t> rows(all.records.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    std::unique_ptr<compare::Offence> offence;
    compare::StillThere still_there;
    std::string what = a.run;
    const std::string scratch = a.output + ".try";
    if (a.run.empty()) {
        offence = std::make_unique<compare::Offence>(transport::Subject(source.description()).chip());
        what = offence->find(all.records, rows);
        still_there = [&](const std::vector<std::size_t>& kept) { return offence->find(all.records, kept) == what; };
        if (what.empty())
            throw std::invalid_argument(
                "the model sees nothing forbidden in this trace; say what to look for with --run");
    } else {
        still_there = by_command(all, a.run, scratch);
        if (!still_there(rows)) throw std::invalid_argument("--run: it is not there in the whole trace (exit code 0)");
    }
    std::uint64_t tries = 0;
    const std::vector<std::size_t> kept = compare::minimise(rows, still_there, tries);
    ::unlink(scratch.c_str());
    imports::save(part_of(all, kept), a.output);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (a.json) {
        fmt::print(
            "{}\n",
            nlohmann::ordered_json{
                {"what", what}, {"before", rows.size()}, {"after", kept.size()}, {"tries", tries}, {"seconds", seconds}}
                .dump());
    } else {
        fmt::print("{}: {} of {} records still show: {}; {} tries, {:.1f} s\n", a.output, grouped(kept.size()),
                   grouped(rows.size()), what, grouped(tries), seconds);
    }
    return kDone;
}

// Zeros in what matches a pattern, for registers or single fields. Counts the words that lost something.
std::uint64_t hide(const Arguments& a, const trace::Schema& schema, const trace::Record& r,
                   std::vector<std::uint64_t>& words) {
    std::uint64_t hidden = 0;
    for (std::uint32_t i = 0; i < words.size(); ++i) {
        const std::uint64_t address = r.kind == trace::Kind::guard ? r.address : r.address_of(i), before = words[i];
        const std::string& name = schema.name(address);
        const auto place = schema.at(address);
        for (const std::string& pattern : a.patterns) {
            if (trace::matches(pattern, name)) words[i] = 0;
            if (!place || place->reg == nullptr) continue;
            for (const trace::Field& f : place->reg->fields) {
                if (trace::matches(pattern, name + "." + f.name)) words[i] &= ~(f.mask() << f.lsb);
            }
        }
        hidden += words[i] != before ? 1 : 0;
    }
    return hidden;
}

int redact(const Arguments& a) {
    imports::Source source(a.file);
    imports::Imported out;
    out.description = nlohmann::ordered_json::parse(source.description());
    std::uint64_t hidden = 0, first = 0;
    trace::Record r;
    std::vector<std::uint64_t> words;
    while (source.next(r)) {
        if (out.records.empty() && !a.keep_times) first = r.kind == trace::Kind::wait ? r.before_ns : r.time_ns;
        words.assign(r.words.begin(), r.words.end());
        hidden += r.is_access() ? hide(a, source.schema(), r, words) : 0;
        r.words = {words.data(), words.size()};
        r.lane = 0;  // process numbers are nobody's business
        r.time_ns -= first;
        r.before_ns -= first;
        r.deadline_ns -= first;
        out.records.add(r);
    }
    imports::save(out, a.output);
    // Whoever gets the redacted trace wants to replay it: does it still?
    std::string verdict = "not run: the trace doesn't say which HAL";
    bool fine = true;
    if (out.description.contains("intent")) {
        const transport::Subject subject(source.description());
        transport::Replaying replaying(out.records, source.schema());
        subject.run(replaying);
        replaying.finish();
        fine = replaying.divergences().empty();
        verdict = fine ? "still replays"
                       : fmt::format("no longer replays: at index {}, {} {}", replaying.divergences()[0].index,
                                     replaying.divergences()[0].reg, transport::name(replaying.divergences()[0].what));
    }
    if (a.json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"hidden", hidden}, {"replays", fine}, {"verdict", verdict}}.dump());
    } else {
        fmt::print("{}: {} words hidden, markers and process numbers left out{}; {}\n", a.output, grouped(hidden),
                   a.keep_times ? "" : ", times from zero", fine ? green(verdict) : red(verdict));
    }
    return !fine ? kFinding : hidden == 0 ? kNotMeasured : kDone;
}

void add_files(CLI::App* command, Arguments& a) {
    command->add_option("file", a.file, "The trace")->required();
    command->add_option("-o,--output", a.output, "The new trace")->required();
    command->add_flag("--json", a.json, "For machines");
}

}  // namespace

void add_minimise(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command = app.add_subcommand("minimise", "The fewest accesses of a trace that still show the same");
    command->footer(
        "Without --run: the first access that the model chip's manual forbids, after a cold reset.\n"
        "Examples:\n  reconverge minimise fleet.pcapng -o small.pcapng\n"
        "  reconverge minimise fleet.pcapng -o small.pcapng --run './still-fails {}'");
    add_files(command, a);
    command->add_option("--run", a.run, "Command that exits 1 while it is still there, 0 when gone; {} is the trace");
    command->callback([&status] { status = minimise(a); });
}

void add_redact(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command =
        app.add_subcommand("redact", "Takes values out of a trace, and checks that it still replays");
    command->footer(
        "Exit code 3: nothing matched. Markers, process numbers and absolute times are always left out.\n"
        "Examples:\n  reconverge redact fleet.pcapng -o out.pcapng --hide 'fuse.serial*'");
    add_files(command, a);
    command->add_option("--hide", a.patterns, "Registers or fields, with * and ?; may be repeated")->required();
    command->add_flag("--keep-times", a.keep_times, "Keep absolute times");
    command->callback([&status] { status = redact(a); });
}

}  // namespace replay::commands
