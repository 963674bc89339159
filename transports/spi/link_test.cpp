#include "transports/spi/link.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "transports/spi/tamper_wire.hpp"

namespace transports::spi {
namespace {

using hal::bus::Access;
using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Op;
using model::FakePort;
using Kind = Fault::Kind;

class LinkTest : public testing::Test {
protected:
    void claim() { ASSERT_TRUE(link.claim(77)); }
    hal::bus::Result<void> run(const std::vector<Access>& batch) { return link.execute({batch.data(), batch.size()}); }
    std::size_t next() const { return bench.wire.transfers.size(); }

    Bench bench;
    Link link{bench.wire, Link::Mode::managed};
};

TEST_F(LinkTest, ClaimTakesTwoFramesAndStartsAtEpochOne) {
    const auto epoch = link.claim(77);
    ASSERT_TRUE(epoch);
    EXPECT_EQ(*epoch, 1U);
    EXPECT_EQ(bench.port.epoch(), 1U);
    EXPECT_EQ(bench.wire.transfers.size(), 2U);
    EXPECT_EQ(bench.session.owner_nonce, 77U);
}

TEST_F(LinkTest, ABatchOfEveryKindOfAccessTakesEffectInOrder) {
    claim();
    bench.port.words[0] = 5;
    std::uint32_t block[3] = {};
    std::uint32_t fifo = 0;
    const std::uint32_t data[4] = {1, 2, 3, 4};
    const std::uint32_t guard[2] = {0xF, 5};
    ASSERT_TRUE(run({{Op::write, 0x40, 3, nullptr, data},
                     {Op::read, 0x40, 3, block, nullptr},
                     {Op::consume, FakePort::kFifo, 1, &fifo, nullptr},
                     {Op::guard, 0, 1, nullptr, guard},
                     {Op::write_fixed, FakePort::kPort, 4, nullptr, data}}));
    EXPECT_EQ(block[2], 3U);
    EXPECT_EQ(fifo, 1000U);
    ASSERT_EQ(bench.port.effects.size(), 9U);  // claim, three writes, consume, four writes
    EXPECT_EQ(bench.port.effects[8].address, FakePort::kPort);
    EXPECT_EQ(bench.port.effects[8].value, 4U);
    EXPECT_EQ(bench.wire.transfers.size(), 3U);
    EXPECT_EQ(bench.wire.transfers[2].out.size(), kOverhead + 16 + 16 + 8 + 12 + 20);
}

TEST_F(LinkTest, ABatchThatFitsTheFrameExactlyIsOneFrameAndOneWordMoreIsTwo) {
    bench.wire.limit = 256;
    Link small(bench.wire, Link::Mode::managed);
    ASSERT_TRUE(small.claim(5));
    std::vector<std::uint32_t> words(55);
    std::iota(words.begin(), words.end(), 100U);
    std::size_t before = next();
    Access access{Op::write, 0, 54, nullptr, words.data()};
    ASSERT_TRUE(small.execute({&access, 1}));
    EXPECT_EQ(next() - before, 1U);
    EXPECT_EQ(bench.wire.transfers.back().out.size(), 256U);
    before = next();
    access.count = 55;
    ASSERT_TRUE(small.execute({&access, 1}));
    EXPECT_EQ(next() - before, 2U);
    EXPECT_EQ(bench.port.words[54], 154U);
}

TEST_F(LinkTest, SplitsLongBatchesAndGivesEveryWordBack) {
    for (const std::size_t limit : {std::size_t{256}, std::size_t{260}, std::size_t{1000}, kMaxTransfer}) {
        Bench chip;
        chip.wire.limit = limit;
        Link small(chip.wire, Link::Mode::managed);
        ASSERT_TRUE(small.claim(5));
        std::vector<std::uint32_t> data(1500);
        std::vector<std::uint32_t> back(1500);
        std::iota(data.begin(), data.end(), 7U);
        std::vector<Access> batch;
        for (std::uint32_t at = 0; at < 1500; at += 100) {
            batch.push_back({Op::write, at * 4, 100, nullptr, &data[at]});
            batch.push_back({Op::read, at * 4, 100, &back[at], nullptr});
        }
        ASSERT_TRUE(small.execute({batch.data(), batch.size()}));
        EXPECT_EQ(back, data);
        for (const auto& transfer : chip.wire.transfers) EXPECT_LE(transfer.out.size(), limit);
        EXPECT_GE(small.statistics().frames, 3000 * 4 / limit);
    }
}

TEST_F(LinkTest, RefusesABadBatchAsAWholeBeforeSending) {
    claim();
    const std::size_t before = next();
    std::uint32_t word = 0;
    const std::vector<std::pair<Access, Code>> bad = {
        {{Op::read, 2, 1, &word, nullptr}, Code::bad_address},
        {{Op::read, 0x1000000, 1, &word, nullptr}, Code::bad_address},
        {{Op::read, 0xFFFFFC, 2, &word, nullptr}, Code::bad_address},
        {{Op::read, 0, 0, &word, nullptr}, Code::invalid_argument},
        {{Op::read, 0, 129, &word, nullptr}, Code::invalid_argument},
        {{Op::read, 0, 1, nullptr, nullptr}, Code::invalid_argument},
        {{Op::write, 0, 1, &word, nullptr}, Code::invalid_argument},
        {{Op::consume, 0, 2, &word, nullptr}, Code::invalid_argument},
        {{static_cast<Op>(9), 0, 1, &word, &word}, Code::invalid_argument},
    };
    for (const auto& [access, code] : bad) {
        const auto result = run({{Op::write, 0, 1, nullptr, &word}, access});
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, code);
        EXPECT_EQ(result.error().effect, Effect::none);
        EXPECT_EQ(result.error().completed, 0U);
        EXPECT_EQ(result.error().address, access.address);
    }
    EXPECT_EQ(next(), before);
    EXPECT_TRUE(run({}));
}

TEST_F(LinkTest, NeedsAClaimBeforeItExecutes) {
    EXPECT_EQ(link.write(0, 1).error().code, Code::invalid_argument);
    EXPECT_EQ(link.claim(0).error().code, Code::invalid_argument);
    EXPECT_EQ(next(), 0U);
}

TEST_F(LinkTest, StopsAtTheFirstBusErrorAndSaysWhatTookEffect) {
    claim();
    const std::uint32_t data[2] = {8, 9};
    std::uint32_t first = 0;
    bench.port.words[4] = 42;
    const auto result = run({{Op::read, 0x10, 1, &first, nullptr},
                             {Op::write, FakePort::kGated, 1, nullptr, data},
                             {Op::write, 0x20, 1, nullptr, data}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::bus_error);
    EXPECT_EQ(result.error().effect, Effect::none);
    EXPECT_EQ(result.error().completed, 1U);
    EXPECT_EQ(result.error().address, FakePort::kGated);
    EXPECT_EQ(first, 42U);
    EXPECT_EQ(bench.port.words[8], 0U);
}

TEST_F(LinkTest, ABurstThatFailsHalfwayIsUnknownAndNamesTheWord) {
    claim();
    const std::uint32_t data[2] = {8, 9};
    std::uint32_t back[2] = {};
    const auto written = run({{Op::write, FakePort::kGated - 4, 2, nullptr, data}});
    EXPECT_EQ(written.error().effect, Effect::unknown);
    EXPECT_EQ(written.error().address, FakePort::kGated);
    const auto read = run({{Op::read, FakePort::kGated - 4, 2, back, nullptr}});
    EXPECT_EQ(read.error().effect, Effect::none);
    EXPECT_EQ(read.error().address, FakePort::kGated);
}

TEST_F(LinkTest, AGuardThatDoesNotHoldStopsEverythingBehindIt) {
    claim();
    const std::uint32_t value = 1;
    const std::uint32_t guard[2] = {0xFF, 7};
    bench.port.words[0] = 8;
    const std::vector<Access> batch = {
        {Op::write, 4, 1, nullptr, &value}, {Op::guard, 0, 1, nullptr, guard}, {Op::write, 8, 1, nullptr, &value}};
    const auto result = run(batch);
    EXPECT_EQ(result.error().code, Code::guard_failed);
    EXPECT_EQ(result.error().effect, Effect::none);
    EXPECT_EQ(result.error().completed, 1U);
    EXPECT_EQ(bench.port.words[1], 1U);
    EXPECT_EQ(bench.port.words[2], 0U);
    bench.port.words[0] = 0x107;
    EXPECT_TRUE(run(batch));
}

TEST_F(LinkTest, GuardsShareAFrameWithAllThatFollowsOrAreRefused) {
    bench.wire.limit = 256;
    Link small(bench.wire, Link::Mode::managed);
    ASSERT_TRUE(small.claim(5));
    std::vector<std::uint32_t> data(60, 3);
    const std::uint32_t guard[2] = {0, 0};
    const auto batch_of = [&](std::uint32_t ahead, std::uint32_t guarded) {
        return std::vector<Access>{{Op::write, 0, ahead, nullptr, data.data()},
                                   {Op::guard, 0, 1, nullptr, guard},
                                   {Op::write, 0x400, guarded, nullptr, data.data()}};
    };
    const std::size_t before = next();
    const auto refused = batch_of(1, 52);  // 12 + 4 + 208 > 220
    const auto result = small.execute({refused.data(), refused.size()});
    EXPECT_EQ(result.error().code, Code::unsupported);
    EXPECT_EQ(result.error().effect, Effect::none);
    EXPECT_EQ(next(), before);
    const auto split = batch_of(50, 51);
    ASSERT_TRUE(small.execute({split.data(), split.size()}));
    ASSERT_EQ(next() - before, 2U);  // the first burst alone, then guard and guarded writes
    EXPECT_EQ(bench.wire.transfers.back().out.size(), 256U);
    const auto together = batch_of(2, 10);
    ASSERT_TRUE(small.execute({together.data(), together.size()}));
    EXPECT_EQ(next() - before, 3U);
}

TEST_F(LinkTest, RepeatsTheSameFrameWithTheSameSequence) {
    claim();
    bench.wire.faults[next()] = {Kind::request_lost, 0};
    bench.wire.faults[next() + 1] = {Kind::reply_lost, 0};
    ASSERT_TRUE(link.write(0, 5));
    const auto& seen = bench.wire.transfers;
    ASSERT_EQ(seen.size(), 5U);
    EXPECT_EQ(seen[2].out, seen[3].out);
    EXPECT_EQ(seen[3].out, seen[4].out);
    EXPECT_EQ(bench.port.effects.size(), 2U);  // claim, one write
    EXPECT_EQ(link.statistics().retries, 2U);
}

TEST_F(LinkTest, ADeadLineIsLinkDownWithItsEvidence) {
    for (const auto& [kind, evidence] :
         {std::pair{Kind::ones, 0xFFFFFFFFU}, std::pair{Kind::zeros, 0U}, std::pair{Kind::request_lost, 0U}}) {
        Bench chip;
        Link dead(chip.wire, Link::Mode::managed);
        ASSERT_TRUE(dead.claim(9));
        chip.wire.always = {kind, 0};
        const auto written = dead.write(0x10, 5);
        EXPECT_EQ(written.error().code, Code::link_down);
        EXPECT_EQ(written.error().effect, Effect::unknown);
        EXPECT_EQ(written.error().attempts, kAttempts);
        EXPECT_EQ(written.error().value, evidence);
        EXPECT_EQ(written.error().address, 0x10U);
        EXPECT_EQ(written.error().elapsed_ns, kBackoff * 63);
        EXPECT_EQ(dead.read(0x10).error().effect, Effect::none);
        chip.wire.always = {};
        EXPECT_TRUE(dead.write(0x10, 6));  // an outage is not the end
        EXPECT_EQ(chip.port.words[4], 6U);
    }
}

TEST_F(LinkTest, ATransferThatProvablyNeverStartedHasNoEffect) {
    claim();
    bench.wire.always = {Kind::not_started, 0};
    const auto result = link.write(0x10, 5);
    EXPECT_EQ(result.error().code, Code::link_down);
    EXPECT_EQ(result.error().effect, Effect::none);
}

TEST_F(LinkTest, APeerThatIsGoneIsNotAskedAgain) {
    claim();
    bench.wire.always = {Kind::gone, 0};
    const std::size_t before = next();
    const auto result = link.write(0x10, 5);
    EXPECT_EQ(result.error().code, Code::peer_gone);
    EXPECT_EQ(result.error().effect, Effect::unknown);
    EXPECT_EQ(next() - before, 1U);
}

TEST_F(LinkTest, ABusyBridgeIsAskedUntilItAnswersAndExecutesOnce) {
    claim();
    bench.session.busy_frames = 3;
    ASSERT_TRUE(link.write(0x10, 5));
    EXPECT_EQ(link.statistics().busy, 3U);
    EXPECT_EQ(link.statistics().retries, 0U);
    EXPECT_EQ(bench.port.effects.size(), 2U);
    EXPECT_EQ(bench.clock.time, 3 * kBusyWait);
    bench.session.busy_frames = 1000;
    const auto stuck = link.write(0x10, 6);
    EXPECT_EQ(stuck.error().code, Code::link_down);
    EXPECT_EQ(stuck.error().attempts, kBusyAttempts);
    EXPECT_EQ(stuck.error().value & 0xFF, kBusy);
}

TEST_F(LinkTest, SequenceNumbersWrapWithoutZero) {
    claim();
    for (int i = 0; i < 70'000; ++i) {
        ASSERT_TRUE(link.write(0x10, static_cast<std::uint32_t>(i)));
        bench.wire.transfers.clear();
        ASSERT_NE(bench.session.last_sequence, 0);
    }
    EXPECT_EQ(bench.port.effects.size(), 70'001U);
    EXPECT_EQ(bench.session.last_sequence, 70'000 - 65'535);
}

TEST_F(LinkTest, AnObserverReadsWithoutAClaimAndMayDoNothingElse) {
    Link observer(bench.wire, Link::Mode::observer);
    bench.port.words[4] = 99;
    EXPECT_EQ(observer.read(0x10).value(), 99U);
    const std::size_t before = next();
    std::uint32_t word = 0;
    const std::uint32_t guard[2] = {0, 0};
    const Access consume{Op::consume, FakePort::kFifo, 1, &word, nullptr};
    const Access guarded{Op::guard, 0, 1, nullptr, guard};
    EXPECT_EQ(observer.write(0, 1).error().code, Code::unsupported);
    EXPECT_EQ(observer.execute({&consume, 1}).error().code, Code::unsupported);
    EXPECT_EQ(observer.execute({&guarded, 1}).error().code, Code::unsupported);
    EXPECT_EQ(observer.claim(4).error().code, Code::unsupported);
    EXPECT_EQ(next(), before);
    const auto refused = observer.read(FakePort::kFifo);
    EXPECT_EQ(refused.error().code, Code::bus_error);
    EXPECT_EQ(refused.error().value, kNotPermitted);
    EXPECT_TRUE(bench.port.effects.empty());
}

TEST_F(LinkTest, AnObserverBetweenAFrameAndItsRepetitionDisturbsNothing) {
    claim();
    Bench* const chip = &bench;
    TamperWire other(chip->port, chip->session, chip->clock);
    Link observer(other, Link::Mode::observer);
    std::uint32_t word = 0;
    const Access consume{Op::consume, FakePort::kFifo, 1, &word, nullptr};
    bench.wire.faults[next()] = {Kind::reply_lost, 0};
    bench.wire.after = [&](std::size_t) {
        for (std::uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(observer.read(4 * i));
    };
    ASSERT_TRUE(link.execute({&consume, 1}));
    EXPECT_EQ(word, 1000U);
    EXPECT_EQ(bench.port.fifo_next, 1001U);
}

TEST_F(LinkTest, CountsBytesAsTheyAreClocked) {
    claim();
    const Statistics before = link.statistics();
    ASSERT_TRUE(link.read(0));
    const Statistics after = link.statistics();
    EXPECT_EQ(after.frames - before.frames, 1U);
    EXPECT_EQ(after.wire_bytes - before.wire_bytes, kOverhead + 8);
    EXPECT_EQ(after.request_bytes - before.request_bytes, 24U);
    EXPECT_EQ(after.reply_bytes - before.reply_bytes, 16U);
}

}  // namespace
}  // namespace transports::spi
