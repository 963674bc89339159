// Two traces side by side: what one did and the other didn't, and which values differ, judged field by field.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "replay/trace/record.hpp"
#include "replay/trace/schema.hpp"

namespace replay::compare {

/// One side: what of it is compared. Repeated reads of one register in a row are a poll and count once.
class Side {
public:
    explicit Side(const trace::Schema& schema) : schema_(&schema) {}
    void add(const trace::Record& record);

    struct Item {
        std::uint64_t key;                ///< Kind, width, count and name.
        std::uint64_t index;              ///< Of the first record.
        std::uint32_t name;               ///< Row of names().
        std::uint32_t times;              ///< How often in a row.
        std::uint32_t first_word, words;  ///< Of the last time.
        bool read;
    };
    const std::vector<Item>& items() const { return items_; }
    std::uint64_t word(std::uint32_t i) const { return words_[i]; }
    const std::string& name(std::uint32_t i) const { return names_[i]; }
    std::uint64_t address(std::uint32_t i) const { return addresses_[i]; }
    std::uint32_t name_of(std::uint64_t address);
    /// Number of the register behind number `name` by `words` words of `width` bytes.
    const trace::Schema& schema() const { return *schema_; }
    std::uint64_t records() const { return records_; }

    /// Does a register change by itself: two reads without a write between them that differ?
    bool moves(std::uint32_t name) const { return moves_[name]; }
    /// Has it only ever grown (or wrapped once)?
    bool grows(std::uint32_t name) const { return moves_[name] && falls_[name] <= 1; }
    bool polled(std::uint32_t name) const { return polled_[name]; }

private:
    const trace::Schema* schema_;
    std::vector<Item> items_;
    std::vector<std::uint64_t> words_;
    std::vector<std::string> names_;
    std::vector<std::uint64_t> addresses_, last_;
    std::vector<std::uint64_t> hashes_;
    std::vector<bool> moves_, polled_, known_;
    std::vector<std::uint32_t> falls_;
    std::unordered_map<std::uint64_t, std::uint32_t> by_address_;
    std::uint64_t records_ = 0;
};

/// A stretch that has no counterpart: items [a, a + a_items) of the one side against [b, b + b_items) of the other.
struct Hunk {
    std::size_t a, a_items, b, b_items;
};

enum class Class : std::uint8_t {
    stable,          ///< Equal wherever both have it.
    counter,         ///< Grows by itself.
    poll_dependent,  ///< Changes by itself while somebody waits for it.
    moving,          ///< Changes by itself otherwise.
    sentinel,        ///< One side shows a value that means "nobody there".
    mismatch,        ///< Differs, and nothing excuses it.
};
const char* name(Class c);

/// One field of one register (the whole register where no fields are known).
struct FieldRow {
    std::string name;  ///< BLOCK.REGISTER or BLOCK.REGISTER.FIELD.
    Class verdict = Class::stable;
    std::uint64_t compared = 0, different = 0;
    std::uint64_t first_index = 0;  ///< In the first trace, where it differed first.
    std::uint64_t a = 0, b = 0;     ///< What it was there.
    bool written = false;           ///< A written value differed.
};

struct Result {
    std::vector<Hunk> hunks;
    std::vector<FieldRow> fields;       ///< Those that were compared; the ones that differ first.
    std::vector<std::string> proposed;  ///< Registers that look volatile.
    std::uint64_t matched = 0;          ///< Pairs of items.
    std::uint64_t values = 0, different = 0,
                  excused = 0;  ///< Words compared; of those different; volatile ones of those.
};

/// `sentinels`: patterns of hexadecimal values, as 0xbad*, besides all-ones.
Result diff(const Side& a, const Side& b, const std::vector<std::string>& sentinels);

}  // namespace replay::compare
