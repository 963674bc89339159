// What a comparison of RTL and model has covered: pairs of field kind and access, hand-written registers apart.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "transports/model/layout.hpp"

namespace transports::dpi {

enum class Access : std::uint8_t { read, write, write_locked, consume, cold_reset, warm_reset };
const char* name(Access access);

class Counts {
public:
    explicit Counts(const model::Layout& layout);

    /// Word `number` of the type has been accessed on both sides.
    void accessed(std::uint8_t type, std::uint32_t number, Access access);
    /// A stored word has been compared.
    void compared(std::uint8_t type, std::uint32_t number, std::uint32_t content);

    /// Pairs that the chip has and that never came up: 0 is complete.
    std::size_t missing() const;
    std::uint64_t words() const { return words_[0] + words_[1]; }
    std::uint64_t non_zero() const { return non_zero_[0] + non_zero_[1]; }
    /// A table on standard output.
    void print() const;

private:
    using Pair = std::pair<std::string, Access>;

    /// Of each type, by word: its fields' kinds, and whether hand-written code names it.
    struct Row {
        std::set<std::string> kinds;
        bool hand_written = false, internal = false, lockable = false;
    };

    std::map<Pair, std::uint64_t> done_[2];  ///< Generated, hand-written.
    std::set<Pair> wanted_[2];
    std::map<std::pair<std::uint8_t, std::uint32_t>, Row> rows_;
    std::uint64_t words_[2] = {}, non_zero_[2] = {};
};

}  // namespace transports::dpi
