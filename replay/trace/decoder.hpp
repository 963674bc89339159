// The payload of one block back into records: the mirror image of transports/recorder/encoder.hpp.
#pragma once

#include "replay/trace/record.hpp"
#include "transports/recorder/encoder.hpp"

namespace replay::trace {

class Decoder {
public:
    /// `payload` (not compressed) must stay where it is.
    void restart(const transports::recorder::BlockHeader& header, const std::uint8_t* payload);
    /// False at the end of the block, or where it makes no sense any more; failed() tells which.
    bool next(Record& record);
    bool failed() const { return failed_; }
    std::uint32_t done() const { return done_; }

private:
    bool access(Record& record, std::uint8_t tag);
    bool words(Record& record, bool known);
    void error(Record& record);
    bool frame(Record& record);

    transports::recorder::Bytes bytes_{nullptr, nullptr};
    transports::recorder::Context context_;
    std::uint16_t bus_ = 0;
    std::uint64_t first_index_ = 0;
    std::uint32_t records_ = 0, done_ = 0;
    bool failed_ = false;
    std::uint64_t words_[transports::recorder::kMaxWords];
};

}  // namespace replay::trace
