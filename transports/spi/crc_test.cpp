#include "transports/spi/crc.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "transports/model/crc.hpp"

namespace {

using Crc = std::uint32_t (*)(const std::uint8_t*, std::size_t);

// The definition, bit by bit.
std::uint32_t reference(const std::uint8_t* data, std::size_t size) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (std::size_t i = 0; i < size; ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            const std::uint32_t in = (crc ^ (static_cast<std::uint32_t>(data[i]) >> bit)) & 1;
            crc = (crc >> 1) ^ (in != 0 ? 0xEDB88320 : 0);
        }
    }
    return ~crc;
}

class BothCrcs : public testing::TestWithParam<Crc> {};

TEST_P(BothCrcs, AnswerThePublishedCheckValues) {
    const auto of = [](const char* text) {
        return GetParam()(reinterpret_cast<const std::uint8_t*>(text), std::strlen(text));
    };
    EXPECT_EQ(of("123456789"), 0xCBF43926U);
    EXPECT_EQ(of(""), 0U);
    EXPECT_EQ(of("a"), 0xE8B7BE43U);
    EXPECT_EQ(of("The quick brown fox jumps over the lazy dog"), 0x414FA339U);
}

TEST_P(BothCrcs, EqualTheDefinitionAtEveryLengthAndAlignment) {
    std::vector<std::uint8_t> bytes(300);
    std::uint32_t noise = 1;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>((noise = noise * 1664525 + 1013904223) >> 24);
    int compared = 0;
    for (std::size_t start = 0; start < 8; ++start) {
        for (std::size_t size = 0; start + size <= bytes.size(); ++size, ++compared) {
            ASSERT_EQ(GetParam()(&bytes[0] + start, size), reference(&bytes[0] + start, size)) << start << " " << size;
        }
    }
    EXPECT_EQ(compared, 8 * 301 - 28);
}

INSTANTIATE_TEST_SUITE_P(HostAndChip, BothCrcs, testing::Values(&transports::spi::crc32, &transports::model::crc32));

}  // namespace
