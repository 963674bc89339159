// A whole trace in memory, for what has to look back and ahead: replaying, comparing, minimising.
#pragma once

#include <vector>

#include "replay/trace/reader.hpp"

namespace replay::trace {

class Sequence {
public:
    /// Appends a copy.
    void add(const Record& record);

    std::size_t size() const { return steps_.size(); }
    bool empty() const { return steps_.empty(); }
    /// Is it a recording of a wire: frames, and not the accesses that they carry?
    bool has_frames() const;
    /// A view; valid while this object lives and is not added to.
    Record at(std::size_t i) const;
    /// Without the words.
    const Record& head(std::size_t i) const { return steps_[i].record; }
    const std::uint64_t* words(std::size_t i) const { return words_.data() + steps_[i].first_word; }

private:
    struct Step {
        Record record;  // its spans are made when asked for
        std::size_t first_word, words, first_byte, bytes;
    };
    std::vector<Step> steps_;
    std::vector<std::uint64_t> words_;
    std::vector<std::uint8_t> bytes_;
};

/// All that is left of a trace.
Sequence load(Reader& reader);

}  // namespace replay::trace
