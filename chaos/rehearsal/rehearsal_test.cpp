#include "chaos/rehearsal/rehearsal.hpp"

#include <gtest/gtest.h>

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
    EXPECT_EQ(compared, 12u);
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
