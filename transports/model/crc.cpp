// As a linear map, the way a parallel hardware CRC is wired: the effect of every single input bit at every distance
// is shifted out once, tables are sums of those; sixteen bytes a step, then words.
#include "transports/model/crc.hpp"

#include <array>

namespace transports::model {
namespace {

constexpr std::size_t kStep = 16;
using Map = std::array<std::array<std::uint32_t, 256>, kStep>;

// The register after one more zero bit.
constexpr std::uint32_t shift(std::uint32_t state) {
    return (state & 1) != 0 ? (state >> 1) ^ 0xEDB88320U : state >> 1;
}

constexpr Map make_map() {
    Map map{};
    for (unsigned bit = 0; bit < 8; ++bit) {
        std::uint32_t state = 1U << bit;
        for (std::size_t distance = 0; distance < kStep; ++distance) {
            for (int i = 0; i < 8; ++i) state = shift(state);
            for (std::size_t byte = 0; byte < 256; ++byte) {
                if ((byte >> bit & 1) != 0) map[distance][byte] ^= state;
            }
        }
    }
    return map;
}

constexpr Map kMap = make_map();

// What the four bytes of `word` contribute when `after` more bytes follow them in the step.
std::uint32_t contribution(std::uint32_t word, std::size_t after) {
    return kMap[after + 3][word & 0xFF] ^ kMap[after + 2][word >> 8 & 0xFF] ^ kMap[after + 1][word >> 16 & 0xFF] ^
           kMap[after][word >> 24];
}

std::uint32_t word_at(const std::uint8_t* at) {
    std::uint32_t word = at[3];
    word = word << 8 | at[2];
    word = word << 8 | at[1];
    return word << 8 | at[0];
}

}  // namespace

std::uint32_t crc32(const std::uint8_t* data, std::size_t size) {
    std::uint32_t state = ~0U;
    std::size_t at = 0;
    for (; at + kStep <= size; at += kStep) {
        state = contribution(state ^ word_at(data + at), 12) ^ contribution(word_at(data + at + 4), 8) ^
                contribution(word_at(data + at + 8), 4) ^ contribution(word_at(data + at + 12), 0);
    }
    for (; at + 4 <= size; at += 4) state = contribution(state ^ word_at(data + at), 0);
    for (; at < size; ++at) state = state >> 8 ^ kMap[0][(state ^ data[at]) & 0xFF];
    return ~state;
}

}  // namespace transports::model
