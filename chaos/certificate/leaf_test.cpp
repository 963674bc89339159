#include "chaos/certificate/leaf.hpp"

#include <gtest/gtest.h>

namespace chaos::certificate {
namespace {

constexpr std::uint32_t kCells = 1000;
constexpr std::uint64_t kLeaves = 500;

Leaf example() {
    Leaf leaf;
    leaf.state = {{0, 1}, {7, 0xFFFF'FFFF}, {999, 0x8000'0000}};
    leaf.accesses = 123'456;
    leaf.us = 5'990;
    leaf.run = 12;
    leaf.boundary = 4711;
    leaf.outage = true;
    leaf.successors = {{0, 1}, {3, 200}, {499, 1}};
    return leaf;
}

TEST(LeafTest, WhatWasEncodedIsDecoded) {
    const Leaf leaf = example();
    const auto bytes = encode(leaf);
    const Leaf back = decode(bytes.data(), bytes.size(), kCells, kLeaves);
    EXPECT_EQ(back.state, leaf.state);
    EXPECT_EQ(back.accesses, leaf.accesses);
    EXPECT_EQ(back.us, leaf.us);
    EXPECT_EQ(back.run, leaf.run);
    EXPECT_EQ(back.boundary, leaf.boundary);
    EXPECT_EQ(back.outage, leaf.outage);
    EXPECT_EQ(back.successors, leaf.successors);
}

TEST(LeafTest, BytesHaveOneMeaningAndALeafOneEncoding) {
    const auto bytes = encode(example());
    int accepted = 0, refused = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            auto other = bytes;
            other[at] = static_cast<std::uint8_t>(value);
            try {
                EXPECT_EQ(encode(decode(other.data(), other.size(), kCells, kLeaves)), other);
                ++accepted;
            } catch (const Refused&) {
                ++refused;
            }
        }
        EXPECT_THROW(decode(bytes.data(), at, kCells, kLeaves), Refused);
    }
    EXPECT_GT(accepted, 100);
    EXPECT_GT(refused, 100);
    std::cout << accepted << " other leaves, " << refused << " refused\n";
}

TEST(LeafTest, WhatTheChipOrTheCertificateDoesNotHaveIsRefused) {
    const auto bytes = encode(example());
    EXPECT_THROW(decode(bytes.data(), bytes.size(), 999, kLeaves), Refused);
    EXPECT_THROW(decode(bytes.data(), bytes.size(), kCells, 499), Refused);
    EXPECT_NO_THROW(decode(bytes.data(), bytes.size(), kCells, kLeaves));
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
