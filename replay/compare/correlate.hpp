// Two environments under the same HAL or the same accesses: did every block see the same, in order? Per block instance
// the exact writes, and reads with repetitions folded; the order across blocks doesn't count.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "replay/imports/open.hpp"
#include "replay/trace/record.hpp"
#include "replay/trace/schema.hpp"

namespace replay::compare {

/// What one environment did to each block.
class Story {
public:
    explicit Story(const trace::Schema& schema) : schema_(&schema) {}

    /// A read that tells what the one before it has told, without a write to the block between them, is a poll and
    /// counts once. Guards don't count: not every path has them.
    void add(const trace::Record& record);

    struct Event {
        std::uint64_t index;    ///< Of the record.
        std::uint64_t address;  ///< Of the word.
        std::uint64_t word;
        bool write, refused;
    };
    const std::map<std::string, std::vector<Event>>& blocks() const { return blocks_; }
    const trace::Schema& schema() const { return *schema_; }
    std::uint64_t words_written() const { return written_; }

private:
    const trace::Schema* schema_;
    std::map<std::string, std::vector<Event>> blocks_;
    std::map<std::string, std::map<std::uint64_t, std::uint64_t>> known_;  ///< Per block: what a read would repeat.
    std::uint64_t written_ = 0;
};

/// Where a block's two stories part for the first time. What follows is a consequence and isn't reported.
struct Parting {
    std::string block;
    std::string where;    ///< Register, or its first field that differs: "pll[3].status.locked".
    std::size_t event;    ///< So many were alike before.
    std::uint64_t index;  ///< Record of the first trace.
    std::string a, b;     ///< "reads 1", "writes 0x20 to pll[3].ctrl", "nothing more".
};

struct BlockRow {
    std::string name;
    std::uint64_t writes = 0, reads = 0;  ///< Events alike.
    std::uint64_t fields = 0, non_zero = 0;
    bool alike = true;
};

struct Correlation {
    std::vector<BlockRow> blocks;
    std::vector<Parting> partings;  ///< In the order of time in the first trace: the first is the cause, most likely.
    std::uint64_t words_a = 0, words_b = 0;  ///< Written.
    bool measured() const { return words_a + words_b != 0; }
};

/// `reads` false: only writes are compared (environments whose hardware takes other times see other values in between).
Correlation correlate(const Story& a, const Story& b, bool reads);

/// The stories of two sources, to their ends. One without a register map, a waveform say, is read with the other's.
Correlation correlate(imports::Source& a, imports::Source& b, bool reads);

}  // namespace replay::compare
