// Which instances are meant: "pll", "pll[3]", "pll[2..5]", "pll[last]", "pll[4..last]", "pll[75%..100%]".
#pragma once

#include <cstdint>
#include <string>

namespace transports::intent {

/// The block type that a selector names: what stands before a bracket.
std::string type_of(const std::string& selector);

/// Instances first..end-1 of a type.
struct Range {
    std::uint32_t first = 0, end = 0;
};

/// What `selector` means where its type has `count` instances. Indices have to exist. A share never has to: it goes
/// from floor(count * P%) to floor(count * Q%), so that shares that meet cover every instance once, at any scale.
/// Throws std::invalid_argument with what is wrong and what to do, in one line.
Range select(const std::string& selector, std::uint32_t count);

}  // namespace transports::intent
