// The RTL bridge beside the reference (transports/model/bridge.cpp): the same bytes into both, and everything that
// comes out has to be equal: replies to the byte, effects on the registers, owner.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "transports/dpi/rtl/bridge/bridge_bench.hpp"

namespace transports::dpi {
namespace {

using model::FakePort;

class BridgeRtl : public testing::Test {
protected:
    BridgeRtl() {
        rtl.wait_states = 3;
        both(request({2, 0, 77, 1, 0, {}, 0}), 24);  // epoch 1, nonce 77
    }

    /// `frame` and room for its reply into both; everything equal afterwards. Answers what the chip said.
    Bytes both(Bytes frame, std::size_t room) {
        const std::size_t end = frame.size();
        frame.resize(end + 4 + 12 + room);
        return both_exactly(frame, end, frame.size() * 8);
    }
    Bytes both_exactly(const Bytes& frame, std::size_t pause_at, std::size_t bits) {
        Bytes expected(frame.size(), 0xEE);
        // A byte that was cut is no byte.
        bridge.transfer(frame.data(), expected.data(), bits / 8);
        const Bytes got = rtl.transfer(frame, pause_at, bits);
        if (bits % 8 != 0 || bits / 8 < pause_at) rtl.clock(enough(frame.size()));
        for (std::size_t i = 0; i < bits / 8; ++i) {
            EXPECT_EQ(got[i], expected[i]) << "byte " << i << " of frame " << frames;
        }
        for (std::size_t i = 0; i < bits / 8; ++i) answered += expected[i] != 0 ? 1 : 0;
        compare();
        ++frames;
        bytes += bits / 8;
        return got;
    }
    void compare() {
        EXPECT_EQ(rtl.port.effects, port.effects);
        effects += port.effects.size();
        rtl.port.effects.clear();
        port.effects.clear();
        EXPECT_EQ(rtl.epoch(), port.epoch());
        EXPECT_EQ(rtl.owner(), session.owner_nonce);
    }
    void report(const char* what) const {
        std::printf("%s: %llu frames, %llu bytes compared, %llu of them not zero, %llu effects, %llu clocks\n", what,
                    static_cast<unsigned long long>(frames), static_cast<unsigned long long>(bytes),
                    static_cast<unsigned long long>(answered), static_cast<unsigned long long>(effects),
                    static_cast<unsigned long long>(rtl.clocks));
        EXPECT_GT(answered, 0U);
        EXPECT_GT(effects, 0U);
    }

