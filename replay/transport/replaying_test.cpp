#include "replay/transport/replaying.hpp"

#include <gtest/gtest.h>
#include <cstdio>
#include <numeric>
#include <random>

#include "replay/compare/minimise.hpp"
#include "replay/imports/imported.hpp"
#include "replay/transport/recorded_boot_test.hpp"

namespace replay::transport {
namespace {

using trace::Kind;
using What = Divergence::What;

struct ReplayingTest : testing::Test {
    static RecordedBoot& boot() {
        static RecordedBoot one;
        return one;
    }
    const trace::Schema& schema() const { return boot().reader->schema(); }
    Subject subject() const { return Subject(boot().reader->description()); }

    /// The trace with `change` applied to the record at `row`.
    template <typename Change>
    static trace::Sequence changed(std::size_t row, Change change) {
        trace::Sequence other;
        for (std::size_t i = 0; i < boot().all.size(); ++i) {
            trace::Record r = boot().all.at(i);
            std::vector<std::uint64_t> words(r.words.begin(), r.words.end());
            if (i == row) change(r, words);
            r.words = {words.data(), words.size()};
            other.add(r);
        }
        return other;
    }
    /// Rows of writes.
    static std::vector<std::size_t> writes() {
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < boot().all.size(); ++i) {
            if (boot().all.head(i).is_write()) rows.push_back(i);
        }
        return rows;
    }
};

TEST_F(ReplayingTest, AFreshHalReplaysItsOwnRecording) {
    ASSERT_TRUE(boot().outcome.ended);
    EXPECT_TRUE(boot().reader->findings().empty());
    Replaying replaying(boot().all, schema());
    const Outcome outcome = subject().run(replaying);
    replaying.finish();
    EXPECT_TRUE(outcome.ended);
    EXPECT_TRUE(replaying.divergences().empty());
    EXPECT_GT(replaying.replayed(), 500u);
    EXPECT_EQ(outcome.report.writes, boot().outcome.report.writes);
    EXPECT_GT(outcome.report.writes, 0u);
    EXPECT_EQ(outcome.report.elapsed_ns, boot().outcome.report.elapsed_ns);
    EXPECT_EQ(replaying.position(), boot().all.size());
}

TEST_F(ReplayingTest, EveryInjectedDivergenceIsFoundWhereItIs) {
    std::mt19937 random(5);
    const std::vector<std::size_t> rows = writes();
    const Subject hal = subject();
    ASSERT_GT(rows.size(), 100u);
    int found = 0, with_field = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::size_t row = rows[random() % rows.size()];
        std::uint64_t address = 0, mask = 0;
        const trace::Sequence other = changed(row, [&](trace::Record& r, std::vector<std::uint64_t>& words) {
            const auto k = static_cast<std::uint32_t>(random() % words.size());
            mask = std::uint64_t{1} << (random() % 32);
            words[k] ^= mask;
            address = r.address_of(k);
        });
        Replaying replaying(other, schema());
        hal.run(replaying);
        ASSERT_EQ(replaying.divergences().size(), 1u)
            << "row " << row << ", " << schema().name(address) << ", mask " << mask << ", position "
            << replaying.position() << " of " << other.size();
        const Divergence& d = replaying.divergences()[0];
        ASSERT_EQ(d.what, What::value);
        ASSERT_EQ(d.index, boot().all.head(row).index);
        ASSERT_EQ(d.reg, schema().name(address));
        ASSERT_EQ(d.expected_value ^ d.actual_value, mask);
        std::string field;
        for (const trace::Field& f : schema().at(address)->reg->fields) {
            if (((f.mask() << f.lsb) & mask) != 0) field = f.name;
        }
        ASSERT_EQ(d.field, field);
        with_field += field.empty() ? 0 : 1;
        ++found;
    }
    EXPECT_EQ(found, 1000);
    EXPECT_GT(with_field, 300);
    std::printf("%d divergences injected, all at the right index and register; %d in a field, all the right one\n",
                found, with_field);
}

