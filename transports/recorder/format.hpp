// The bytes of a trace file, as docs/trace-format.md specifies them: block header, records, pcapng envelope. Writer and
// reader share these; nothing here does any I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace transports::recorder {

inline constexpr char kMajor = '1';        ///< Fourth byte of the magic "RVT1".
inline constexpr std::uint8_t kMinor = 0;  ///< Readers take every minor of their major.
inline constexpr std::size_t kBlockSize = 4096;
inline constexpr std::size_t kHeaderSize = 64;
inline constexpr std::size_t kPayloadSize = kBlockSize - kHeaderSize;

enum class BlockKind : std::uint8_t {
    records = 0,
    info = 1,    ///< A part of the description (JSON): buses, chip, intent, register map.
    marker = 2,  ///< A text of somebody who watched.
    end = 3,     ///< The recorder ended in order.
};

/// The block header, in host order.
struct BlockHeader {
    BlockKind kind = BlockKind::records;
    bool compressed = false;
    std::uint8_t minor = kMinor;
    std::uint8_t header_size = kHeaderSize;
    std::uint16_t bus = 0;             ///< Row of the description's buses; the pcapng interface.
    std::uint8_t part = 0, parts = 1;  ///< Of an info block.
    std::uint32_t sequence = 0;        ///< Of the block in the file.
    std::uint32_t lost = 0;            ///< Records lost by the recorder so far; stops at the largest number.
    std::uint64_t first_index = 0;     ///< Of the first record, counting lost ones.
    std::uint64_t base_time_ns = 0;    ///< Time before the first record.
    std::uint64_t info_hash = 0;       ///< Of the description that this block was written under.
    std::uint32_t records = 0;
    std::uint16_t raw_size = 0, stored_size = 0;  ///< Payload bytes before and after compression.
    std::uint64_t trace_id = 0;                   ///< The same in all blocks of a recording.
};

/// Writes kHeaderSize bytes and seals them with the CRC over all behind it, `header.stored_size` payload bytes (which
/// stand behind the header already) and their padding included.
void seal(const BlockHeader& header, std::uint8_t* block);

/// Padded size of a sealed block: what the envelope carries.
inline std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

enum class Opened : std::uint8_t {
    ok,
    no_block,   ///< No magic there.
    too_short,  ///< The block goes on behind `size`.
    damaged,    ///< CRC or sizes are wrong.
    newer,      ///< Another major version.
};

/// Checks the block at `data` and reads its header.
Opened open_block(const std::uint8_t* data, std::size_t size, BlockHeader& header);

/// FNV-1a, 64 bit: names descriptions.
std::uint64_t fnv1a(const std::string& text);

// --- records -------------------------------------------------------------------------------------------------------

enum class Kind : std::uint8_t { read, write, guard, consume, write_fixed, wait, clock, frame };

const char* name(Kind kind);

inline bool reads(Kind kind) { return kind == Kind::read || kind == Kind::consume; }
inline bool writes(Kind kind) { return kind == Kind::write || kind == Kind::write_fixed; }
/// An access to a register, as opposed to time passing or a frame of bytes.
inline bool accesses(Kind kind) { return kind <= Kind::write_fixed; }

/// The tag byte: kind, and what follows it.
inline constexpr std::uint8_t kTagTime = 0x08;     ///< Time since the record before, ns.
inline constexpr std::uint8_t kTagAddress = 0x30;  ///< How the address is told:
inline constexpr std::uint8_t kSameAddress = 0x00, kNextAddress = 0x10, kWordsAway = 0x20, kBytesAway = 0x30;
inline constexpr std::uint8_t kTagMore = 0x40;   ///< A second tag byte follows.
inline constexpr std::uint8_t kTagKnown = 0x80;  ///< The value is the one last seen there; none follows.
/// The second tag byte. Its low three bits are the width of a word in bytes, less one; 4 bytes without it.
inline constexpr std::uint8_t kMoreCount = 0x08;   ///< Number of words; one without it.
inline constexpr std::uint8_t kMoreFailed = 0x10;  ///< The access failed: the error follows.
inline constexpr std::uint8_t kMoreUnsure =
    0x20;                                        ///< Behind one that failed with effect unknown: it may have happened.
inline constexpr std::uint8_t kMoreLane = 0x40;  ///< Another lane (process, core, map, ...) from here on.

/// What the flags of a frame record say.
inline constexpr std::uint8_t kFrameBegins = 0x01, kFrameEnds = 0x02, kFrameFailed = 0x04;

