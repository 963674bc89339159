// Every bit and every byte of whole conversations: what each damage amounts to. Counts are printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include "transports/spi/link.hpp"
#include "transports/spi/tamper_wire.hpp"

namespace transports::spi {
namespace {

using hal::bus::Access;
using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Op;
using model::FakePort;
using Kind = Fault::Kind;

// All that can be known of a conversation from either end.
struct Outcome {
    std::vector<std::uint32_t> heard;        // results and data, as the host sees them
    std::vector<FakePort::Effect> effects;   // what the chip did
    std::vector<std::size_t> effects_after;  // and when, by transfer
    bool operator==(const Outcome& other) const {
        return heard == other.heard && effects == other.effects && effects_after == other.effects_after;
    }
};

void note(Outcome& outcome, const hal::bus::Result<void>& result) {
    outcome.heard.push_back(result ? 0 : 1 + static_cast<std::uint32_t>(result.error().code));
    if (result) return;
    outcome.heard.push_back(static_cast<std::uint32_t>(result.error().effect));
    outcome.heard.push_back(result.error().completed);
    outcome.heard.push_back(result.error().address);
}

// Claim, a mixed batch, a guard that fails, a bus error, a batch over two frames, then an observer.
Outcome converse(TamperWire& wire, FakePort& port) {
    Outcome outcome;
    wire.limit = 320;
    Link link(wire, Link::Mode::managed);
    const auto claimed = link.claim(0x5EED);
    outcome.heard.push_back(claimed ? *claimed : 0xDEAD);
    std::uint32_t data[100];
    std::iota(data, data + 100, 50U);
    std::uint32_t in[100] = {};
    const std::uint32_t held[2] = {0xFF, 50};
    const std::uint32_t broken[2] = {0xFF, 51};
    const auto run = [&](std::initializer_list<Access> batch) {
        note(outcome, link.execute({batch.begin(), batch.size()}));
        outcome.heard.insert(outcome.heard.end(), in, in + 100);
    };
    run({{Op::write, 0, 4, nullptr, data},
         {Op::guard, 0, 1, nullptr, held},
         {Op::consume, FakePort::kFifo, 1, in, nullptr},
         {Op::write_fixed, FakePort::kPort, 3, nullptr, data},
         {Op::read, 0, 8, in + 1, nullptr}});
    run({{Op::read, 0, 1, in + 20, nullptr}, {Op::guard, 0, 1, nullptr, broken}, {Op::write, 0, 1, nullptr, data + 9}});
    run({{Op::consume, FakePort::kFifo, 1, in, nullptr}, {Op::write, FakePort::kGated, 1, nullptr, data}});
    run({{Op::write, 0x100, 40, nullptr, data}, {Op::read, 0xFC, 42, in, nullptr}});
    Link observer(wire, Link::Mode::observer);
    const auto seen = observer.read(0x100);
    outcome.heard.push_back(seen ? *seen : 0xDEAD);
    outcome.effects = port.effects;
    for (const auto& transfer : wire.transfers) outcome.effects_after.push_back(transfer.effects_after);
    return outcome;
}

Outcome converse_with(std::size_t transfer, Fault fault) {
    Bench chip;
    chip.wire.faults[transfer] = fault;
    return converse(chip.wire, chip.port);
}

TEST(LinkFaults, EveryFlippedBitEqualsALostRequestALostReplyOrNothing) {
    Bench clean;
    const Outcome expected = converse(clean.wire, clean.port);
    ASSERT_EQ(clean.wire.transfers.size(), 8U);
    std::size_t as_request_lost = 0;
    std::size_t as_reply_lost = 0;
    std::size_t as_nothing = 0;
    for (std::size_t t = 0; t < clean.wire.transfers.size(); ++t) {
        const TamperWire::Transfer& frame = clean.wire.transfers[t];
        const Outcome request_lost = converse_with(t, {Kind::request_lost, 0});
        const Outcome reply_lost = converse_with(t, {Kind::reply_lost, 0});
        ASSERT_NE(request_lost.effects_after, expected.effects_after);
        for (std::size_t bit = 0; bit < frame.out.size() * 8; ++bit) {
            const bool asks = bit / 8 < frame.request_size();
            ASSERT_EQ(converse_with(t, {Kind::flip_out, bit}), asks ? request_lost : expected) << t << " bit " << bit;
            ++(asks ? as_request_lost : as_nothing);
            const bool answers = bit / 8 >= frame.reply_at() && bit / 8 < frame.reply_at() + frame.reply_size();
            ASSERT_EQ(converse_with(t, {Kind::flip_in, bit}), answers ? reply_lost : expected) << t << " bit " << bit;
            ++(answers ? as_reply_lost : as_nothing);
        }
        // What the host finally gets is the same in all classes.
        EXPECT_EQ(request_lost.heard, expected.heard);
        EXPECT_EQ(reply_lost.heard, expected.heard);
        EXPECT_EQ(request_lost.effects, expected.effects);
        EXPECT_EQ(reply_lost.effects, expected.effects);
    }
    std::printf("bits flipped: %zu in %zu frames = %zu request lost + %zu reply lost + %zu without meaning\n",
                as_request_lost + as_reply_lost + as_nothing, clean.wire.transfers.size(), as_request_lost,
                as_reply_lost, as_nothing);
    EXPECT_GT(as_request_lost, 3000U);
    EXPECT_GT(as_reply_lost, 2000U);
}

TEST(LinkFaults, EveryFlippedBitOfAFullFrameIsCaughtByEitherSide) {
    Bench chip;
    Link link(chip.wire, Link::Mode::managed);
    ASSERT_TRUE(link.claim(1));
    std::vector<std::uint32_t> words(508);
    std::vector<Access> batch;
    for (std::uint32_t i = 0; i < 4; ++i) {
        batch.push_back({Op::write, i * 508, 127, nullptr, &words[i * 127]});
        batch.push_back({Op::read, i * 508, 124, &words[i * 127], nullptr});
    }
    ASSERT_TRUE(link.execute({batch.data(), batch.size()}));
    ASSERT_EQ(chip.wire.transfers.size(), 3U);
    const TamperWire::Transfer frame = chip.wire.transfers.back();
    ASSERT_GT(frame.out.size(), 4000U);
    std::vector<std::uint8_t> out = frame.out;
    std::vector<std::uint8_t> in(out.size());
    std::size_t silent = 0;
    for (std::size_t bit = 0; bit < frame.request_size() * 8; ++bit) {
        model::BridgeSession session;
        session.owner_nonce = 1;
        model::Bridge bridge(chip.port, session);
        out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] ^ (1U << bit % 8));
        bridge.transfer(out.data(), in.data(), out.size());
        out[bit / 8] = frame.out[bit / 8];
        ASSERT_EQ(session.last_sequence, 0) << bit;
        ASSERT_EQ(std::count(in.begin(), in.end(), 0), static_cast<std::ptrdiff_t>(in.size()));
        ++silent;
    }
    std::printf("full frame: %zu request bits flipped, all answered by silence\n", silent);
}

