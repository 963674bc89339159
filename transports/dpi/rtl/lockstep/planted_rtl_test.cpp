// Bugs planted in the RTL, one per class of mistake: the comparison with the model has to name where each shows.
#include "transports/dpi/rtl/lockstep/planted.hpp"

#include <Vheron_chip__Dpi.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "transports/dpi/rtl/lockstep/stream.hpp"

namespace {
int planted_now = 0;
}

int planted_bug() { return planted_now; }  // what the RTL asks

namespace transports::dpi {
namespace {

constexpr unsigned kSteps = 1200;  // at most, until the bug shows

std::uint8_t type_named(const char* name) {
    for (std::uint8_t type = 0; type < chip().types.size(); ++type) {
        if (std::strcmp(chip().types[type].name, name) == 0) return type;
    }
    return 0;
}

/// The first difference that names a register, of those that random steps around the type bring out; empty if none.
std::string first_difference(std::uint8_t type, const std::vector<Step>& way, std::uint64_t& steps) {
    Pair pair(layout(), chip_names());
    pair.compare_all();
    std::mt19937 random(3);
    for (unsigned k = 0; k < kSteps && pair.same(); ++k) {
        if (k % 200 == 0) bring_up(pair, way, k % 400 == 0 ? way.size() : random() % way.size(), true);
        Stream stream(pair, type, static_cast<std::uint32_t>(random()));
        for (unsigned n = 0; n < 40 && pair.same(); ++n, ++k) stream.step();
        pair.compare_all();
    }
    steps = pair.steps;
    for (const std::string& line : pair.differences) {
        if (line.find('.') < line.find(':')) return line;
    }
    return pair.same() ? "" : pair.differences.front();
}

TEST(Planted, EveryBugIsNamedWhereItIs) {
    planted_now = 0;
    Pair sound(layout(), chip_names());
    sound.watchful = false;
    const std::vector<Step> way = boot(sound);
    ASSERT_FALSE(way.empty());
    std::uint64_t steps = 0;
    EXPECT_EQ(first_difference(type_named("ucie"), way, steps), "") << "nothing is planted";
    std::size_t found = 0;
    for (const Planted& bug : kPlanted) {
        planted_now = bug.number;
        const std::string difference = first_difference(type_named(bug.type), way, steps);
        std::printf("%2d %s\n   %s\n", bug.number, bug.what, difference.c_str());
        EXPECT_NE(difference.find(bug.shows), std::string::npos) << bug.what << ": should show in " << bug.shows;
        found += difference.find(bug.shows) != std::string::npos ? 1 : 0;
    }
    std::printf("%zu of %zu planted bugs named where they are\n", found, std::size(kPlanted));
}

}  // namespace
}  // namespace transports::dpi
