#include "transports/recorder/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace transports::recorder {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
        table[i] = crc;
    }
    return table;
}
constexpr std::array<std::uint32_t, 256> kTable = make_table();

using Function = std::uint32_t (*)(const std::uint8_t*, std::size_t, std::uint32_t);

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(const std::uint8_t* data, std::size_t size,
                                                               std::uint32_t crc) {
    std::uint64_t state = ~crc;
    for (; size >= 8; data += 8, size -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data, 8);
        state = __builtin_ia32_crc32di(state, word);
    }
    std::uint32_t rest = static_cast<std::uint32_t>(state);
    for (; size > 0; ++data, --size) rest = __builtin_ia32_crc32qi(rest, *data);
    return ~rest;
}
// Not __builtin_cpu_supports: it asks for everything at every start of a program, and a virtual machine's host answers.
Function best() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_2) != 0 ? by_instruction : crc32c_portable;
}
#elif defined(__aarch64__) && defined(__GNUC__)
__attribute__((target("+crc"))) std::uint32_t by_instruction(const std::uint8_t* data, std::size_t size,
                                                             std::uint32_t crc) {
    std::uint32_t state = ~crc;
    for (; size >= 8; data += 8, size -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data, 8);
        state = __builtin_aarch64_crc32cx(state, word);
    }
    for (; size > 0; ++data, --size) state = __builtin_aarch64_crc32cb(state, *data);
    return ~state;
}
constexpr unsigned long kHwcapCrc32 = 1u << 7;
Function best() { return (::getauxval(AT_HWCAP) & kHwcapCrc32) != 0 ? by_instruction : crc32c_portable; }
#else
Function best() { return crc32c_portable; }
#endif

}  // namespace

std::uint32_t crc32c_portable(const std::uint8_t* data, std::size_t size, std::uint32_t crc) {
    crc = ~crc;
    for (std::size_t i = 0; i < size; ++i) crc = (crc >> 8) ^ kTable[(crc ^ data[i]) & 0xFF];
    return ~crc;
}

std::uint32_t crc32c(const std::uint8_t* data, std::size_t size, std::uint32_t crc) {
    static const Function function = best();
    return function(data, size, crc);
}

}  // namespace transports::recorder