    FakePort port;
    model::BridgeSession session;
    model::Bridge bridge{port, session};
    Rtl rtl;
    std::uint64_t frames = 0, bytes = 0, answered = 0, effects = 0;
};

/// One frame of each shape, of the owner (epoch 1, nonce 77).
std::vector<Ask> shapes() {
    return {
        {1, 1, 77, 1, 3, {item(3, 1, 0x1000), 0xFF, 0, item(2, 2, 0x2000), 0xDEADBEEF, 5, item(1, 1, 0x2004)}, 0},
        {1, 1, 77, 2, 1, {item(4, 1, FakePort::kFifo)}, 0},
        {1, 1, 77, 3, 1, {item(5, 3, FakePort::kPort), 1, 2, 3}, 0},
        {1, 1, 77, 4, 2, {item(2, 1, 0x10), 9, item(1, 2, FakePort::kGated - 4)}, 0},  // a read that goes too far
        {2, 1, 99, 5, 0, {}, 0},
        {3, 0, 0, 6, 2, {item(1, 4, 0), item(1, 1, FakePort::kFifo)}, 0},
    };
}

TEST_F(BridgeRtl, EveryShapeOfFrameIsAnsweredAlike) {
    const std::uint32_t w = item(2, 1, 0);
    std::vector<Ask> all = shapes();
    all.erase(all.begin() + 4);  // CLAIM: below, so that this owner stays
    const std::vector<Ask> bad = {
        {9, 1, 77, 7, 1, {w, 1}, 0},
        {0, 1, 77, 7, 1, {w, 1}, 0},
        {1, 1, 77, 0, 1, {w, 1}, 0},
        {1, 1, 77, 7, 0, {}, 0},
        {1, 1, 77, 7, 0, {w, 1}, 0},
        {1, 1, 77, 7, 2, {w, 1}, 0},
        {1, 1, 77, 7, 1, {w}, 0},
        {1, 1, 77, 7, 1, {w, 1, 2}, 0},
        {1, 1, 77, 7, 1, {w, 1}, 1},
        {1, 1, 77, 7, 1, {w, 1}, 2},
        {1, 1, 77, 7, 2, {w, 1, item(0, 1, 0)}, 0},
        {1, 1, 77, 7, 2, {w, 1, item(6, 1, 0)}, 0},
        {1, 1, 77, 7, 2, {w, 1, item(3, 2, 0), 0, 0, 0}, 0},
        {1, 1, 77, 7, 2, {w, 1, item(4, 2, FakePort::kFifo)}, 0},
        {1, 1, 77, 7, 2, {w, 1, item(1, 2, 0xFFFFFC)}, 0},
        {1, 1, 77, 7, 2, {w, 1, item(2, 2, 0xFFFFFC), 0, 0}, 0},
        {1, 1, 77, 7, 1, {item(1, 1, 0xFFFFFC)}, 0},  // sound, but nobody there
        {2, 1, 0, 7, 0, {}, 0},
        {2, 5, 78, 7, 1, {w, 1}, 0},
        {2, 9, 78, 7, 0, {}, 0},
        {2, 0xFFFFFFFF, 78, 7, 0, {}, 0},
        {2, 0, 77, 7, 0, {}, 0},  // the owner repeats itself
        {3, 1, 0, 7, 1, {item(1, 1, 0)}, 0},
        {3, 0, 7, 7, 1, {item(1, 1, 0)}, 0},
        {3, 0, 0, 7, 0, {}, 0},
        {3, 0, 0, 7, 2, {item(1, 1, 0), w, 1}, 0},
        {3, 0, 0, 7, 1, {item(4, 1, FakePort::kFifo)}, 0},
        {1, 2, 77, 7, 1, {w, 1}, 0},
        {1, 1, 78, 7, 1, {w, 1}, 0},
        {1, 0, 77, 7, 1, {w, 1}, 0},
        {1, 1, 77, 2, 1, {w, 1}, 0},       // stale
        {1, 1, 77, 0x8005, 1, {w, 1}, 0},  // half a circle ahead
        {1, 1, 77, 7, 1, {item(3, 1, 0), 1, 0}, 0},
        {1, 1, 77, 8, 2, {w, 1, item(3, 1, 0), 1, 0}, 0},
        {1, 1, 77, 9, 1, {item(4, 1, 0)}, 0},
        {1, 1, 77, 10, 1, {item(2, 1, FakePort::kEpoch), 1}, 0},
        {1, 1, 77, 11, 1, {item(1, 1, FakePort::kFifo)}, 0},
        {1, 1, 77, 0x7FFF, 1, {w, 1}, 0},
        {1, 1, 77, 0xFFFE, 1, {w, 2}, 0},
        {1, 1, 77, 1, 1, {w, 3}, 0},
    };
    all.insert(all.end(), bad.begin(), bad.end());
    for (const Ask& ask : all) {
        for (int repetition = 0; repetition < 2; ++repetition) both(request(ask), 32);
    }
    for (const std::uint32_t nonce : {99U, 99U, 100U}) both(request({2, 1, nonce, 1, 0, {}, 0}), 8);
    report("shapes");
}

TEST_F(BridgeRtl, FramesOfTheGreatestSizeAreExecutedWholeAndAnsweredAlike) {
    Ask ask{1, 1, 77, 1, 7, {}, 0};
    for (std::uint32_t k = 0; k < 7; ++k) {
        ask.payload.push_back(item(2, 128, k * 512));
        for (std::uint32_t i = 0; i < 128; ++i) ask.payload.push_back(k << 16 | i * 0x01010101U);
    }
    both(request(ask), 0);
    both(request({1,
                  1,
                  77,
                  2,
                  7,
                  {item(1, 128, 0), item(1, 128, 512), item(1, 128, 1024), item(1, 128, 1536), item(1, 128, 2048),
                   item(1, 128, 2560), item(1, 128, 3072)},
                  0}),
         3584);
    Ask most{3, 0, 0, 3, 8, {}, 0};  // 8 + 1007 words: to the last byte
    for (std::uint32_t k = 0; k < 8; ++k) most.payload.push_back(item(1, k < 7 ? 128 : 111, k * 512));
    both(request(most), 1007 * 4);
    most.payload.back() = item(1, 112, 7 * 512);  // one word too many
    both(request(most), 64);
    Ask full{1, 1, 77, 4, 1015, {}, 0};
    full.payload.assign(1015, item(3, 1, 0));  // nonsense in full size
    both(request(full), 0);
    full.payload.assign(1019, 0);
    both_exactly(request(full), 4096, 4096 * 8 - 1);
    report("greatest frames");
}

TEST_F(BridgeRtl, EveryFlippedBitOnTheWayInIsSilenceOrTheSameAnswer) {
    std::uint64_t flips = 0, silent = 0;
    for (const Ask& ask : shapes()) {
        Bytes frame = request(ask);
        const std::size_t end = frame.size();
        frame.resize(end + 16 + 32);
        for (std::size_t bit = 0; bit < frame.size() * 8; ++bit, ++flips) {
            Bytes flipped = frame;
            flipped[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
            const std::uint64_t before = answered;
            both_exactly(flipped, end, frame.size() * 8);
            silent += answered == before ? 1 : 0;
        }
        both_exactly(frame, end, frame.size() * 8);
    }
    std::printf("%llu bits flipped, %llu frames answered by silence\n", static_cast<unsigned long long>(flips),
                static_cast<unsigned long long>(silent));
    EXPECT_GT(silent, 0U);
    EXPECT_LT(silent, flips);
    report("flips");
}

TEST_F(BridgeRtl, AFrameThatIsCutAtAnyBitIsExecutedWholeOrNotAtAll) {
    std::uint16_t sequence = 0;
    for (Ask ask : shapes()) {
        if (ask.kind == 2) continue;
        const std::size_t bits = (request(ask).size() + 16 + 24) * 8;
        for (std::size_t cut = 1; cut <= bits; ++cut) {
            ask.sequence = ++sequence;
            Bytes frame = request(ask);
            const std::size_t end = frame.size();
            frame.resize(end + 16 + 24);
            both_exactly(frame, end, cut);
        }
    }
    report("cuts");
}

TEST_F(BridgeRtl, AFrameThatIsCutAtAnyClockIsExecutedWholeOrNotAtAll) {
    std::uint64_t nothing = 0, whole = 0;
    std::uint16_t sequence = 0;
    Ask ask = shapes()[0];
    const unsigned clocks = static_cast<unsigned>(request(ask).size() + 12) * 8 * 2 * kHalf;
    for (unsigned cut = 1; cut < clocks; ++cut) {
        ask.sequence = ++sequence;
        Bytes frame = request(ask);
        frame.resize(frame.size() + 16);
        rtl.cut(frame, cut);
        const std::size_t took = rtl.port.effects.size();
        ASSERT_TRUE(took == 0 || took == 2) << cut;
        (took == 0 ? nothing : whole) += 1;
        rtl.port.effects.clear();
        if (took == 0) --sequence;
    }
    EXPECT_GT(nothing, 0U);
    EXPECT_GT(whole, 0U);
    std::printf("cut at %u clocks: %llu times nothing, %llu times the whole frame\n", clocks - 1,
                static_cast<unsigned long long>(nothing), static_cast<unsigned long long>(whole));
}

TEST_F(BridgeRtl, WithoutAPauseALongFrameIsBusyAndItsRepetitionIsAnswered) {
    Ask ask{1, 1, 77, 1, 4, {}, 0};
    for (std::uint32_t k = 0; k < 4; ++k) {
        ask.payload.push_back(item(2, 128, k * 512));
        for (std::uint32_t i = 0; i < 128; ++i) ask.payload.push_back(i);
    }
    session.busy_frames = 1;
    Bytes frame = request(ask);
    const std::size_t start = frame.size() + 4;
    frame.resize(start + 12);
    Bytes expected(frame.size());
    bridge.transfer(frame.data(), expected.data(), frame.size());
    EXPECT_EQ(rtl.transfer(frame, 0, frame.size() * 8), expected);
    EXPECT_EQ(expected[start], 0x5A);
    rtl.clock(enough(4096));
    compare();
    EXPECT_EQ(both_exactly(frame, 0, frame.size() * 8)[start], 0xA5);
    report("busy");
}

TEST_F(BridgeRtl, WhatArrivesWhileARequestIsExecutedIsNotHeardAndHarmsNothing) {
    Ask ask{1, 1, 77, 1, 4, {}, 0};
    for (std::uint32_t k = 0; k < 4; ++k) {
        ask.payload.push_back(item(2, 128, k * 512));
        for (std::uint32_t i = 0; i < 128; ++i) ask.payload.push_back(i ^ k);
    }
    const Bytes frame = request(ask);
    Bytes in(frame.size());
    bridge.transfer(frame.data(), in.data(), frame.size());
    rtl.transfer(frame, 0, frame.size() * 8);
    Bytes claim = request({2, 1, 99, 1, 0, {}, 0});
    claim.resize(claim.size() + 24);
    for (const std::uint8_t byte : rtl.transfer(claim, 0, claim.size() * 8)) EXPECT_EQ(byte, 0);
    rtl.clock(enough(4096));
    compare();
    both(request({1, 1, 77, 2, 1, {item(1, 128, 512)}, 0}), 512);
    report("deaf");
}

TEST_F(BridgeRtl, TheOtherPathClaimsThroughTheSameSwap) {
    const auto other = [&](std::uint32_t expected, std::uint32_t nonce) {
        if (nonce != 0) model::claim(port, session, expected, nonce);
        EXPECT_TRUE(rtl.claim(expected, nonce));
        compare();
    };
    both(request({1, 1, 77, 1, 1, {item(2, 1, 0), 1}, 0}), 0);
    other(5, 99);
    other(1, 77);
    other(1, 0);
    other(1, 99);
    both(request({1, 1, 77, 2, 1, {item(2, 1, 0), 2}, 0}), 0);  // fenced
    both(request({2, 0, 99, 1, 0, {}, 0}), 8);
    both(request({1, 2, 99, 1, 1, {item(2, 1, 0), 3}, 0}), 0);
    other(0xFFFFFFFF, 5);
    report("other path");
}

TEST_F(BridgeRtl, RandomFramesAreAnsweredAlike) {
    std::mt19937 random(20'240'229);
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    Bytes before;
    std::uint32_t sequence = 0;
    for (int i = 0; i < 3'000; ++i) {
        if (below(12) == 0 && !before.empty()) {
            both(before, 600);
            continue;
        }
        Ask ask;
        const std::uint32_t kind = below(20);
        ask.kind = kind < 14 ? 1 : kind < 16 ? 2 : kind < 19 ? 3 : below(256);
        ask.epoch = ask.kind == 3 ? 0 : port.epoch() + (below(8) == 0 ? below(3) : 0);
        ask.nonce = ask.kind == 3 ? 0 : session.owner_nonce + (below(6) == 0 ? below(2) : 0);
        if (session.last_sequence == 0) sequence = 0;
        sequence = (sequence + (below(10) == 0 ? below(65536) : 1)) & 0xFFFF;
        ask.sequence = sequence;
        ask.items = ask.kind == 2 ? 0 : 1 + below(5);
        for (std::uint32_t k = 0; k < ask.items; ++k) {
            const std::uint32_t op = below(40) == 0 ? below(8) : 1 + below(ask.kind == 3 ? 1 : 5);
            const std::uint32_t words = op == 3 || op == 4 ? 1 + (below(60) == 0 ? 1 : 0) : 1 + below(20);
            const std::uint32_t place = below(10);
            const std::uint32_t address = place == 0   ? FakePort::kFifo
                                          : place == 1 ? FakePort::kEpoch - 4 * below(4)
                                          : place == 2 ? 4 * below(1U << 22)
                                                       : 4 * below(FakePort::kGated / 4 + 8);
            ask.payload.push_back(item(op, words, op == 4 && below(3) != 0 ? FakePort::kFifo : address));
            const std::uint32_t operands = op == 2 || op == 5 ? words : op == 3 ? 2 : 0;
            for (std::uint32_t o = 0; o < operands; ++o) {
                ask.payload.push_back(op == 3 && below(3) != 0 ? 0 : static_cast<std::uint32_t>(random()));
            }
        }
        if (below(30) == 0) ask.items += below(3);
        before = request(ask);
        both(before, 4 * 100);
        if (testing::Test::HasFailure()) break;
    }
    report("random");
}

}  // namespace
}  // namespace transports::dpi
