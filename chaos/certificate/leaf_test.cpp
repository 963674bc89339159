#include "chaos/certificate/leaf.hpp"

#include <gtest/gtest.h>

namespace chaos::certificate {
namespace {

constexpr std::uint32_t kCells = 1000;
constexpr std::uint64_t kLeaves = 500;

Leaf example(std::size_t starters) {
    Leaf leaf;
    leaf.state = {{0, 1}, {7, 0xFFFF'FFFF}, {999, 0x8000'0000}};
    leaf.run = 12;
    leaf.starter = static_cast<std::uint32_t>(starters - 1);
    leaf.boundary = 4711;
    leaf.outage = true;
    for (std::size_t s = 0; s < starters; ++s) leaf.recoveries.push_back({123'456 + s, 5'990, {{0, 1}, {3, 200}}});
    leaf.recoveries.back().successors.push_back({499, 1});
    return leaf;
}

TEST(LeafTest, WhatWasEncodedIsDecoded) {
    for (const std::size_t starters : {1U, 4U}) {
        const Leaf leaf = example(starters);
        const auto bytes = encode(leaf);
        const Leaf back = decode(bytes.data(), bytes.size(), kCells, kLeaves, starters);
        EXPECT_EQ(back.state, leaf.state);
        EXPECT_EQ(back.run, leaf.run);
        EXPECT_EQ(back.starter, leaf.starter);
        EXPECT_EQ(back.boundary, leaf.boundary);
        EXPECT_EQ(back.outage, leaf.outage);
        EXPECT_EQ(back.recoveries, leaf.recoveries);
    }
}

TEST(LeafTest, BytesHaveOneMeaningAndALeafOneEncoding) {
    int accepted = 0, refused = 0;
    for (const std::size_t starters : {1U, 4U}) {
        const auto bytes = encode(example(starters));
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            for (int value = 0; value < 256; ++value) {
                auto other = bytes;
                other[at] = static_cast<std::uint8_t>(value);
                try {
                    EXPECT_EQ(encode(decode(other.data(), other.size(), kCells, kLeaves, starters)), other);
                    ++accepted;
                } catch (const Refused&) {
                    ++refused;
                }
            }
            EXPECT_THROW(decode(bytes.data(), at, kCells, kLeaves, starters), Refused);
        }
    }
    EXPECT_GT(accepted, 100);
    EXPECT_GT(refused, 100);
    std::cout << accepted << " other leaves, " << refused << " refused\n";
}

TEST(LeafTest, WhatTheChipOrTheCertificateDoesNotHaveIsRefused) {
    const auto bytes = encode(example(1));
    EXPECT_THROW(decode(bytes.data(), bytes.size(), 999, kLeaves, 1), Refused);
    EXPECT_THROW(decode(bytes.data(), bytes.size(), kCells, 499, 1), Refused);
    EXPECT_NO_THROW(decode(bytes.data(), bytes.size(), kCells, kLeaves, 1));
}

TEST(LeafTest, RangesCoverExactlyTheNumbers) {
    EXPECT_EQ(ranges({5, 3, 4, 3, 9, 0}), (std::vector<Range>{{0, 1}, {3, 3}, {9, 1}}));
    EXPECT_TRUE(ranges({}).empty());
}

TEST(LeafTest, ChangesAreThoseInTheMask) {
    EXPECT_EQ(changes({1, 2, 3}, {1, 0xF2, 0xFF}, {~0U, 0xF, ~0U}), (std::vector<Change>{{2, 0xFC}}));
}

}  // namespace
}  // namespace chaos::certificate
