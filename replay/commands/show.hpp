// How records are told to people and to machines.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/trace/reader.hpp"

namespace replay::commands {

/// Which records to show.
struct Filter {
    std::vector<std::string> blocks, registers;  ///< Patterns; empty for all.
    std::vector<std::string> ops;                ///< read, write, ...; "write" includes write_fixed.
    bool failed = false, changed = false;        ///< Only those.

    bool wants(const trace::Record& record, const trace::Schema& schema) const;
};

/// Remembers what was last seen at each address, so that changes can be told.
class Teller {
public:
    explicit Teller(const trace::Schema& schema) : schema_(schema) {}

    /// One line; words beyond the first of a burst on lines of their own. Call for every record, shown or not.
    std::string text(const trace::Record& record);
    nlohmann::ordered_json json(const trace::Record& record);
    /// Did the record read or write anything but what was last seen there? True for what has no value.
    bool changed() const { return changed_; }

private:
    std::string word_text(const trace::Record& record, std::uint32_t i);
    void remember(const trace::Record& record);

    const trace::Schema& schema_;
    std::unordered_map<std::uint64_t, std::uint64_t> seen_;
    std::vector<std::pair<bool, std::uint64_t>> before_;  ///< Per word of the record: known, and what.
    bool changed_ = false;
};

/// "0x0000002a", as wide as the word.
std::string hex(std::uint64_t word, std::uint32_t width);

}  // namespace replay::commands