/// Encoder and decoder remember the last value of some addresses, within a block. An array with one row per slot.
struct LastSeen {
    struct Row {
        std::uint64_t address = ~std::uint64_t{0};
        std::uint64_t value = 0;
    };
    static constexpr std::size_t kRows = 128;
    Row rows[kRows];

    Row& of(std::uint64_t address) { return rows[((address >> 2) ^ (address >> 9)) & (kRows - 1)]; }
    void clear() {
        for (Row& row : rows) row = Row{};
    }
};

/// What encoder and decoder know at a place within a block.
struct Context {
    std::uint64_t time_ns = 0;
    std::uint64_t address = 0, next_address = 0;
    std::uint32_t lane = 0;
    LastSeen seen;

    void restart(std::uint64_t base_time_ns) {
        time_ns = base_time_ns;
        address = next_address = 0;
        lane = 0;
        seen.clear();
    }
};

inline std::uint64_t zigzag(std::uint64_t difference) { return (difference << 1) ^ (0 - (difference >> 63)); }
inline std::uint64_t unzigzag(std::uint64_t code) { return (code >> 1) ^ (0 - (code & 1)); }

inline std::uint8_t* put_varint(std::uint8_t* at, std::uint64_t value) {
    while (value >= 0x80) {
        *at++ = static_cast<std::uint8_t>(value) | 0x80;
        value >>= 7;
    }
    *at++ = static_cast<std::uint8_t>(value);
    return at;
}

/// Where reading stopped; null `at` once the bytes made no sense.
struct Bytes {
    const std::uint8_t* at;
    const std::uint8_t* end;

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; at != nullptr && at < end && shift < 64; shift += 7) {
            const std::uint8_t byte = *at++;
            value |= std::uint64_t{byte & 0x7Fu} << shift;
            if (byte < 0x80) return value;
        }
        at = nullptr;
        return 0;
    }
    std::uint8_t byte() {
        if (at == nullptr || at == end) {
            at = nullptr;
            return 0;
        }
        return *at++;
    }
    const std::uint8_t* take(std::size_t size) {
        if (at == nullptr || static_cast<std::size_t>(end - at) < size) {
            at = nullptr;
            return nullptr;
        }
        at += size;
        return at - size;
    }
};

// --- the pcapng envelope (draft-ietf-opsawg-pcapng, sections 4.1 to 4.3)
// -----------------------------------------------

inline constexpr std::uint16_t kLinkTypeTrace = 147;   ///< LINKTYPE_USER0: a trace block.
inline constexpr std::uint16_t kLinkTypeAccess = 148;  ///< LINKTYPE_USER1: one access, for Wireshark.
inline constexpr std::size_t kPacketHead = 28;         ///< Of an Enhanced Packet Block, up to its data.
inline constexpr std::size_t kPacketTail = 4;

/// Section header and one interface description per bus: everything before the first packet.
std::vector<std::uint8_t> preamble(const std::string& written_by, const std::vector<std::string>& buses,
                                   std::uint16_t link_type);

/// Writes the kPacketHead bytes before a packet of `size` bytes; `options` bytes of options follow its padding.
void put_packet_head(std::uint8_t* at, std::uint32_t interface, std::uint64_t time_ns, std::size_t size,
                     std::size_t options);
/// Size of a comment option and the end-of-options behind it; 0 without a comment.
std::size_t comment_size(std::size_t text);
/// Writes them.
std::uint8_t* put_comment(std::uint8_t* at, const std::uint8_t* text, std::size_t size);

/// The whole packet block that carries this sealed block: the envelope is a function of what it carries, so a reader
/// makes it anew and compares.
std::size_t put_packet(std::uint8_t* at, const BlockHeader& header, const std::uint8_t* block);
std::size_t packet_size(const BlockHeader& header);

inline void put16(std::uint8_t* at, std::uint16_t value) {
    at[0] = static_cast<std::uint8_t>(value);
    at[1] = static_cast<std::uint8_t>(value >> 8);
}
inline void put32(std::uint8_t* at, std::uint32_t value) {
    put16(at, static_cast<std::uint16_t>(value));
    put16(at + 2, static_cast<std::uint16_t>(value >> 16));
}
inline void put64(std::uint8_t* at, std::uint64_t value) {
    put32(at, static_cast<std::uint32_t>(value));
    put32(at + 4, static_cast<std::uint32_t>(value >> 32));
}
inline std::uint16_t get16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] | (at[1] << 8)); }
inline std::uint32_t get32(const std::uint8_t* at) { return get16(at) | (std::uint32_t{get16(at + 2)} << 16); }
inline std::uint64_t get64(const std::uint8_t* at) { return get32(at) | (std::uint64_t{get32(at + 4)} << 32); }

}  // namespace transports::recorder
