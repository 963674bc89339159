// The chip's decoder, fed with frames built here byte by byte.
#include "transports/model/bridge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <type_traits>
#include <vector>

#include "transports/model/crc.hpp"
#include "transports/model/fake_port.hpp"

namespace transports::model {
namespace {

using Bytes = std::vector<std::uint8_t>;

static_assert(std::is_trivially_copyable_v<BridgeSession>);

void add(Bytes& bytes, std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t at(const Bytes& bytes, std::size_t offset, int size) {
    std::uint64_t value = 0;
    for (int i = size - 1; i >= 0; --i) value = value << 8 | bytes.at(offset + static_cast<std::size_t>(i));
    return value;
}

std::uint32_t item(std::uint32_t op, std::uint32_t words, std::uint32_t address) {
    return op << 29 | (words - 1) << 22 | address / 4;
}

struct Ask {
    std::uint8_t kind = 1;
    std::uint32_t epoch = 7;
    std::uint32_t nonce = 0x11223344;
    std::uint16_t sequence = 5;
    std::uint16_t items = 1;
    std::vector<std::uint32_t> payload;
    int size_error = 0;
};

Bytes request(const Ask& ask) {
    Bytes bytes;
    add(bytes, 0xC1, 1);
    add(bytes, ask.kind, 1);
    const int size = 4 * static_cast<int>(ask.payload.size()) + ask.size_error;
    add(bytes, static_cast<std::uint16_t>(size), 2);
    add(bytes, ask.epoch, 4);
    add(bytes, ask.nonce, 4);
    add(bytes, ask.sequence, 2);
    add(bytes, ask.items, 2);
    for (const std::uint32_t word : ask.payload) add(bytes, word, 4);
    for (int i = 0; i < ask.size_error; ++i) bytes.push_back(0);
    for (int i = 0; i > ask.size_error; --i) bytes.pop_back();
    add(bytes, crc32(bytes.data(), bytes.size()), 4);
    return bytes;
}

class BridgeTest : public testing::Test {
protected:
    BridgeTest() {
        port.set_epoch(7);
        session.owner_nonce = 0x11223344;
        session.last_sequence = 4;
    }

    // Everything the chip says, with room for `extra` bytes of data.
    Bytes send(Bytes frame, std::size_t extra = 64) {
        const std::size_t size = frame.size();
        frame.resize(size + 4 + 12 + extra);
        Bytes in(frame.size(), 0xEE);
        bridge.transfer(frame.data(), in.data(), frame.size());
        EXPECT_TRUE(std::all_of(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(size) + 4,
                                [](std::uint8_t byte) { return byte == 0; }));
        in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(size) + 4);
        return in;
    }
    static bool silent(const Bytes& in) {
        return std::all_of(in.begin(), in.end(), [](std::uint8_t byte) { return byte == 0; });
    }
    // Status of a valid reply, after checking its frame.
    static std::uint64_t status(const Bytes& in) {
        const std::size_t covered = 8 + static_cast<std::size_t>(at(in, 6, 2));
        EXPECT_EQ(at(in, covered, 4), crc32(in.data(), covered));
        EXPECT_EQ(at(in, 0, 1), 0xA5U);
        return at(in, 1, 1);
    }

    FakePort port;
    BridgeSession session;
    Bridge bridge{port, session};
};

TEST_F(BridgeTest, TheDocumentedExampleIsExactToTheByte) {
    // docs/spi-link.md, section 10.
    const Bytes host = {0xc1, 0x01, 0x1c, 0x00, 0x07, 0x00, 0x00, 0x00, 0x44, 0x33, 0x22, 0x11, 0x05, 0x00, 0x03, 0x00,
                        0x00, 0x04, 0x00, 0x60, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x08, 0x40, 0x40,
                        0xef, 0xbe, 0xad, 0xde, 0x05, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x20, 0x7c, 0x2f, 0x4a, 0x9d};
    port.words[0x1000 / 4] = 0x101;
    const Bytes in = send(host, 4);
    EXPECT_EQ(status(in), 0U);
    const Bytes chip = {0xa5, 0x00, 0x05, 0x00, 0x04, 0x00, 0x04, 0x00, 0x05, 0x00, 0x00, 0x00, 0xfd, 0x72, 0xac, 0x55};
    EXPECT_EQ(in, chip);
    EXPECT_EQ(port.words[0x2000 / 4], 0xDEADBEEFU);
}

TEST_F(BridgeTest, NonsenseInsideAValidFrameExecutesNothingAndConsumesNoSequence) {
    const std::uint32_t w = item(2, 1, 0);
    const std::vector<Ask> bad = {
        {9, 7, 0x11223344, 5, 1, {w, 1}, 0},                               // no such kind
        {0, 7, 0x11223344, 5, 1, {w, 1}, 0},                               //
        {1, 7, 0x11223344, 0, 1, {w, 1}, 0},                               // sequence 0
        {1, 7, 0x11223344, 5, 0, {}, 0},                                   // no items
        {1, 7, 0x11223344, 5, 0, {w, 1}, 0},                               // more payload than items
        {1, 7, 0x11223344, 5, 2, {w, 1}, 0},                               // fewer
        {1, 7, 0x11223344, 5, 1, {w}, 0},                                  // operand missing
        {1, 7, 0x11223344, 5, 1, {w, 1, 2}, 0},                            // one too many
        {1, 7, 0x11223344, 5, 1, {w, 1}, 1},                               // ragged
        {1, 7, 0x11223344, 5, 1, {w, 1}, -1},                              //
        {1, 7, 0x11223344, 5, 2, {w, 1, item(0, 1, 0)}, 0},                // no such op, behind a good write
        {1, 7, 0x11223344, 5, 2, {w, 1, item(6, 1, 0)}, 0},                //
        {1, 7, 0x11223344, 5, 2, {w, 1, item(7, 1, 0)}, 0},                //
        {1, 7, 0x11223344, 5, 2, {w, 1, item(3, 2, 0), 0, 0, 0}, 0},       // guard of two words
        {1, 7, 0x11223344, 5, 2, {w, 1, item(4, 2, FakePort::kFifo)}, 0},  // consume of two
        {1, 7, 0x11223344, 5, 2, {w, 1, item(1, 2, 0xFFFFFC)}, 0},         // beyond the address space
        {1, 7, 0x11223344, 5, 2, {w, 1, item(2, 2, 0xFFFFFC), 0, 0}, 0},   //
        {2, 7, 0, 1, 0, {}, 0},                                            // CLAIM without a nonce
        {2, 7, 5, 1, 1, {w, 1}, 0},                                        // CLAIM with items
        {3, 7, 0, 1, 1, {item(1, 1, 0)}, 0},                               // OBSERVE with an epoch
        {3, 0, 7, 1, 1, {item(1, 1, 0)}, 0},                               // or a nonce
        {3, 0, 0, 1, 0, {}, 0},                                            // or nothing in it
    };
    for (const Ask& ask : bad) EXPECT_EQ(status(send(request(ask))), 5U) << "case " << &ask - bad.data();
    EXPECT_TRUE(port.effects.empty());
    EXPECT_EQ(port.reads, 0U);
    EXPECT_EQ(session.last_sequence, 4);
    EXPECT_EQ(status(send(request({1, 7, 0x11223344, 5, 1, {w, 1}, 0}))), 0U);
    std::printf("malformed frames refused: %zu\n", bad.size());
}

TEST_F(BridgeTest, AReplyThatWouldNotFitTheFrameIsRefusedBeforeAnythingIsExecuted) {
    Ask ask;
    ask.payload = {item(2, 1, 0), 1};
    for (int i = 0; i < 8; ++i) ask.payload.push_back(item(1, 128, 0));
    ask.items = 9;
    EXPECT_EQ(status(send(request(ask))), 5U);
    EXPECT_TRUE(port.effects.empty());
}

TEST_F(BridgeTest, WhatIsNotAFrameIsAnsweredBySilence) {
    const Bytes good = request({1, 7, 0x11223344, 5, 1, {item(2, 1, 0), 1}, 0});
    EXPECT_TRUE(silent(send(Bytes(40, 0x00))));
    EXPECT_TRUE(silent(send(Bytes(40, 0xFF))));
    EXPECT_TRUE(silent(send({})));
    Bytes other = good;
    other[0] = 0xC2;
    other.resize(other.size() - 4);
    add(other, crc32(other.data(), other.size()), 4);
    EXPECT_TRUE(silent(send(other)));
    std::uint32_t noise = 7;
    for (int i = 0; i < 20'000; ++i) {
        Bytes random((noise = noise * 1664525 + 1013904223) >> 24);
        for (auto& byte : random) byte = static_cast<std::uint8_t>((noise = noise * 1664525 + 1013904223) >> 24);
        if (i % 2 == 0 && random.size() > 4) {
            random[0] = 0xC1;
            random[3] = 0;
        }
        ASSERT_TRUE(silent(send(random)));
    }
    EXPECT_TRUE(port.effects.empty());
    EXPECT_EQ(status(send(good)), 0U);
}

TEST_F(BridgeTest, ASequenceNumberExecutesOnceAndIsAnsweredAgainFromTheRetainedReply) {
    const Bytes frame = request({1, 7, 0x11223344, 5, 1, {item(4, 1, FakePort::kFifo)}, 0});
    const Bytes first = send(frame);
    const BridgeSession retained = session;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(send(frame), first);
    EXPECT_EQ(port.fifo_next, 1001U);
    EXPECT_EQ(used_size(session), used_size(retained));
    // The same number over another body is somebody's mistake, not a repetition.
    EXPECT_EQ(status(send(request({1, 7, 0x11223344, 5, 1, {item(2, 1, 0), 1}, 0}))), 5U);
    EXPECT_EQ(send(frame), first);
}

TEST_F(BridgeTest, OlderSequenceNumbersAreStaleAndSkippedOnesAreFine) {
    const auto write = [&](std::uint16_t sequence) {
        return status(send(request({1, 7, 0x11223344, sequence, 1, {item(2, 1, 0), sequence}, 0})));
    };
    EXPECT_EQ(write(9), 0U);
    for (const std::uint16_t old : {std::uint16_t{8}, std::uint16_t{5}, std::uint16_t{1}, std::uint16_t{0x8009}}) {
        EXPECT_EQ(write(old), 7U) << old;
    }
    EXPECT_EQ(write(0x8008), 0U);
    EXPECT_EQ(write(0xFFFF), 0U);
    EXPECT_EQ(write(1), 0U);
    EXPECT_EQ(write(0xFFFF), 7U);
    EXPECT_EQ(port.effects.size(), 4U);
}

TEST_F(BridgeTest, AnotherEpochOrNonceIsFencedAndNobodyOwnsEpochZero) {
    const auto write = [&](std::uint32_t epoch, std::uint32_t nonce) {
        return status(send(request({1, epoch, nonce, 5, 1, {item(2, 1, 0), 1}, 0})));
    };
    EXPECT_EQ(write(6, 0x11223344), 3U);
    EXPECT_EQ(write(8, 0x11223344), 3U);
    EXPECT_EQ(write(7, 0x11223345), 3U);
    port.set_epoch(0);
    EXPECT_EQ(write(0, 0x11223344), 3U);
    session = BridgeSession{};
    EXPECT_EQ(write(0, 0), 3U);
    EXPECT_TRUE(port.effects.empty());
}

TEST_F(BridgeTest, ClaimSwapsOnlyAgainstTheCurrentEpochAndClearsSequenceAndReply) {
    const auto ask = [&](std::uint32_t expected, std::uint32_t nonce) {
        return send(request({2, expected, nonce, 1, 0, {}, 0}));
    };
    ASSERT_EQ(status(send(request({1, 7, 0x11223344, 5, 1, {item(2, 1, 0), 1}, 0}))), 0U);
    for (const std::uint32_t wrong : {6U, 8U, 0U, 0xFFFFFFFFU}) {
        const Bytes lost = ask(wrong, 99);
        EXPECT_EQ(status(lost), 4U);
        EXPECT_EQ(at(lost, 8, 4), 7U);
    }
    EXPECT_EQ(session.last_sequence, 5);
    const Bytes mine = ask(6, 0x11223344);  // the owner repeats itself
    EXPECT_EQ(status(mine), 0U);
    EXPECT_EQ(at(mine, 8, 4), 7U);
    EXPECT_EQ(at(mine, 12, 2), 5U);
    EXPECT_EQ(session.last_sequence, 5);
    const Bytes won = ask(7, 99);
    EXPECT_EQ(status(won), 0U);
    EXPECT_EQ(at(won, 8, 4), 8U);
    EXPECT_EQ(at(won, 12, 4), 0U);
    EXPECT_EQ(session.last_sequence, 0);
    EXPECT_EQ(session.reply_size, 0);
    EXPECT_EQ(port.effects.back(), (FakePort::Effect{'d', 0, 8}));
    EXPECT_EQ(ask(7, 99), won);
    EXPECT_EQ(port.effects.size(), 2U);
}

TEST_F(BridgeTest, EpochsSkipZeroAndTheQueryValue) {
    port.set_epoch(0xFFFFFFFE);
    EXPECT_EQ(claim(port, session, 0xFFFFFFFE, 5).epoch, 1U);
    // An upset epoch register must not turn the query into a claim, nor lock everybody out.
    port.set_epoch(0xFFFFFFFF);
    const ClaimAnswer query = claim(port, session, 0xFFFFFFFF, 6);
    EXPECT_FALSE(query.granted);
    EXPECT_TRUE(claim(port, session, query.epoch, 6).granted);
    EXPECT_EQ(port.epoch(), 1U);
}

TEST_F(BridgeTest, ObserversGetPlainReadsOnlyAndLeaveTheRetainedReplyAlone) {
    const Bytes frame = request({1, 7, 0x11223344, 5, 1, {item(4, 1, FakePort::kFifo)}, 0});
    const Bytes first = send(frame);
    const auto observe = [&](std::uint16_t items, std::vector<std::uint32_t> payload) {
        return send(request({3, 0, 0, 5, items, std::move(payload), 0}));
    };
    EXPECT_EQ(status(observe(1, {item(1, 4, 0)})), 0U);
    EXPECT_EQ(status(observe(2, {item(1, 1, 0), item(2, 1, 0), 1})), 6U);
    EXPECT_EQ(status(observe(1, {item(3, 1, 0), 0, 0})), 6U);
    EXPECT_EQ(status(observe(1, {item(4, 1, FakePort::kFifo)})), 6U);
    const Bytes fifo = observe(2, {item(1, 1, 0), item(1, 1, FakePort::kFifo)});
    EXPECT_EQ(status(fifo), 6U);
    EXPECT_EQ(at(fifo, 4, 2), 1U);
    EXPECT_EQ(status(observe(1, {item(1, 1, FakePort::kGated)})), 1U);
    EXPECT_EQ(port.effects.size(), 1U);
    EXPECT_EQ(send(frame), first);
}

TEST_F(BridgeTest, ABusyBridgeHasExecutedAndAnswersLater) {
    session.busy_frames = 1;
    const Bytes frame = request({1, 7, 0x11223344, 5, 1, {item(4, 1, FakePort::kFifo)}, 0});
    const Bytes busy = send(frame);
    EXPECT_EQ(at(busy, 0, 1), 0x5AU);
    EXPECT_EQ(at(busy, 8, 4), crc32(busy.data(), 8));
    EXPECT_EQ(status(send(frame)), 0U);
    EXPECT_EQ(port.fifo_next, 1001U);
}

}  // namespace
}  // namespace transports::model