TEST(LinkFaults, EveryFlippedBitOfAFullReplyCostsOneRepetitionAndNothingElse) {
    Bench chip;
    std::iota(chip.port.words.begin(), chip.port.words.end(), 0x01020304U);
    Link link(chip.wire, Link::Mode::managed);
    ASSERT_TRUE(link.claim(1));
    std::vector<std::uint32_t> words(7 * 128 + 111);
    std::vector<Access> batch;
    for (std::uint32_t i = 0; i < 8; ++i)
        batch.push_back({Op::read, i * 512, i < 7 ? 128U : 111U, &words[i * 128], nullptr});
    std::size_t bits = 0;
    const std::size_t reply_at = kRequestHeader + 32 + kCrcSize + kTurnaround;
    for (std::size_t bit = reply_at * 8; bit < kMaxTransfer * 8; ++bit, ++bits) {
        chip.wire.transfers.clear();
        chip.wire.faults = {{0, {Kind::flip_in, bit}}};
        std::fill(words.begin(), words.end(), 0U);
        ASSERT_TRUE(link.execute({batch.data(), batch.size()}));
        ASSERT_EQ(chip.wire.transfers.size(), 2U) << bit;
        ASSERT_EQ(chip.wire.transfers[0].out.size(), kMaxTransfer);
        ASSERT_TRUE(std::equal(words.begin(), words.end(), chip.port.words.begin()));
    }
    std::printf("full frame: %zu reply bits flipped, each equal to a lost reply\n", bits);
}

