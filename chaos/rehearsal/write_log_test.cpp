#include "chaos/rehearsal/write_log.hpp"

#include <gtest/gtest.h>

#include "hal/chip/heron.hpp"

namespace chaos::rehearsal {
namespace {

using Write = std::pair<std::uint32_t, std::uint32_t>;

const hal::converge::Chip& chip() { return *hal::chip::heron(1, 8); }

/// A parent and its child, and a block that is neither's.
struct Family {
    Family() {
        for (const auto& row : chip().instances) {
            if (row.parents == 0) continue;
            child = row.base;
            parent = chip().instances[chip().parents[row.first_parent]].base;
        }
        stranger = chip().instances[0].base == parent ? chip().instances[1].base : chip().instances[0].base;
    }
    std::uint32_t parent = 0, child = 0, stranger = 0;
};

WriteDifferences differences(const std::vector<Write>& a, const std::vector<Write>& b) {
    WriteLog one, two;
    for (const auto& [address, value] : a) one.wrote(address, value);
    for (const auto& [address, value] : b) two.wrote(address, value);
    return compare(one, two, chip());
}

TEST(WriteLog, TheSameToEachBlockIsTheSameWhateverTheOrderOfStrangers) {
    const Family f;
    const auto d = differences({{f.stranger, 1}, {f.parent, 2}, {f.child, 3}, {f.child + 4, 4}},
                               {{f.parent, 2}, {f.child, 3}, {f.stranger, 1}, {f.child + 4, 4}});
    EXPECT_TRUE(d.none());
    EXPECT_GE(d.edges, 1u);
}

TEST(WriteLog, AnotherValueOrderOrBlockIsADifference) {
    const Family f;
    EXPECT_EQ(differences({{f.child, 3}, {f.child + 4, 4}}, {{f.child, 3}, {f.child + 4, 5}}).blocks, 1u);
    EXPECT_EQ(differences({{f.child, 3}, {f.child + 4, 4}}, {{f.child + 4, 4}, {f.child, 3}}).blocks, 1u);
    EXPECT_EQ(differences({{f.child, 3}}, {{f.child, 3}, {f.child, 3}}).blocks, 1u);
    EXPECT_EQ(differences({{f.child, 3}}, {{f.stranger, 3}}).blocks, 2u);
}

TEST(WriteLog, AChildBeforeItsParentIsADifference) {
    const Family f;
    const auto d = differences({{f.parent, 2}, {f.child, 3}}, {{f.child, 3}, {f.parent, 2}});
    EXPECT_EQ(d.blocks, 0u);
    EXPECT_EQ(d.edges, 1u);
    EXPECT_EQ(d.edges_otherwise, 1u);
    EXPECT_FALSE(d.none());
}

}  // namespace
}  // namespace chaos::rehearsal
