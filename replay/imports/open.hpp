// Whatever holds a trace: a recording, or any file that an importer reads.
#pragma once

#include <memory>

#include "replay/imports/imported.hpp"
#include "replay/trace/reader.hpp"

namespace replay::imports {

class Source {
public:
    /// Throws std::invalid_argument.
    explicit Source(const std::string& file, const std::string& importer = {}, const Options& options = {});

    bool next(trace::Record& record);
    const trace::Schema& schema() const { return schema_ == nullptr ? reader_->schema() : *schema_; }
    std::string description() const {
        return schema_ == nullptr ? reader_->description() : imported_.description.dump();
    }
    const std::vector<std::string>& notes() const { return imported_.notes; }
    /// All of it, if it is in memory: what an importer has read, or the accesses of frames. Else null.
    const Imported* imported() const { return schema_ == nullptr ? nullptr : &imported_; }
    /// Null unless it is a recording.
    trace::Reader* reader() const { return reader_.get(); }
    const std::string& format() const { return format_; }

private:
    std::unique_ptr<trace::Reader> reader_;
    Imported imported_;
    std::unique_ptr<trace::Schema> schema_;  // null: the reader gives the records
    std::size_t at_ = 0;
    std::string format_ = "trace";
};

}  // namespace replay::imports
