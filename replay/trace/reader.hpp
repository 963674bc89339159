// Reads a trace file record by record: streaming, from any index or time on, while it still grows.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "replay/trace/decoder.hpp"
#include "replay/trace/scanner.hpp"
#include "replay/trace/schema.hpp"

namespace replay::trace {

/// Not thread-safe.
class Reader {
public:
    /// Throws std::invalid_argument, with a text for users, if that is no trace of this major version.
    explicit Reader(const std::string& file);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    /// The next record; false at the end of what there is.
    bool next(Record& record);

    /// A marker that stands before the record that next() gave last, or before the end.
    struct Marker {
        std::uint64_t index;  ///< Of the record behind it.
        std::uint64_t time_ns;
        std::string text;
    };
    const std::vector<Marker>& markers() const { return markers_; }

    /// The next record will be the first whose index (or time) is at least that. Reads a few blocks, however long the
    /// file is.
    void seek_index(std::uint64_t index);
    void seek_time(std::uint64_t time_ns);

    /// Looks whether the file has grown. False: it has not.
    bool refresh();

    const std::string& file() const { return file_; }
    std::uint64_t bytes() const { return size_; }
    /// The description as JSON text; "{}" if none could be read.
    const std::string& description() const { return description_; }
    const Schema& schema() const { return *schema_; }

    /// What is missing of what has been read so far; call finish() at the end to have the end looked at.
    const std::vector<Finding>& findings() const { return scanner_.findings(); }
    void finish() { scanner_.finish(); }
    bool ended() const { return scanner_.ended(); }

private:
    bool next_block();
    void map();
    template <typename Before>
    void seek(Before before);

    std::string file_;
    int descriptor_ = -1;
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
    Scanner scanner_;
    Decoder decoder_;
    bool in_block_ = false;
    Record ahead_;  // found by a seek, not yet given
    bool has_ahead_ = false;
    std::vector<Marker> markers_;
    std::string description_ = "{}";
    std::unique_ptr<Schema> schema_;
};

}  // namespace replay::trace
