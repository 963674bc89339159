// Traces: what was recorded is what comes back, and a HAL can't tell it from the chip.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>

#include <fmt/format.h>

#include "properties/holds.hpp"
#include "properties/recovery/cases.hpp"
#include "replay/compare/minimise.hpp"
#include "replay/imports/imported.hpp"
#include "replay/transport/replaying.hpp"
#include "replay/transport/run.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/recorder/recorder.hpp"

namespace properties::replay {

namespace {

namespace recorder = transports::recorder;
namespace trace = ::replay::trace;
using recorder::Kind;

/// A file of this process's own, gone with the object.
struct Scratch {
    const std::string path = testing::TempDir() + "properties-" + std::to_string(::getpid()) + ".pcapng";
    Scratch() = default;
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { ::unlink(path.c_str()); }
};

recorder::WriterOptions at_once(int compression) {
    recorder::WriterOptions options;
    options.when = recorder::WriterOptions::When::at_once;
    options.compression = compression;
    return options;
}

bool same_items(const ::replay::transport::Outcome& a, const ::replay::transport::Outcome& b) {
    return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), [](const auto& x, const auto& y) {
        return x.instance == y.instance && x.address == y.address && x.count == y.count && x.value == y.value &&
               x.why == y.why && x.op == y.op;
    });
}

TEST(Replay, OfARecordingIsTheRecording) {
    const hal_chip chip{sizeof(hal_chip), 1, 8};
    const transports::names::ChipNames names(chip);
    const Scratch file;
    Tally tally{"records replayed", "items planned", "calls that ended"};
    hold("replay-identity", 60, tally, [&] {
        const recovery::Case c = *recovery::any_state({"boot", "update", "degraded"}, 12);
        RC_PRE(c.stage->scenario.path == chaos::Path::spi);
        c.stage->enter(c.plan);
        hal_policy policy{};
        policy.size = sizeof policy;
        policy.drain = *rc::gen::arbitrary<bool>() ? 1 : 0;
        const auto description =
            recorder::describe(names, "spi", "property", "", "some", c.stage->scenario.intended, policy);
        const ::replay::transport::Subject subject(description.json);
        ::replay::transport::Outcome recorded;
        {
            transports::model::BridgeSession session;
            transports::model::Bridge bridge(c.stage->rig().chip, session);
            transports::model::BridgeWire wire(bridge, c.stage->rig().chip);
            transports::spi::Link link(wire, transports::spi::Link::Mode::managed);
            RC_ASSERT(bool(link.claim(1 + c.stage->rig().chip.epoch())));
            recorder::Writer writer(file.path, description, at_once(1));
            recorder::Recorder recording(link, writer);
            recorded = subject.run(recording);
            RC_ASSERT(writer.finish().empty());
        }
        trace::Reader reader(file.path);
        const trace::Sequence all = trace::load(reader);
        reader.finish();
        RC_ASSERT(reader.findings().empty());
        ::replay::transport::Replaying replaying(all, reader.schema());
        const auto replayed = ::replay::transport::Subject(reader.description()).run(replaying);
        replaying.finish();
        if (!replaying.divergences().empty()) {
            const auto& first = replaying.divergences()[0];
            RC_FAIL(recovery::story(c, fmt::format("{}: {}: {} instead of {} at index {}", first.block, first.reg,
                                                   first.actual, first.expected, first.index)));
        }
        RC_ASSERT(recorded.ended == replayed.ended);
        RC_ASSERT(same_items(recorded, replayed));
        RC_ASSERT(recorded.report.elapsed_ns == replayed.report.elapsed_ns);
        tally.add("records replayed", all.size());
        tally.add("items planned", recorded.items.size());
        tally.add("calls that ended", recorded.ended ? 1 : 0);
    });
}

/// Something that may stand in a trace.
struct Entry {
    std::uint8_t kind = 0, width = 4;
    std::uint64_t address = 0;
    std::uint32_t later_ns = 0, lane = 0, fail = 0;
    std::vector<std::uint64_t> words{};
};

void showValue(const std::vector<Entry>& entries, std::ostream& out) {
    for (const Entry& e : entries) {
        out << fmt::format("\n  {} {:#x}, {} words of {} bytes, {} ns later{}",
                           recorder::name(static_cast<Kind>(e.kind)), e.address, e.words.size(), e.width, e.later_ns,
                           e.fail % 8 == 1 ? ", failed" : "");
    }
}

