#include "replay/transport/replaying_wire.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "replay/transport/recorded_boot_test.hpp"
#include "transports/recorder/format.hpp"
#include "transports/spi/crc.hpp"

namespace replay::transport {
namespace {

using trace::Kind;
using trace::Record;
using What = Divergence::What;
namespace spi = transports::spi;

RecordedBoot& boot() {
    static RecordedBoot one;
    return one;
}

Outcome run(ReplayingWire& wire) {
    spi::Link link(wire, spi::Link::Mode::managed);
    const Subject subject(boot().reader->description());
    if (!link.claim(first_claim(boot().frames)->nonce)) return {};
    return subject.run(link);
}

/// A word of an access, wherever it lies.
struct Word {
    Kind kind;
    std::uint64_t address, value;
    bool operator==(const Word& o) const { return kind == o.kind && address == o.address && value == o.value; }
};

std::vector<Word> words_of(const trace::Sequence& all) {
    std::vector<Word> words;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Record r = all.at(i);
        for (std::uint32_t k = 0; r.is_access() && k < r.words.size(); ++k) {
            words.push_back({r.kind, r.kind == Kind::guard ? r.address : r.address_of(k), r.words[k]});
        }
    }
    return words;
}

std::vector<imports::SpiFrame> spi_frames() {
    std::vector<imports::SpiFrame> frames;
    for (std::size_t i = 0; i < boot().frames.size(); ++i) {
        const Record r = boot().frames.at(i);
        if (r.kind != Kind::frame) continue;
        if (r.frame_begins) frames.emplace_back();
        frames.back().mosi.insert(frames.back().mosi.end(), r.tx.begin(), r.tx.end());
        frames.back().miso.insert(frames.back().miso.end(), r.rx.begin(), r.rx.end());
    }
    return frames;
}

/// The recorded frames with another byte sent in the record at `row`, its CRC right again.
trace::Sequence changed(std::size_t row, std::size_t byte, std::uint8_t mask) {
    trace::Sequence other;
    for (std::size_t i = 0; i < boot().frames.size(); ++i) {
        Record r = boot().frames.at(i);
        std::vector<std::uint8_t> tx(r.tx.begin(), r.tx.end());
        if (i == row) {
            tx[byte] ^= mask;
            const std::size_t end = spi::kRequestHeader + transports::recorder::get16(&tx[spi::kAtPayloadSize]);
            transports::recorder::put32(&tx[end], spi::crc32(tx.data(), end));
        }
        r.tx = {tx.data(), tx.size()};
        other.add(r);
    }
    return other;
}

/// Records of frames in one piece that write one word at least, and where that word lies.
std::vector<std::pair<std::size_t, std::size_t>> writes() {
    std::vector<std::pair<std::size_t, std::size_t>> rows;
    for (std::size_t i = 0; i < boot().frames.size(); ++i) {
        const Record r = boot().frames.at(i);
        if (r.kind != Kind::frame || !r.frame_begins || !r.frame_ends || r.tx[spi::kAtKind] != spi::kExecute) continue;
        const std::uint32_t item = transports::recorder::get32(&r.tx[spi::kRequestHeader]);
        if (item >> spi::kOpShift == spi::kOpWrite) rows.emplace_back(i, spi::kRequestHeader + 4);
    }
    return rows;
}

TEST(ReplayingWireTest, AFreshHalAndItsLinkReplayTheirOwnFrames) {
    ReplayingWire wire(boot().frames, boot().reader->schema());
    const Outcome outcome = run(wire);
    wire.finish();
    EXPECT_TRUE(outcome.ended);
    EXPECT_TRUE(wire.divergences().empty()) << wire.divergences()[0].reg;
    EXPECT_EQ(outcome.report.writes, boot().outcome.report.writes);
    EXPECT_GT(outcome.report.writes, 0u);
    EXPECT_EQ(outcome.report.elapsed_ns, boot().outcome.report.elapsed_ns);
    EXPECT_EQ(wire.position(), boot().frames.size());
    EXPECT_EQ(wire.replayed(), spi_frames().size());
    EXPECT_GT(wire.replayed(), 50u);
}

TEST(ReplayingWireTest, AnotherWordInAFrameIsToldByItsRegister) {
    const auto rows = writes();
    ASSERT_GT(rows.size(), 10u);
    std::mt19937 random(3);
    int found = 0;
    for (int i = 0; i < 100; ++i, ++found) {
        const auto [row, byte] = rows[random() % rows.size()];
        const std::size_t at = byte + random() % 4;
        const trace::Sequence other = changed(row, at, static_cast<std::uint8_t>(1u << (random() % 8)));
        ReplayingWire wire(other, boot().reader->schema());
        run(wire);
        ASSERT_EQ(wire.divergences().size(), 1u);
        const Divergence& d = wire.divergences()[0];
        const std::uint32_t item = transports::recorder::get32(&boot().frames.at(row).tx[byte - 4]);
        const std::uint64_t address = std::uint64_t{item & spi::kWordAddressMask} * 4;
        EXPECT_EQ(d.what, What::value);
        EXPECT_EQ(d.index, boot().frames.head(row).index);
        EXPECT_EQ(d.reg, boot().reader->schema().name(address));
        const std::uint64_t mask = std::uint64_t{boot().frames.at(row).tx[at] ^ std::uint32_t{other.at(row).tx[at]}};
        EXPECT_EQ(d.expected_value ^ d.actual_value, mask << (8 * (at - byte)));
    }
    EXPECT_EQ(found, 100);
}

TEST(ReplayingWireTest, WhatIsNoWordIsToldByItsByteAndARuleAllowsAWord) {
    const auto [row, byte] = writes()[3];
    const trace::Sequence epoch = changed(row, spi::kAtEpoch, 1);
    ReplayingWire wire(epoch, boot().reader->schema());
    run(wire);
    ASSERT_EQ(wire.divergences().size(), 1u);
    EXPECT_EQ(wire.divergences()[0].reg.substr(0, 7), "byte 4 ");

    const trace::Sequence other = changed(row, byte, 1);
    ReplayingWire strict(other, boot().reader->schema(), After::go_on);
    EXPECT_TRUE(run(strict).ended);
    strict.finish();
    ASSERT_EQ(strict.divergences().size(), 1u);
    ReplayingWire loose(other, boot().reader->schema());
    loose.add(parse_rule("value:" + strict.divergences()[0].reg));
    EXPECT_TRUE(run(loose).ended);
    loose.finish();
    EXPECT_TRUE(loose.divergences().empty());
    EXPECT_EQ(loose.rules()[0].used, 1u);
}

TEST(ReplayingWireTest, ATraceThatEndsTooSoonOrGoesOnIsTold) {
    trace::Sequence shorter, longer = boot().frames;
    for (std::size_t i = 0; i + 20 < boot().frames.size(); ++i) shorter.add(boot().frames.at(i));
    ReplayingWire ended(shorter, boot().reader->schema());
    EXPECT_FALSE(run(ended).ended);
    ASSERT_EQ(ended.divergences().size(), 1u);
    EXPECT_EQ(ended.divergences()[0].what, What::ended);
    longer.add(boot().frames.at(writes()[0].first));
    ReplayingWire goes_on(longer, boot().reader->schema());
    run(goes_on);
    goes_on.finish();
    ASSERT_EQ(goes_on.divergences().size(), 1u);
    EXPECT_EQ(goes_on.divergences()[0].what, What::goes_on);
}

TEST(HeronFramesTest, CarryTheAccessesThatWereRecordedAboveThem) {
    imports::DeviceDecoder decoder("heron");
    imports::Imported all, stream;
    imports::SpiFrame joined;
    for (const imports::SpiFrame& frame : spi_frames()) {
        decoder.add(all, frame);
        joined.mosi.insert(joined.mosi.end(), frame.mosi.begin(), frame.mosi.end());
        joined.miso.insert(joined.miso.end(), frame.miso.begin(), frame.miso.end());
    }
    const std::vector<Word> expected = words_of(boot().all);
    EXPECT_GT(expected.size(), 1000u);
    EXPECT_TRUE(words_of(all.records) == expected);
    decoder.finish(all);
    ASSERT_EQ(all.notes.size(), 1u) << "only the claims hold no command";
    EXPECT_EQ(all.notes[0].substr(0, 8), "2 frames");
    // Without a chip select everything is one frame: the sizes tell where messages begin.
    decoder.add(stream, joined);
    EXPECT_TRUE(words_of(stream.records) == expected);
}

TEST(HeronFramesTest, WithoutAReplyTheyMayHaveHappened) {
    imports::SpiFrame frame = spi_frames()[10];
    ASSERT_NE(frame.mosi[spi::kAtKind], spi::kClaim);
    imports::DeviceDecoder decoder("heron");
    imports::Imported heard, silent, damaged;
    decoder.add(heard, frame);
    std::fill(frame.miso.begin(), frame.miso.end(), std::uint8_t{0});
    decoder.add(silent, frame);
    ASSERT_EQ(silent.records.size(), heard.records.size());
    ASSERT_GT(silent.records.size(), 0u);
    for (std::size_t i = 0; i < silent.records.size(); ++i) {
        EXPECT_TRUE(silent.records.head(i).unsure);
        EXPECT_FALSE(heard.records.head(i).unsure);
        EXPECT_EQ(silent.records.head(i).address, heard.records.head(i).address);
    }
    frame.mosi[spi::kRequestHeader] ^= 1;
    decoder.add(damaged, frame);
    EXPECT_EQ(damaged.records.size(), 0u) << "a wrong CRC is no message";
}

}  // namespace
}  // namespace replay::transport