TEST_F(ReplayingTest, AMissingAccessAnotherKindAndATooShortTraceAreTold) {
    const std::size_t row = writes()[20];
    trace::Sequence shorter;
    for (std::size_t i = 0; i < row; ++i) shorter.add(boot().all.at(i));
    Replaying ended(shorter, schema());
    subject().run(ended);
    ASSERT_EQ(ended.divergences().size(), 1u);
    EXPECT_EQ(ended.divergences()[0].what, What::ended);
    EXPECT_EQ(ended.divergences()[0].index, row);

    const trace::Sequence other = changed(row, [](trace::Record& r, std::vector<std::uint64_t>&) { r.address += 4; });
    Replaying address(other, schema());
    subject().run(address);
    ASSERT_EQ(address.divergences().size(), 1u);
    EXPECT_EQ(address.divergences()[0].what, What::address);
    EXPECT_FALSE(address.divergences()[0].last.empty());

    trace::Sequence longer = boot().all;
    longer.add(boot().all.at(row));
    Replaying goes_on(longer, schema());
    subject().run(goes_on);
    goes_on.finish();
    ASSERT_EQ(goes_on.divergences().size(), 1u);
    EXPECT_EQ(goes_on.divergences()[0].what, What::goes_on);
}

TEST_F(ReplayingTest, RulesAllowWhatTheyNameAreCountedAndMustBeUsed) {
    const std::size_t row = writes()[20];
    std::uint64_t address = 0;
    const trace::Sequence other = changed(row, [&](trace::Record& r, std::vector<std::uint64_t>& words) {
        words[0] ^= 1;
        address = r.address;
    });
    Replaying replaying(other, schema());
    replaying.add(parse_rule("value:" + schema().name(address)));
    replaying.add(parse_rule("extra:no.such"));
    replaying.allow([](const Divergence&) { return false; });
    subject().run(replaying);
    replaying.finish();
    EXPECT_TRUE(replaying.divergences().empty());
    EXPECT_EQ(replaying.rules()[0].used, 1u);
    EXPECT_EQ(replaying.unused(), (std::vector<std::string>{"extra:no.such", "custom rule 0"}));

    Replaying custom(other, schema());
    custom.allow([](const Divergence& d) { return d.what == What::value; });
    subject().run(custom);
    EXPECT_TRUE(custom.divergences().empty());
    EXPECT_EQ(custom.custom_used(0), 1u);

    EXPECT_THROW(parse_rule("value"), std::invalid_argument);
    EXPECT_THROW(parse_rule("anything:x"), std::invalid_argument);
}

TEST_F(ReplayingTest, ARuleForAFieldAllowsThatFieldAndNoOtherBit) {
    std::size_t row = 0;
    while (boot().all.head(row).address != 0x300C || boot().all.head(row).count != 3) ++row;  // watchdog: a burst
    for (const auto& [bit, allowed] : {std::pair<int, bool>{3, true}, {30, false}}) {
        const trace::Sequence other = changed(row, [bit = bit](trace::Record&, std::vector<std::uint64_t>& words) {
            words[1] ^= std::uint64_t{1} << bit;
        });
        Replaying replaying(other, schema());
        replaying.add(parse_rule("value:watchdog.timeout.ms"));
        subject().run(replaying);
        EXPECT_EQ(replaying.divergences().empty(), allowed) << bit;
        EXPECT_EQ(replaying.rules()[0].used, allowed ? 1u : 0u);
    }
}

TEST_F(ReplayingTest, AfterADivergenceItCanGoOnOrFallBackToTheModel) {
    const std::size_t row = writes()[20];
    const trace::Sequence other =
        changed(row, [](trace::Record&, std::vector<std::uint64_t>& words) { words[0] ^= 1; });
    Replaying on(other, schema(), After::go_on);
    EXPECT_TRUE(subject().run(on).ended);
    on.finish();
    EXPECT_EQ(on.divergences().size(), 1u);

    Replaying back(other, schema(), After::fall_back);
    std::unique_ptr<Seeded> model;
    back.set_fallback([&](std::size_t at) -> hal::bus::Transport& {
        model = std::make_unique<Seeded>(subject().chip(), boot().all, at);
        return model->transport();
    });
    const Outcome outcome = subject().run(back);
    EXPECT_TRUE(outcome.ended);
    EXPECT_GT(back.answered_elsewhere(), 100u);
    EXPECT_EQ(outcome.report.converged, boot().outcome.report.converged);
    EXPECT_GT(outcome.report.converged, 0u);
}