rc::Gen<std::vector<Entry>> any_entries() {
    // Registers are few and their values repeat; but a trace of something else may hold anything.
    const auto address = rc::gen::oneOf(
        rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 64), [](std::uint64_t r) { return 0x20000 + 4 * r; }),
        rc::gen::arbitrary<std::uint64_t>());
    const auto word =
        rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 4), rc::gen::just<std::uint64_t>(0xFFFFFFFF),
                       rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [](auto w) { return std::uint64_t{w}; }));
    return rc::gen::scale(
        3.0,
        rc::gen::container<std::vector<Entry>>(rc::gen::build<Entry>(
            rc::gen::set(&Entry::kind, rc::gen::inRange<std::uint8_t>(0, 7)),
            rc::gen::set(&Entry::width, rc::gen::element<std::uint8_t>(4, 4, 4, 8)),
            rc::gen::set(&Entry::address, address),
            rc::gen::set(&Entry::later_ns, rc::gen::oneOf(rc::gen::just(0u), rc::gen::inRange(0u, 5'000u))),
            rc::gen::set(&Entry::lane, rc::gen::inRange(0u, 3u)), rc::gen::set(&Entry::fail, rc::gen::inRange(0u, 32u)),
            rc::gen::set(&Entry::words, rc::gen::nonEmpty(rc::gen::scale(
                                            0.1, rc::gen::container<std::vector<std::uint64_t>>(word)))))));
}

/// The entries as an importer would have them.
::replay::imports::Imported imported(const std::vector<Entry>& entries) {
    ::replay::imports::Imported all;
    std::uint64_t now = 1'000;
    for (const Entry& e : entries) {
        trace::Record r;
        r.kind = static_cast<Kind>(e.kind);
        r.index = all.records.size();
        now += e.later_ns;
        r.time_ns = now;
        if (r.kind == Kind::wait) {
            r.before_ns = now;
            r.deadline_ns = now + e.words[0];
            r.time_ns = now += e.words[0] / 2;
        } else if (r.is_access()) {
            std::vector<std::uint64_t> words = e.words;
            if (r.kind == Kind::guard) words.resize(2);
            r.width = e.width;
            r.lane = e.lane;
            r.address = e.address;
            r.count = r.kind == Kind::guard ? 1 : static_cast<std::uint32_t>(words.size());
            r.failed = e.fail % 8 == 1;
            if (r.failed) {
                r.error.code = hal::bus::Code::bus_error;
                r.error.effect = hal::bus::Effect::none;
                r.error.address = static_cast<std::uint32_t>(e.address);
            }
            if (!(r.failed && r.is_read())) r.words = {words.data(), words.size()};
            all.records.add(r);
            continue;
        }
        all.records.add(r);
    }
    return all;
}

/// Where two records differ; clocks are told only if time has moved on, so they have no place of their own.
std::string difference(const trace::Record& a, const trace::Record& b) {
    if (a.kind != b.kind) return "kind";
    if (a.time_ns != b.time_ns) return "time";
    if (a.kind == Kind::wait) return a.before_ns == b.before_ns && a.deadline_ns == b.deadline_ns ? "" : "wait";
    if (!a.is_access()) return "";
    if (a.address != b.address || a.width != b.width || a.count != b.count || a.lane != b.lane) return "access";
    if (a.failed != b.failed || (a.failed && a.error.code != b.error.code)) return "error";
    return std::equal(a.words.begin(), a.words.end(), b.words.begin(), b.words.end()) ? "" : "words";
}

std::vector<std::size_t> all_but_clocks(const trace::Sequence& records) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (records.head(i).kind != Kind::clock) rows.push_back(i);
    }
    return rows;
}

void must_equal(const trace::Sequence& written, const trace::Sequence& read) {
    const auto a = all_but_clocks(written), b = all_but_clocks(read);
    RC_ASSERT(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::string what = difference(written.at(a[i]), read.at(b[i]));
        if (!what.empty()) RC_FAIL(fmt::format("record {} has another {}", i, what));
    }
}

