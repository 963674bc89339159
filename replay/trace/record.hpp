// One record of a trace, decoded.
#pragma once

#include <cstdint>

#include "hal/bus/error.hpp"
#include "hal/bus/span.hpp"
#include "transports/recorder/format.hpp"

namespace replay::trace {

using transports::recorder::Kind;

/// A view: words and bytes are valid until the next record is asked for.
struct Record {
    Kind kind = Kind::read;
    std::uint8_t width = 4;  ///< Bytes of a word.
    bool failed = false;     ///< `error` says how; a failed read has no words.
    bool unsure = false;     ///< Behind an access of unknown effect: it may or may not have happened.
    std::uint16_t bus = 0;
    std::uint32_t lane = 0;
    std::uint64_t index = 0;    ///< In the recording, lost ones counted.
    std::uint64_t time_ns = 0;  ///< Of a wait: when it ended.
    std::uint64_t address = 0;
    std::uint32_t count = 1;                    ///< Words asked for.
    hal::bus::Span<const std::uint64_t> words;  ///< Written, or read; of a guard mask and value.
    hal::bus::Error error;
    std::uint64_t before_ns = 0, deadline_ns = 0;  ///< Of a wait.
    bool frame_begins = false, frame_ends = false;
    hal::bus::Span<const std::uint8_t> tx, rx;  ///< Of a frame.

    bool is_access() const { return transports::recorder::accesses(kind); }
    bool is_read() const { return transports::recorder::reads(kind); }
    bool is_write() const { return transports::recorder::writes(kind); }
    /// Address of its i-th word.
    std::uint64_t address_of(std::uint32_t i) const {
        return kind == Kind::write_fixed ? address : address + std::uint64_t{width} * i;
    }
};

}  // namespace replay::trace
