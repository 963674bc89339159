// Differential: the model's register tables against the naive interpreter of the RDL. A block, then accesses of seven
// bytes.
#include <string>

#include "fuzz/input.hpp"
#include "properties/registers/pair.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using properties::registers::Access;
    using properties::registers::Pair;
    static std::vector<Pair> blocks = properties::registers::pairs(RECONVERGE_JSON);
    constexpr std::size_t kMostAccesses = 64;
    fuzz::Input input(data, size);
    Pair& pair = blocks[input.take<std::uint8_t>() % blocks.size()];
    pair.apply(Access::cold_reset, 0, 0);  // as new; a copy would take longer
    for (std::size_t n = 0; n < kMostAccesses && input.left() != 0; ++n) {
        const auto what = input.take<std::uint8_t>();
        const std::size_t r = input.take<std::uint16_t>() % pair.size();
        const auto value = input.take<std::uint32_t>();
        if (what >= 0xF0) {
            pair.set(r, value);
            continue;
        }
        const auto outcome = pair.apply(static_cast<Access>(what % properties::registers::kAccesses), r, value);
        if (!outcome.wrong.empty()) fuzz::found(outcome.wrong);
    }
    return 0;
}
