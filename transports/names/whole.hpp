// Whole numbers from JSON that others wrote. nlohmann's own conversion cuts what is too large, and of a fraction beyond
// the type's range the language says nothing at all.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace transports::names {

/// The number, not negative and in T's range, which is unsigned. Throws std::invalid_argument, with a text for users.
template <typename T>
T whole(const nlohmann::json& json) {
    static_assert(std::is_unsigned_v<T>);
    constexpr T kMost = std::numeric_limits<T>::max();
    if (!json.is_number_unsigned() || json.get<std::uint64_t>() > kMost) {
        throw std::invalid_argument(json.dump().substr(0, 40) + " is no whole number from 0 to " +
                                    std::to_string(kMost));
    }
    return static_cast<T>(json.get<std::uint64_t>());
}

/// An array of them.
template <typename T>
std::vector<T> wholes(const nlohmann::json& json) {
    if (!json.is_array()) throw std::invalid_argument(json.dump().substr(0, 40) + " is no list of numbers");
    std::vector<T> all;
    for (const nlohmann::json& one : json) all.push_back(whole<T>(one));
    return all;
}

}  // namespace transports::names
