#include "transports/intent/firmware.hpp"

namespace transports::intent {
namespace {

constexpr std::uint32_t kMagic = 0x4643'444F;
constexpr std::size_t kHeader = 4, kWords = 480;

}  // namespace

std::uint32_t firmware_digest(const std::uint32_t* words, std::size_t count) {
    std::uint32_t hash = 2166136261u;
    for (std::size_t k = 0; k < count; ++k) {
        for (unsigned shift = 0; shift < 32; shift += 8) hash = (hash ^ ((words[k] >> shift) & 0xFFu)) * 16777619u;
    }
    return hash;
}

std::vector<std::uint32_t> firmware_image(std::uint32_t version) {
    std::vector<std::uint32_t> words(kWords);
    std::uint32_t state = version * 2654435761u ^ 0xC0DE'0001u;
    if (state == 0) state = 1;  // xorshift's only fixed point
    for (std::size_t k = kHeader; k < kWords; ++k) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        words[k] = state;
    }
    words[0] = kMagic;
    words[1] = version;
    words[2] = static_cast<std::uint32_t>(kWords);
    words[3] = firmware_digest(words.data() + kHeader, kWords - kHeader);
    return words;
}

hal::converge::Image describe(const std::vector<std::uint32_t>& words, std::uint32_t version) {
    const auto count = static_cast<std::uint32_t>(words.size());
    return {words.data(), count, firmware_digest(words.data(), count), version};
}

}  // namespace transports::intent
