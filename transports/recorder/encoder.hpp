// Records into the payload of one block after the other. No heap, no I/O: the hot path of recording.
#pragma once

#include <cstring>

#include "hal/bus/error.hpp"
#include "transports/recorder/format.hpp"

namespace transports::recorder {

/// What is recorded of one access, besides its words.
struct Head {
    Kind kind = Kind::read;
    std::uint8_t width = 4;  ///< Bytes of a word, 1 to 8.
    std::uint16_t bus = 0;
    std::uint32_t lane = 0;  ///< Who did it, where the source tells: a process, a core, a map.
    std::uint64_t time_ns = 0;
    std::uint64_t address = 0;
    std::uint32_t count = 1;                  ///< Words; a guard has one (mask and value follow).
    const hal::bus::Error* failed = nullptr;  ///< Or null. A failed read has no words.
    bool unsure = false;                      ///< It may or may not have happened; a read has no words.
};

/// Words of one record at most: longer bursts are split.
inline constexpr std::uint32_t kMaxWords = 256;
/// Bytes that a record takes at most: kMaxWords of 8 bytes, and all that may stand before them.
inline constexpr std::size_t kMaxRecord = kMaxWords * 10 + 128;
static_assert(kMaxRecord <= kPayloadSize);

/// How far behind one access the next one of a burst would be.
inline std::uint64_t step_of(Kind kind, std::uint8_t width, std::uint32_t count) {
    return kind == Kind::write_fixed ? 0 : std::uint64_t{width} * count;
}

class Encoder {
public:
    /// From here on `at` is the start of a block's payload.
    void restart(std::uint8_t* at, std::uint64_t base_time_ns) {
        begin_ = at_ = at;
        records_ = 0;
        context_.restart(base_time_ns);
    }
    std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }
    std::uint32_t records() const { return records_; }
    std::uint64_t time() const { return context_.time_ns; }
    /// `size` bytes were put there by the caller.
    void skip(std::size_t size) { at_ += size; }
    bool fits(std::size_t bytes) const { return size() + bytes <= kPayloadSize; }

    /// One access. `words`: those of a write, or those that a read gave; of a guard mask and value; unused where the
    /// access has none. The caller has made sure that kMaxRecord (or 24 bytes, for one word that did not fail) fit.
    template <typename Word>
    void access(const Head& h, const Word* words) {
        std::uint8_t* const tag_at = at_++;
        std::uint8_t tag = static_cast<std::uint8_t>(h.kind);
        const bool plain = h.width == 4 && h.count == 1 && h.failed == nullptr && !h.unsure && h.lane == context_.lane;
        if (!plain) {
            tag |= kTagMore;
            more(h);
        }
        tag |= put_time(h.time_ns);
        tag |= put_address(h);
        if (!plain && h.failed != nullptr) put_error(*h.failed, h.address);
        const bool has_words = !reads(h.kind) || (h.failed == nullptr && !h.unsure);
        if (has_words) tag |= put_words(h, words);
        *tag_at = tag;
        ++records_;
    }

    /// Time passed while the software waited for `deadline`.
    void wait(std::uint64_t before_ns, std::uint64_t deadline_ns, std::uint64_t after_ns) {
        std::uint8_t* const tag_at = at_++;
        *tag_at = static_cast<std::uint8_t>(static_cast<std::uint8_t>(Kind::wait) | put_time(before_ns));
        at_ = put_varint(at_, zigzag(deadline_ns - before_ns));
        at_ = put_varint(at_, zigzag(after_ns - before_ns));
        context_.time_ns = after_ns;
        ++records_;
    }

    /// The software asked for the time, and it had moved on.
    void clock(std::uint64_t now_ns) {
        std::uint8_t* const tag_at = at_++;
        *tag_at = static_cast<std::uint8_t>(static_cast<std::uint8_t>(Kind::clock) | put_time(now_ns));
        ++records_;
    }

    /// A piece of a full-duplex frame: `size` bytes each way. `failed` goes with the last piece.
    void frame(std::uint64_t time_ns, std::uint8_t flags, const std::uint8_t* tx, const std::uint8_t* rx,
               std::size_t size, const hal::bus::Error* failed);
    static constexpr std::size_t kMaxPiece = 1024;

private:
    std::uint8_t put_time(std::uint64_t time_ns) {
        if (time_ns == context_.time_ns) return 0;
        at_ = put_varint(at_, zigzag(time_ns - context_.time_ns));
        context_.time_ns = time_ns;
        return kTagTime;
    }

    std::uint8_t put_address(const Head& h) {
        const std::uint64_t before = context_.address, expected = context_.next_address;
        context_.address = h.address;
        context_.next_address = h.address + step_of(h.kind, h.width, h.count);
        if (h.address == before) return kSameAddress;
        if (h.address == expected) return kNextAddress;
        const std::uint64_t away = h.address - before;
        if ((away & 3) == 0) {
            at_ = put_varint(at_, zigzag(static_cast<std::uint64_t>(static_cast<std::int64_t>(away) >> 2)));
            return kWordsAway;
        }
        at_ = put_varint(at_, zigzag(away));
        return kBytesAway;
    }

    template <typename Word>
    std::uint8_t put_words(const Head& h, const Word* words) {
        if (h.count == 1 && h.kind != Kind::guard) {
            LastSeen::Row& row = context_.seen.of(h.address);
            const std::uint64_t value = words[0];
            if (row.address == h.address && row.value == value) return kTagKnown;
            row = {h.address, value};
            at_ = put_varint(at_, value);
            return 0;
        }
        const std::uint32_t count = h.kind == Kind::guard ? 2 : h.count;
        for (std::uint32_t i = 0; i < count; ++i) at_ = put_varint(at_, words[i]);
        return 0;
    }

    void more(const Head& h);
    void put_error(const hal::bus::Error& e, std::uint64_t address);

    std::uint8_t *begin_ = nullptr, *at_ = nullptr;
    std::uint32_t records_ = 0;
    Context context_;
};

}  // namespace transports::recorder
