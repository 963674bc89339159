#include "chaos/shards/shard.hpp"

#include <charconv>
#include <cstring>
#include <stdexcept>

namespace chaos::shards {

namespace {

constexpr std::uint32_t kMost = 100'000;

/// A job array: its variables, and where it counts from if it doesn't say so.
struct Array {
    const char* index;
    const char* first_variable;  // or null: `first`
    std::uint32_t first;
    const char* count;  // or null
};
constexpr Array kArrays[] = {
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", 0, "SLURM_ARRAY_TASK_COUNT"},
    {"LSB_JOBINDEX", nullptr, 1, "LSB_JOBINDEX_END"},
    {"JOB_COMPLETION_INDEX", nullptr, 0, nullptr},
    {"GTEST_SHARD_INDEX", nullptr, 0, "GTEST_TOTAL_SHARDS"},
};

std::uint32_t number(const std::string& what, const char* text) {
    std::uint32_t value = 0;
    const char* const end = text + std::strlen(text);
    const auto [at, error] = std::from_chars(text, end, value);
    if (error != std::errc() || at != end) {
        throw std::invalid_argument(what + "=" + text + " is no number; unset it or use --shard i/n");
    }
    return value;
}

Shard checked(std::uint32_t number, std::uint32_t of, const std::string& where) {
    if (number < 1 || number > of || of > kMost) {
        throw std::invalid_argument(where + " is no shard; use i/n with 1 <= i <= n <= " + std::to_string(kMost));
    }
    return {number, of};
}

}  // namespace

std::uint32_t Shard::owner(std::uint64_t hash, std::uint32_t of) {
    hash ^= hash >> 32;
    hash *= 0x9E3779B97F4A7C15u;
    return static_cast<std::uint32_t>((hash >> 32) % of) + 1;
}

Shard parse(const std::string& text) {
    const std::size_t slash = text.find('/');
    const char* const end = text.data() + text.size();
    std::uint32_t i = 0, n = 0;
    if (slash != std::string::npos) {
        const char* const middle = text.data() + slash;
        if (std::from_chars(text.data(), middle, i).ptr != middle) i = 0;
        if (std::from_chars(middle + 1, end, n).ptr != end) i = 0;
    }
    return checked(i, n, "--shard " + text);
}

std::optional<Shard> from_environment(const std::function<const char*(const char*)>& get) {
    for (const Array& array : kArrays) {
        const char* const index = get(array.index);
        if (index == nullptr) continue;
        const std::uint32_t at = number(array.index, index);
        if (std::strcmp(array.index, "LSB_JOBINDEX") == 0 && at == 0) continue;  // LSF, but no array
        const char* const total = get("RECONVERGE_SHARDS");
        const char* const counted = array.count != nullptr ? get(array.count) : nullptr;
        if (total == nullptr && counted == nullptr) {
            throw std::invalid_argument(std::string(array.index) +
                                        " is set, but not how many shards there are; set RECONVERGE_SHARDS");
        }
        const std::uint32_t of = total != nullptr ? number("RECONVERGE_SHARDS", total) : number(array.count, counted);
        std::uint32_t first = array.first;
        if (array.first_variable != nullptr) {
            // A task that is submitted again is an array of its own, whose least number says nothing.
            const char* const least = total == nullptr ? get(array.first_variable) : nullptr;
            first = least != nullptr ? number(array.first_variable, least) : total != nullptr ? 1 : 0;
        }
        return checked(at + 1 - first, of, std::string(array.index) + "=" + index);
    }
    return std::nullopt;
}

}  // namespace chaos::shards
