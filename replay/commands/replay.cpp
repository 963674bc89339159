// reconverge replay: a fresh HAL against what was recorded.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "replay/commands/commands.hpp"
#include "replay/commands/show.hpp"
#include "replay/transport/replaying.hpp"
#include "replay/transport/replaying_wire.hpp"
#include "replay/transport/run.hpp"
#include "replay/transport/seeded.hpp"
#include "transports/console/console.hpp"
#include "transports/spi/link.hpp"

namespace replay::commands {
namespace {

using transport::After;
using transport::Divergence;
using Json = nlohmann::ordered_json;
using transports::console::green;
using transports::console::grouped;
using transports::console::red;

struct Arguments {
    std::string file, after = "stop", intent;
    std::vector<std::string> rules;
    bool json = false;
};

struct Result {
    std::uint64_t accesses = 0, elsewhere = 0, skipped = 0;
    unsigned runs = 0;
    const char* what = "accesses";
    std::vector<Divergence> divergences;
    std::vector<transport::Rule> rules;
    std::vector<std::string> unused;
    double seconds = 0;
};

// The record where a fresh HAL's first accesses stand: 0, unless the front is missing.
std::size_t consistent_start(const trace::Sequence& all, const trace::Schema& schema,
                             const transport::Subject& subject) {
    if (all.empty() || all.head(0).index == 0) return 0;
    constexpr std::uint64_t kEnough = 64;
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (!all.head(at).is_access()) continue;
        transport::Replaying replaying(all, schema, After::stop, at);
        subject.run(replaying);
        if (replaying.replayed() >= kEnough || replaying.divergences().empty()) return at;
    }
    throw std::invalid_argument(
        "the front is missing and no HAL starts in what is left; "
        "`reconverge resume-at` starts one there");
}

// The same for frames: a HAL begins with its claim.
std::size_t first_frame(const trace::Sequence& all) {
    if (all.head(0).index == 0) return 0;
    const auto claim = transport::first_claim(all);
    if (claim) return claim->position;
    throw std::invalid_argument("the front is missing and no HAL claims the chip in what is left");
}

// What one HAL did is over; more than one may have been recorded: the next one starts where this one ended. False:
// nothing was left for this one.
template <typename Player>
bool take(Player& player, bool ended, std::size_t& at, Result& result) {
    if (!ended || player.position() == at) player.finish();
    if (player.divergences().empty() && player.position() == at) return false;
    at = player.position();
    ++result.runs;
    result.accesses += player.replayed();
    result.elsewhere += player.answered_elsewhere();
    result.rules = player.rules();
    result.divergences = player.divergences();
    return true;
}

void run_accesses(const trace::Sequence& all, const trace::Schema& schema, const transport::Subject& subject,
                  After after, Result& result) {
    for (std::size_t at = result.skipped; at < all.size() && result.divergences.empty();) {
        transport::Replaying replaying(all, schema, after, at);
        for (const transport::Rule& rule : result.rules) replaying.add(rule);
        std::unique_ptr<transport::Seeded> model;
        replaying.set_fallback([&](std::size_t from) -> hal::bus::Transport& {
            model = std::make_unique<transport::Seeded>(subject.chip(), all, from);
            return model->transport();
        });
        const bool ended = subject.run(replaying).ended;
        if (!take(replaying, ended, at, result)) return;
    }
}

// Frames: the link runs above the trace, too.
void run_frames(const trace::Sequence& all, const trace::Schema& schema, const transport::Subject& subject, After after,
                Result& result) {
    for (std::size_t at = result.skipped; at < all.size() && result.divergences.empty();) {
        transport::ReplayingWire wire(all, schema, after, at);
        for (const transport::Rule& rule : result.rules) wire.add(rule);
        transports::spi::Link link(wire, transports::spi::Link::Mode::managed);
        const auto claim = transport::first_claim(all, at);
        const bool ended = link.claim(claim ? claim->nonce : 1) && subject.run(link).ended;
        if (!take(wire, ended, at, result)) return;
    }
}

Result run(const Arguments& a, trace::Reader& reader) {
    Result result;
    transport::Subject subject(reader.description());
    if (!a.intent.empty()) subject.set_intent(a.intent);
    const trace::Sequence all = trace::load(reader);
    for (const std::string& text : a.rules) result.rules.push_back(transport::parse_rule(text));
    const After after = a.after == "stop" ? After::stop : a.after == "continue" ? After::go_on : After::fall_back;
    const bool frames = all.has_frames();
    if (frames && after == After::fall_back) {
        throw std::invalid_argument(
            "--after model: a trace of frames has no way back to the model; use stop or continue");
    }
    result.skipped = frames ? first_frame(all) : consistent_start(all, reader.schema(), subject);
    result.what = frames ? "frames" : "accesses";
    const auto start = std::chrono::steady_clock::now();
    if (frames) {
        run_frames(all, reader.schema(), subject, after, result);
    } else {
        run_accesses(all, reader.schema(), subject, after, result);
    }
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (const transport::Rule& rule : result.rules) {
        if (rule.used == 0) result.unused.push_back(transport::text_of(rule));
    }
    return result;
}

Json to_json(const Divergence& d) {
    return {{"index", d.index}, {"what", transport::name(d.what)}, {"block", d.block},  {"register", d.reg},
            {"field", d.field}, {"expected", d.expected},          {"actual", d.actual}};
}

void print(const Divergence& d, const Arguments& a) {
    fmt::print("{} at index {}: {}: {}{}{}\n  expected {}\n  actual   {}\n", red("diverged"), d.index,
               transport::name(d.what), d.reg, d.field.empty() ? "" : "  field ", d.field, d.expected, d.actual);
    if (d.last.empty()) return;
    fmt::print("  the last accesses of the trace before it:\n");
    trace::Reader reader(a.file);
    reader.seek_index(d.last.front());
    Teller teller(reader.schema());
    trace::Record record;
    while (reader.next(record) && record.index <= d.last.back()) {
        if (record.kind == trace::Kind::clock) continue;
        const std::string text = teller.text(record);
        // Of a frame the size is enough here.
        fmt::print("  {}\n", record.kind == trace::Kind::frame ? text.substr(0, text.find('\n')) : text);
    }
}

int replay(const Arguments& a) {
    trace::Reader reader(a.file);
    const Result r = run(a, reader);
    const bool damaged = report_findings(reader);
    const bool same = r.divergences.empty() && r.unused.empty();
    const char* const verdict = !same ? "diverged" : r.accesses == 0 ? "nothing replayed" : "equal";
    if (a.json) {
        Json divergences = Json::array(), rules = Json::array();
        for (const Divergence& d : r.divergences) divergences.push_back(to_json(d));
        for (const auto& rule : r.rules) rules.push_back({{"rule", transport::text_of(rule)}, {"used", rule.used}});
        fmt::print("{}\n", Json{{"verdict", verdict},
                                {r.what, r.accesses},
                                {"answered_elsewhere", r.elsewhere},
                                {"hals", r.runs},
                                {"skipped", r.skipped},
                                {"damaged", damaged},
                                {"divergences", divergences},
                                {"rules", rules},
                                {"seconds", r.seconds}}
                               .dump(1));
    } else {
        constexpr std::size_t kShown = 10;
        for (std::size_t i = 0; i < r.divergences.size() && i < kShown; ++i) print(r.divergences[i], a);
        if (r.divergences.size() > kShown) fmt::print("... and {} more\n", r.divergences.size() - kShown);
        if (r.skipped != 0)
            fmt::print("the first {} records were not compared: no HAL starts before\n", grouped(r.skipped));
        for (const auto& rule : r.rules) {
            fmt::print("  rule {:<40} used {}\n", transport::text_of(rule), grouped(rule.used));
        }
        for (const std::string& rule : r.unused)
            fmt::print("{}: rule {} was never used; drop it\n", red("diverged"), rule);
        fmt::print("{}: {} {} of {} fresh HAL{} answered from the trace{}, {:.1f} M {}/s\n",
                   same ? green(verdict) : red(verdict), grouped(r.accesses), r.what, r.runs, r.runs == 1 ? "" : "s",
                   r.elsewhere != 0 ? fmt::format(", {} from elsewhere", grouped(r.elsewhere)) : "",
                   static_cast<double>(r.accesses) / r.seconds / 1e6, r.what);
    }
    return !same ? kFinding : r.accesses == 0 ? kNotMeasured : damaged ? kFinding : kDone;
}

}  // namespace

void add_replay(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command =
        app.add_subcommand("replay", "A fresh HAL against a recording: does it still do the same?");
    command->footer(
        "Strict: every access, in order, with its value. Looser rules are named, counted, and an unused one fails:\n"
        "  value:BLOCK.REGISTER[.FIELD]  another value may be written\n"
        "  extra:BLOCK.REGISTER          accesses that the recording doesn't have\n"
        "  missing:BLOCK.REGISTER        accesses of the recording that are left out\n"
        "Examples:\n  reconverge replay boot.pcapng\n"
        "  reconverge replay boot.pcapng --intent inference --after continue\n"
        "  reconverge replay boot.pcapng --rule 'value:pll*.ctrl.spread'");
    command->add_option("file", a.file, "The trace")->required();
    command->add_option("--rule", a.rules, "What may differ; may be repeated");
    command->add_option("--after", a.after, "After a divergence: stop, continue, or go on with the model")
        ->capture_default_str()
        ->check(CLI::IsMember({"stop", "continue", "model"}));
    command->add_option("--intent", a.intent, "Another intent than the recorded one");
    command->add_flag("--json", a.json, "For machines");
    command->callback([&status] { status = replay(a); });
}

}  // namespace replay::commands