/// Every whole record among these bytes must be the one that was written under its index. Counts them.
std::uint64_t compare_with(const trace::Sequence& written, const std::vector<std::uint8_t>& bytes,
                           std::vector<trace::Finding>& findings) {
    trace::Scanner scanner;
    trace::Decoder decoder;
    trace::Block block;
    trace::Record record;
    std::uint64_t read = 0;
    scanner.set(bytes.data(), bytes.size());
    while (scanner.next(block)) {
        if (block.header.kind != recorder::BlockKind::records) continue;
        const std::uint8_t* const payload = scanner.payload(block);
        RC_ASSERT(payload != nullptr);
        decoder.restart(block.header, payload);
        while (decoder.next(record)) {
            RC_ASSERT(record.index < written.size());
            const std::string what = difference(written.at(record.index), record);
            if (!what.empty()) RC_FAIL(fmt::format("record {} was never written so: {}", record.index, what));
            ++read;
        }
        RC_ASSERT(!decoder.failed());
    }
    scanner.finish();
    findings = scanner.findings();
    return read;
}

TEST(Replay, FindsInATraceWhatWasWrittenAndNothingElse) {
    const Scratch file;
    Tally tally{"records", "read from damaged files", "damaged files", "sought records"};
    hold("records-kept", 300, tally, [&] {
        const auto all = imported(*any_entries());
        RC_PRE(!all_but_clocks(all.records).empty());
        ::replay::imports::save(all, file.path, *rc::gen::inRange(0, 4));
        trace::Reader reader(file.path);
        const trace::Sequence once = trace::load(reader);
        reader.finish();
        RC_ASSERT(reader.findings().empty());
        must_equal(all.records, once);
        const std::size_t sought = *rc::gen::inRange<std::size_t>(0, once.size());
        reader.seek_index(sought);
        trace::Record record;
        RC_ASSERT(reader.next(record));
        RC_ASSERT(difference(once.at(sought), record).empty());
        tally.add("records", once.size());
        tally.add("sought records");

        std::vector<std::uint8_t> bytes;
        {
            std::ifstream in(file.path, std::ios::binary);
            bytes.assign(std::istreambuf_iterator<char>(in), {});
        }
        const auto flips = *rc::gen::scale(
            0.1, rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, 1u << 24)));
        for (const std::uint32_t flip : flips) bytes[flip / 8 % bytes.size()] ^= 1u << flip % 8;
        if (*rc::gen::arbitrary<bool>()) bytes.resize(bytes.size() - *rc::gen::inRange<std::size_t>(0, bytes.size()));
        std::vector<trace::Finding> findings;
        const std::uint64_t read = compare_with(once, bytes, findings);
        RC_ASSERT(read == once.size() || !findings.empty());
        tally.add("read from damaged files", findings.empty() ? 0 : read);
        tally.add("damaged files", findings.empty() ? 0 : 1);
    });
}

TEST(Replay, MinimisesToWhatCanNotBeLeftOut) {
    Tally tally{"rows before", "rows kept", "tries"};
    hold("minimal", 500, tally, [&] {
        // It is still there with all of some rows, or with any of them; and where rows lean on the next one, only if
        // those that are kept have it: then one round isn't enough.
        const auto rows = *rc::gen::inRange<std::size_t>(1, 200);
        const auto needed = *rc::gen::nonEmpty(
            rc::gen::scale(0.08, rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, rows))));
        const bool one_is_enough = *rc::gen::arbitrary<bool>(), leaning = *rc::gen::arbitrary<bool>();
        const auto there = [&](const std::vector<std::size_t>& kept) {
            const auto has = [&](std::size_t row) { return std::binary_search(kept.begin(), kept.end(), row); };
            for (const std::size_t row : kept) {
                if (leaning && row % 2 == 0 && row + 1 < rows && !has(row + 1)) return false;
            }
            return one_is_enough ? std::any_of(needed.begin(), needed.end(), has)
                                 : std::all_of(needed.begin(), needed.end(), has);
        };
        std::vector<std::size_t> from(rows);
        std::iota(from.begin(), from.end(), std::size_t{0});
        std::uint64_t tries = 0;
        const auto kept = ::replay::compare::minimise(from, there, tries);
        RC_ASSERT(there(kept));
        for (std::size_t k = 0; k < kept.size(); ++k) {
            auto less = kept;
            less.erase(less.begin() + static_cast<std::ptrdiff_t>(k));
            RC_ASSERT(!there(less));
        }
        tally.add("rows before", rows);
        tally.add("rows kept", kept.size());
        tally.add("tries", tries);
    });
}

}  // namespace

}  // namespace properties::replay
