// What each access does to each word of each block type: generated from the RDL (hal/registers/generators/model.py).
#pragma once

#include <cstdint>

#include "hal/bus/span.hpp"

namespace transports::model {

inline constexpr std::uint16_t kNoWord = 0xFFFF;

/// One register word. Masks select the bits whose fields have the property.
struct WordRow {
    std::uint32_t reset, readable;
    std::uint32_t plain, woclr, woset, wot, wzc, wzs, wzt, wclr, wset, pulse;
    std::uint32_t rclr, rset;
    std::uint32_t sticky;      ///< Survives a warm reset.
    std::uint32_t disruptive;  ///< Changing it under traffic disturbs the traffic.
    std::uint32_t left_out;    ///< Not in the hash.
    std::uint32_t host;        ///< Owned by the host driver.
    std::uint32_t observable;
    std::uint32_t stored;                                            ///< Kept in flip-flops, which radiation may flip.
    std::uint32_t upset_live, upset_drain, upset_reset, upset_none;  ///< What an upset takes to repair, by the RDL.
    std::uint32_t locked;                                            ///< Bits that the lock below protects.
    std::uint32_t lock_mask;
    std::uint16_t lock_word;
    bool locks_when_set;
    bool internal;  ///< No address answers.
    bool timer;     ///< Counts down in microseconds; 0 is idle.
    std::uint32_t offset;

    constexpr std::uint32_t writable() const {
        return plain | woclr | woset | wot | wzc | wzs | wzt | wclr | wset | pulse;
    }
};

struct TypeRow {
    const char* name;
    hal::bus::Span<const WordRow> words;            ///< Internal ones behind the addressable ones.
    hal::bus::Span<const std::uint16_t> at_offset;  ///< Word number by offset / 4, or kNoWord.
    std::uint32_t addressable;
    bool workload;
    std::uint32_t repeated;  ///< Accesses that may have to be done again from their beginning: sequences and firmware.
};

/// The block types in the order of hal::chip::Type.
hal::bus::Span<const TypeRow> type_rows();

}  // namespace transports::model
