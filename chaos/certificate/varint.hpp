// Numbers in as few bytes as they need: seven bits each, the lowest first, the top bit set on all but the last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "chaos/certificate/leaf.hpp"

namespace chaos::certificate {

inline void put(std::vector<std::uint8_t>& out, std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) out.push_back(static_cast<std::uint8_t>(number | 0x80));
    out.push_back(static_cast<std::uint8_t>(number));
}

/// Reads them back. Throws Refused on what put() wouldn't have written.
class Varints {
public:
    Varints(const std::uint8_t* bytes, std::size_t size) : at_(bytes), end_(bytes + size) {}

    std::uint64_t next(std::uint64_t largest = ~std::uint64_t{0}) {
        std::uint64_t number = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (at_ == end_) throw Refused("a leaf ends too early");
            const std::uint64_t seven = *at_ & 0x7F;
            if (shift > 63 || (shift == 63 && seven > 1)) throw Refused("a leaf has a number of more than 64 bits");
            number |= seven << shift;
            const bool last = (*at_++ & 0x80) == 0;
            if (last && seven == 0 && shift != 0) throw Refused("a leaf has a number with needless bytes");
            if (last) break;
        }
        if (number > largest) throw Refused("a leaf has a number that is too large");
        return number;
    }
    /// As they are.
    void bytes(std::uint8_t* to, std::size_t size) { std::copy_n(skip(size), size, to); }
    /// Where they begin.
    const std::uint8_t* skip(std::size_t size) {
        if (size > static_cast<std::size_t>(end_ - at_)) throw Refused("a leaf ends too early");
        at_ += size;
        return at_ - size;
    }
    void expect_end() const {
        if (at_ != end_) throw Refused("a leaf has bytes behind its end");
    }

private:
    const std::uint8_t* at_;
    const std::uint8_t* const end_;
};

}  // namespace chaos::certificate