TEST_F(ReplayingTest, TheModelIsSeededToWhatTheTraceShows) {
    int compared = 0;
    for (std::size_t end = 0; end <= boot().all.size(); end += boot().all.size() / 20, ++compared) {
        Seeded model(subject().chip(), boot().all, end);
        EXPECT_EQ(model.knowledge().corrected, 0u) << "the model made the trace, so it knows all of it";
        EXPECT_EQ(model.knowledge().foreign, 0u);
        const Outcome outcome = subject().run(model.transport());
        EXPECT_TRUE(outcome.ended);
        EXPECT_EQ(outcome.report.converged, boot().outcome.report.converged) << end;
        EXPECT_EQ(model.violations(), 0u);
        if (end + boot().all.size() / 20 > boot().all.size()) break;
    }
    EXPECT_GE(compared, 10);
}

TEST(MinimiseTest, FindsAPlantedHandfulAmongManyAccesses) {
    std::vector<std::size_t> rows(32'000);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    const std::vector<std::size_t> planted = {17, 200, 1999, 8000, 8001, 12'345, 20'000, 25'001, 31'000, 31'999};
    std::uint64_t tries = 0;
    const auto kept = compare::minimise(
        rows,
        [&planted](const std::vector<std::size_t>& k) {
            return std::includes(k.begin(), k.end(), planted.begin(), planted.end());
        },
        tries);
    EXPECT_EQ(kept, planted);
    std::printf("32,000 accesses to %zu in %llu tries\n", kept.size(), static_cast<unsigned long long>(tries));
}

// A boot, then tens of thousands of looks at the chip, then a write that was allowed in the boot and no longer is: what
// is left is that write and what it takes to get where it is forbidden.
TEST_F(ReplayingTest, AMistakeAmongManyAccessesIsMinimisedToTheWayThere) {
    compare::Offence offence(subject().chip());
    const std::uint64_t end = boot().all.head(boot().all.size() - 1).time_ns;
    const auto with_end = [&](std::size_t again, std::size_t size) {
        trace::Sequence all = boot().all;
        for (std::size_t i = 0; all.size() < size; ++i) {
            trace::Record r = boot().all.at(i % boot().all.size());
            r.time_ns = end;
            if (r.kind == Kind::read) all.add(r);
        }
        trace::Record mistake = boot().all.at(again);
        mistake.time_ns = end;
        all.add(mistake);
        return all;
    };
    const auto rows_of = [](const trace::Sequence& all) {
        std::vector<std::size_t> rows(all.size());
        std::iota(rows.begin(), rows.end(), std::size_t{0});
        return rows;
    };
    // The write that takes the longest way.
    std::size_t worst = 0, most = 0;
    for (const std::size_t row : writes()) {
        const trace::Sequence all = with_end(row, 0);
        const std::string what = offence.find(all, rows_of(all));
        if (what.empty()) continue;
        std::uint64_t tries = 0;
        const auto kept = compare::minimise(
            rows_of(all), [&](const std::vector<std::size_t>& k) { return offence.find(all, k) == what; }, tries);
        if (kept.size() <= most || kept.size() > 10) continue;
        most = kept.size();
        worst = row;
    }
    ASSERT_GE(most, 2u);
    const trace::Sequence all = with_end(worst, 32'000);
    const std::string what = offence.find(all, rows_of(all));
    std::uint64_t tries = 0;
    const auto kept = compare::minimise(
        rows_of(all), [&](const std::vector<std::size_t>& k) { return offence.find(all, k) == what; }, tries);
    EXPECT_EQ(kept.size(), most);
    EXPECT_EQ(kept.back(), all.size() - 1);
    std::printf("%zu accesses to %zu in %llu tries: %s\n", all.size(), kept.size(),
                static_cast<unsigned long long>(tries), what.c_str());
    for (const std::size_t row : kept) std::printf("  write %s\n", schema().name(all.head(row).address).c_str());
}

TEST_F(ReplayingTest, AForbiddenAccessIsMinimisedToWhatItNeeds) {
    trace::Sequence all = boot().all;
    trace::Record r;
    const std::uint64_t word = 1;
    r.kind = Kind::write;
    r.address = 0;  // the identity: read-only
    r.words = {&word, 1};
    r.time_ns = boot().all.head(boot().all.size() - 1).time_ns;
    all.add(r);
    compare::Offence offence(subject().chip());
    std::vector<std::size_t> rows(all.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    const std::string what = offence.find(all, rows);
    EXPECT_NE(what.find("read-only"), std::string::npos) << what;
    std::uint64_t tries = 0;
    const auto kept = compare::minimise(
        rows, [&](const std::vector<std::size_t>& k) { return offence.find(all, k) == what; }, tries);
    EXPECT_EQ(kept, (std::vector<std::size_t>{all.size() - 1}));
}

}  // namespace
}  // namespace replay::transport
