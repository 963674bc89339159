#include "chaos/rehearsal/rehearsal.hpp"

#include <gtest/gtest.h>

#include <map>

#include "chaos/rehearsal/noise.hpp"
#include "transports/spi/protocol.hpp"

namespace chaos::rehearsal {
namespace {

TEST(Rehearsal, AnIdSaysWhatDiesWhereAndWhen) {
    Rehearsal rehearsal(Options{});
    std::size_t compared = 0;
    for (std::size_t death = 0; death < kDeaths; ++death) {
        for (const Path path : {Path::spi, Path::pcie}) {
            const DeathPoint point{"boot", path, static_cast<Death>(death), 100 + death};
            const DeathPoint again = rehearsal.parse(rehearsal.id(point));
            EXPECT_EQ(again.scenario, point.scenario);
            EXPECT_EQ(again.path, point.path);
            EXPECT_EQ(again.death, point.death);
            EXPECT_EQ(again.moment, point.moment);
            ++compared;
        }
    }
    EXPECT_EQ(compared, 14u);
    EXPECT_EQ(rehearsal.id({"update", Path::pcie, Death::power, 7}), "update@1/8@pcie:power-7");
}

TEST(Rehearsal, WhatIsNoIdIsRefused) {
    const Rehearsal rehearsal(Options{});
    for (const char* id :
         {"", "boot", "boot@1/8@spi", "boot@1/8@i2c:power-1", "boot@1/8@spi:flood-1", "boot@1/8@spi:power-",
          "boot@1/8@spi:power-x", "boot@1/8@spi:power-1234567890", "boot@1@spi:power-1"}) {
        EXPECT_THROW(rehearsal.parse(id), std::invalid_argument) << id;
    }
}

TEST(Noise, StrikesAFrameInEightWithAllThatIsRecoveredFrom) {
    constexpr std::uint64_t kFrames = 8'000;
    std::vector<std::uint8_t> bytes(64);
    bytes[transports::spi::kAtPayloadSize] = 8;
    const Sent frame{bytes.data(), bytes.size(), 0, false};
    Noise noise(Path::spi, 7), same(Path::spi, 7), other(Path::spi, 8);
    std::map<Fate::Kind, std::uint64_t> kinds;
    std::uint64_t differ = 0;
    for (std::uint64_t n = 0; n < kFrames; ++n) {
        const Fate fate = noise.fate(frame);
        ++kinds[fate.kind];
        EXPECT_EQ(same.fate(frame).kind, fate.kind);
        differ += other.fate(frame).kind != fate.kind ? 1 : 0;
    }
    using Kind = Fate::Kind;
    for (const Kind kind : {Kind::request_lost, Kind::reply_lost, Kind::duplicated, Kind::cut, Kind::flipped_out,
                            Kind::flipped_in, Kind::refused}) {
        EXPECT_GT(kinds[kind], 20u) << static_cast<int>(kind);
    }
    EXPECT_EQ(noise.struck(), kFrames - kinds[Kind::arrives]);
    EXPECT_NEAR(static_cast<double>(noise.struck()), 1.0 * kFrames / Noise::kOneIn, 0.05 * kFrames);
    EXPECT_GT(differ, 100u);
}

TEST(Noise, OverPcieOnlyStoresAreHeldUp) {
    Noise noise(Path::pcie, 1);
    std::uint64_t held = 0;
    for (int n = 0; n < 800; ++n) {
        EXPECT_EQ(noise.fate({nullptr, 4, 0x10, false}).kind, Fate::Kind::arrives);
        held += noise.fate({nullptr, 4, 0x10, true}).kind == Fate::Kind::held ? 1 : 0;
    }
    EXPECT_EQ(noise.struck(), held);
    EXPECT_GT(held, 50u);
}

TEST(Rehearsal, AMachineThatCantBeStartedIsToldInOneLine) {
    Image image;
    image.qemu = "/nowhere/qemu";
    Machine machine(image, testing::TempDir());
    Stage stage;
    const Stage::Ends ends = stage.connect();
    try {
        machine.start(ends.pci, ends.spi);
        FAIL() << "started";
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "/nowhere/qemu: No such file or directory; install qemu-system-x86");
    }
    EXPECT_FALSE(machine.on());
}

TEST(Rehearsal, AProgramThatIsNoQemuIsTold) {
    Image image;
    image.qemu = "false";
    Machine machine(image, testing::TempDir());
    Stage stage;
    const Stage::Ends ends = stage.connect();
    EXPECT_THROW(machine.start(ends.pci, ends.spi), std::runtime_error);
}

}  // namespace
}  // namespace chaos::rehearsal
