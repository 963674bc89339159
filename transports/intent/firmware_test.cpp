#include "transports/intent/firmware.hpp"

#include <gtest/gtest.h>

#include <string>

namespace transports::intent {
namespace {

TEST(Firmware, DigestIsTheKnownFnv1aOfItsBytes) {
    // The published test vectors: "foob" has 3f5076ef, nothing has the offset basis.
    const std::uint32_t foob = 'f' | 'o' << 8 | 'o' << 16 | 'b' << 24;
    EXPECT_EQ(firmware_digest(&foob, 1), 0x3F50'76EFu);
    EXPECT_EQ(firmware_digest(nullptr, 0), 0x811C'9DC5u);
}

TEST(Firmware, SameVersionSameImageAndOthersDiffer) {
    EXPECT_EQ(firmware_image(7), firmware_image(7));
    const auto seven = firmware_image(7), eight = firmware_image(8);
    EXPECT_NE(describe(seven, 7).digest, describe(eight, 8).digest);
    std::size_t same = 0;
    for (std::size_t k = 4; k < seven.size(); ++k) same += seven[k] == eight[k] ? 1u : 0u;
    EXPECT_LT(same, 2u);
}

TEST(Firmware, HeaderSaysWhatFollowsIt) {
    const auto words = firmware_image(0x0102);
    ASSERT_GT(words.size(), 4u);
    EXPECT_EQ(words[0], 0x4643'444Fu);
    EXPECT_EQ(words[1], 0x0102u);
    EXPECT_EQ(words[2], words.size());
    EXPECT_EQ(words[3], firmware_digest(words.data() + 4, words.size() - 4));
}

TEST(Firmware, FitsTheCodeMemoryButNotOneBurst) {
    const auto words = firmware_image(1);
    EXPECT_LE(words.size(), 512u);
    EXPECT_GT(words.size(), 3u * 128);
    const auto image = describe(words, 1);
    EXPECT_EQ(image.words, words.data());
    EXPECT_EQ(image.count, words.size());
    EXPECT_EQ(image.version, 1u);
}

}  // namespace
}  // namespace transports::intent