TEST(LinkFaults, ACutFrameIsExecutedIfAndOnlyIfItsRequestIsComplete) {
    Bench clean;
    const Outcome expected = converse(clean.wire, clean.port);
    std::size_t executed = 0;
    std::size_t not_executed = 0;
    for (std::size_t t = 0; t < clean.wire.transfers.size(); ++t) {
        const TamperWire::Transfer& frame = clean.wire.transfers[t];
        const std::size_t before = t == 0 ? 0 : expected.effects_after[t - 1];
        for (std::size_t bytes = 0; bytes <= frame.out.size(); ++bytes) {
            Bench chip;
            model::Bridge bridge(chip.port, chip.session);
            std::vector<std::uint8_t> in(kMaxTransfer);
            for (std::size_t i = 0; i < t; ++i) {
                bridge.transfer(clean.wire.transfers[i].out.data(), in.data(), clean.wire.transfers[i].out.size());
            }
            const std::uint64_t reads = chip.port.reads;
            bridge.transfer(frame.out.data(), in.data(), bytes);
            const bool complete = bytes >= frame.request_size();
            ASSERT_EQ(chip.port.effects.size(), complete ? expected.effects_after[t] : before) << t << " " << bytes;
            if (!complete) {
                ASSERT_EQ(chip.port.reads, reads);
            }
            ++(complete ? executed : not_executed);

            // Whoever comes next takes over, and nothing of the dead host is executed any more.
            Link fresh(chip.wire, Link::Mode::managed);
            ASSERT_TRUE(fresh.claim(0xF4E5));
            const std::size_t settled = chip.port.effects.size();
            bridge.transfer(frame.out.data(), in.data(), frame.out.size());
            const bool was_claim = frame.out[kAtKind] == kClaim;
            ASSERT_EQ(chip.port.effects.size(), settled) << (was_claim ? "claim " : "frame ") << t << " " << bytes;
            ASSERT_TRUE(fresh.write(0, 1));
        }
    }
    std::printf("cuts: %zu = %zu executed + %zu not executed\n", executed + not_executed, executed, not_executed);
}

TEST(LinkFaults, DestructiveReadsHappenExactlyOnceUnderAnyMixOfLossesAndRepetitions) {
    std::uint32_t noise = 20240607;
    const auto random = [&] { return (noise = noise * 1664525 + 1013904223) >> 16; };
    constexpr Kind kKinds[] = {Kind::request_lost, Kind::reply_lost, Kind::duplicate, Kind::flip_out,
                               Kind::flip_in,      Kind::ones,       Kind::zeros,     Kind::not_started};
    Bench chip;
    Link link(chip.wire, Link::Mode::managed);
    ASSERT_TRUE(link.claim(3));
    std::size_t faults = 0;
    unsigned in_a_row = 0;
    chip.wire.before = [&](std::size_t index) {
        const bool bad = in_a_row + 1 < kAttempts && random() % 2 == 0;
        in_a_row = bad ? in_a_row + 1 : 0;
        if (!bad) return;
        // The request is 24 bytes, the reply 16 from byte 28: flips hit what matters.
        const Kind kind = kKinds[random() % 8];
        chip.wire.faults[index] = {kind, kind == Kind::flip_in ? 28 * 8 + random() % 128 : random() % 192};
        ++faults;
    };
    for (std::uint32_t i = 0; i < 5000; ++i) {
        std::uint32_t word = 0;
        const Access access{Op::consume, FakePort::kFifo, 1, &word, nullptr};
        ASSERT_TRUE(link.execute({&access, 1}));
        ASSERT_EQ(word, 1000 + i);
        // The same and older requests again, late.
        model::Bridge bridge(chip.port, chip.session);
        std::vector<std::uint8_t> in(kMaxTransfer);
        for (std::size_t back = 1; back < 12 && back <= chip.wire.transfers.size(); back += 3) {
            const auto& old = chip.wire.transfers[chip.wire.transfers.size() - back].out;
            bridge.transfer(old.data(), in.data(), old.size());
        }
        ASSERT_EQ(chip.port.fifo_next, 1001 + i);
    }
    std::printf("5000 destructive reads, %zu faulty frames of %zu, 20000 late repetitions: each read once\n", faults,
                chip.wire.transfers.size());
}

TEST(LinkFaults, AFencedRepetitionDoesNotClaimToKnowWhetherTheFirstAttemptCounted) {
    for (const Kind kind : {Kind::reply_lost, Kind::request_lost, Kind::not_started}) {
        Bench chip;
        Link old(chip.wire, Link::Mode::managed);
        ASSERT_TRUE(old.claim(1));
        TamperWire other(chip.port, chip.session, chip.clock);
        Link fresh(other, Link::Mode::managed);
        chip.wire.faults[2] = {kind, 0};
        chip.wire.after = [&](std::size_t index) {
            if (index == 2) {
                ASSERT_TRUE(fresh.claim(2));
            }
        };
        const auto result = old.write(0x10, 7);
        EXPECT_EQ(result.error().code, Code::fenced);
        EXPECT_EQ(result.error().effect, kind == Kind::not_started ? Effect::none : Effect::unknown);
        EXPECT_EQ(chip.port.words[4], kind == Kind::reply_lost ? 7U : 0U);
    }
}

