// What SystemRDL says an access does to one register word: pure functions of the generated row. Checked against an
// independent interpreter of the RDL in tests/registers.
#pragma once

#include "transports/model/tables.hpp"

namespace transports::model {

/// Whether the word's lock holds, given the content of its lock word (WordRow::lock_word).
constexpr bool is_locked(const WordRow& row, std::uint32_t lock_word) {
    return row.locked != 0 && ((lock_word & row.lock_mask) != 0) == row.locks_when_set;
}

/// Content after software has written `value`.
constexpr std::uint32_t after_write(const WordRow& row, std::uint32_t old, std::uint32_t value, bool locked) {
    std::uint32_t next = (old & ~row.plain) | (value & row.plain);
    next &= ~(value & row.woclr);
    next |= value & row.woset;
    next ^= value & row.wot;
    next &= ~(~value & row.wzc);
    next |= ~value & row.wzs;
    next ^= ~value & row.wzt;
    next &= ~row.wclr;
    next |= row.wset;
    return locked ? (next & ~row.locked) | (old & row.locked) : next;
}

/// `value` without the pulses that the lock suppresses.
constexpr std::uint32_t without_locked_pulses(const WordRow& row, std::uint32_t value, bool locked) {
    return locked ? value & ~(row.locked & row.pulse) : value;
}

/// Whether a read that must not change anything may touch the word.
constexpr bool reads_freely(const WordRow& row) { return row.readable != 0 && (row.rclr | row.rset) == 0; }

/// Content after a read with side effects.
constexpr std::uint32_t after_consume(const WordRow& row, std::uint32_t old) { return (old & ~row.rclr) | row.rset; }

/// Content after a reset; a warm one leaves sticky bits alone.
constexpr std::uint32_t after_reset(const WordRow& row, std::uint32_t old, bool cold) {
    const std::uint32_t keep = cold ? 0 : row.sticky;
    return (old & keep) | (row.reset & ~keep);
}

}  // namespace transports::model
