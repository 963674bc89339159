// halctl converge and status.
#include <fmt/format.h>

#include <cstdio>

#include "transports/halctl/commands.hpp"
#include "transports/halctl/report.hpp"

namespace transports::halctl {
namespace {

using Json = nlohmann::ordered_json;

void print_advice(const Outcome& outcome) {
    const hal_report& r = outcome.report;
    if (r.deferred != 0) fmt::print("deferred: would disturb running traffic; `converge --drain` applies it\n");
    if (r.needs_reset != 0) fmt::print("needs_reset: a write-once value differs; only a reset of the chip helps\n");
    if (r.broken != 0) fmt::print("broken: isolated; `converge --retry` tries again, `doctor` tells more\n");
    if (r.blocked != 0) fmt::print("blocked: waits for a block above it that doesn't work\n");
    if (r.pending != 0) fmt::print("pending: `converge` would change it, `plan` shows what\n");
}

}  // namespace

Exit converge(const Options& o) {
    if (hal_abi_version() < HAL_ABI_VERSION) {
        throw Usage(
            fmt::format("libhal.so has interface version {}, halctl needs {}; install the libhal.so of its release",
                        hal_abi_version(), HAL_ABI_VERSION));
    }
    if (o.watch) return converge_and_watch(o);
    const names::ChipNames names(names::parse_scale(o.scale));
    const intent::Document document = intent::load(o.intent, names.chip());
    hal_policy rules = policy();
    rules.drain = o.drain ? 1 : 0;
    rules.retry = o.retry ? 1 : 0;
    rules.deadline_ns = o.deadline_s * std::uint64_t{1'000'000'000};
    Recording recording;
    if (!o.record.empty()) {
        const links::Target target = target_of(o.link);
        rules.no_guards = target.guards() ? 0 : 1;
        recording = {o.record,
                     recorder::describe(names, target.bus(), "halctl", "", document.name, document.intended, rules)};
    }
    Session session(o.link, names, Session::Role::owner, recording);
    const Outcome outcome = session.converge(document.intended, rules);
    const hal_report& r = outcome.report;
    if (o.json) {
        fmt::print("{}\n", Json{{"intent", document.name},
                                {"as_intended", outcome.as_intended()},
                                {"epoch", session.epoch()},
                                {"report", report_json(r)},
                                {"states", states_json(names, outcome)}}
                               .dump(1));
    } else {
        fmt::print("{}: {} of {} blocks as '{}' says ({})\n", outcome.as_intended() ? green("done") : red("incomplete"),
                   r.converged + r.off, names.size(), document.name, counts(r));
        fmt::print("  {} reads, {} writes, {} waits, {} passes, {} us of the chip's time; owner epoch {}\n",
                   grouped(r.reads), grouped(r.writes), grouped(r.waits), r.passes, grouped(r.elapsed_ns / 1000),
                   session.epoch());
        if (!outcome.as_intended()) {
            fmt::print("\n");
            print_states(names, outcome);
            print_advice(outcome);
        }
    }
    std::fflush(stdout);
    session.finish();
    return outcome.as_intended() ? kDone : kFinding;
}

Exit status(const Options& o) {
    const names::ChipNames names(names::parse_scale(o.scale));
    const intent::Document document = intent::load(o.intent, names.chip());
    Session session(o.link, names, Session::Role::observer);
    const Outcome outcome = session.converge(document.intended, plan_only());
    if (o.json) {
        fmt::print("{}\n", Json{{"intent", document.name},
                                {"as_intended", outcome.as_intended()},
                                {"report", report_json(outcome.report)},
                                {"states", states_json(names, outcome)}}
                               .dump(1));
    } else {
        print_states(names, outcome);
        fmt::print("\n{} of {} blocks as '{}' says ({})\n", outcome.report.converged + outcome.report.off, names.size(),
                   document.name, counts(outcome.report));
        print_advice(outcome);
    }
    return outcome.as_intended() ? kDone : kFinding;
}

}  // namespace transports::halctl