TEST(LinkFaults, AStaleOwnersWritesNeverLandAndItNeverClaimsAgain) {
    Bench chip;
    Link old(chip.wire, Link::Mode::managed);
    ASSERT_TRUE(old.claim(1));
    ASSERT_TRUE(old.write(0x10, 7));
    Link fresh(chip.wire, Link::Mode::managed);
    EXPECT_EQ(fresh.claim(2).value(), 2U);
    const auto result = old.write(0x10, 8);
    EXPECT_EQ(result.error().code, Code::fenced);
    EXPECT_EQ(result.error().effect, Effect::none);
    EXPECT_EQ(chip.port.words[4], 7U);
    const std::size_t sent = chip.wire.transfers.size();
    EXPECT_EQ(old.write(0x10, 8).error().code, Code::fenced);
    EXPECT_EQ(old.claim(1).error().code, Code::claim_lost);
    EXPECT_EQ(old.claim(3).error().code, Code::claim_lost);
    EXPECT_EQ(chip.wire.transfers.size(), sent);
    EXPECT_TRUE(fresh.write(0x10, 9));
}

// B claims at every point of A's claim, with every fault in A's frames: one owner at the end, and both know who.
TEST(LinkFaults, OfTwoRacingClaimantsExactlyOneOwnsThePortAndTheOtherKnows) {
    int races = 0;
    for (const std::uint32_t start : {0U, 1U, 5U, kEpochLast - 1, kEpochLast}) {
        for (std::size_t when = 0; when < 6; ++when) {
            for (const Kind kind : {Kind::none, Kind::request_lost, Kind::reply_lost, Kind::duplicate}) {
                for (std::size_t where = 0; where < 3; ++where, ++races) {
                    Bench chip;
                    chip.port.set_epoch(start);
                    chip.wire.faults[where] = {kind, 0};
                    TamperWire other(chip.port, chip.session, chip.clock);
                    Link a(chip.wire, Link::Mode::managed);
                    Link b(other, Link::Mode::managed);
                    hal::bus::Result<std::uint32_t> b_epoch = 0;
                    const auto hook = [&](std::size_t point) {
                        if (point == when) b_epoch = b.claim(0xB);
                    };
                    chip.wire.before = [&](std::size_t index) { hook(2 * index); };
                    chip.wire.after = [&](std::size_t index) { hook(2 * index + 1); };
                    const auto a_epoch = a.claim(0xA);
                    chip.wire.before = nullptr;
                    chip.wire.after = nullptr;
                    const bool raced = b.epoch() != 0;
                    const std::uint32_t owner = chip.session.owner_nonce;
                    ASSERT_TRUE(b_epoch);
                    ASSERT_EQ(a.write(0x10, 1).has_value(), owner == 0xA);
                    ASSERT_EQ(raced && b.write(0x10, 2).has_value(), owner == 0xB);
                    if (!a_epoch) {
                        ASSERT_EQ(a_epoch.error().code, Code::claim_lost);
                        ASSERT_EQ(a_epoch.error().value, *b_epoch);
                    }
                    ASSERT_NE(chip.port.epoch(), kEpochNone);
                    ASSERT_NE(chip.port.epoch(), kEpochQuery);
                }
            }
        }
    }
    std::printf("races: %d\n", races);
}

TEST(LinkFaults, ALostClaimReplyIsAskedForAgainAndCostsOneEpochOnly) {
    for (std::size_t where = 0; where < 2; ++where) {
        for (const Kind kind : {Kind::request_lost, Kind::reply_lost, Kind::duplicate, Kind::ones}) {
            Bench chip;
            chip.port.set_epoch(41);
            chip.wire.faults[where] = {kind, 0};
            Link link(chip.wire, Link::Mode::managed);
            EXPECT_EQ(link.claim(8).value(), 42U);
            EXPECT_TRUE(link.write(0, 1));
        }
    }
}

TEST(LinkFaults, TheOwnersNonceCarriesOnBehindTheLastSequence) {
    Bench chip;
    Link first(chip.wire, Link::Mode::managed);
    ASSERT_TRUE(first.claim(8));
    for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(first.write(0x10, i));
    Link again(chip.wire, Link::Mode::managed);
    EXPECT_EQ(again.claim(8).value(), 1U);
    ASSERT_TRUE(again.write(0x10, 9));
    EXPECT_EQ(chip.port.words[4], 9U);
    EXPECT_EQ(chip.session.last_sequence, 4);
}

TEST(LinkFaults, AChipResetFencesTheOldOwnerAndTheNextOneStartsAtEpochOne) {
    Bench chip;
    Link old(chip.wire, Link::Mode::managed);
    ASSERT_TRUE(old.claim(8));
    ASSERT_TRUE(old.write(0x10, 1));
    chip.session = model::BridgeSession{};
    chip.port.set_epoch(0);
    EXPECT_EQ(old.write(0x10, 2).error().code, Code::fenced);
    Link fresh(chip.wire, Link::Mode::managed);
    EXPECT_EQ(fresh.claim(9).value(), 1U);
    EXPECT_EQ(chip.port.words[4], 1U);
}

}  // namespace
}  // namespace transports::spi
