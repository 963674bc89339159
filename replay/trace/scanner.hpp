// Finds the blocks of a trace among bytes that may be cut, damaged or foreign, and says what is missing. Every byte is
// accounted for: it belongs to a block whose CRC is right, to an envelope that is as that block demands, or to a
// finding.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "transports/recorder/format.hpp"

namespace replay::trace {

struct Finding {
    enum class What : std::uint8_t {
        unreadable,   ///< Bytes that are no intact block.
        envelope,     ///< The block is whole; the pcapng bytes around it are not as they were written.
        missing,      ///< Blocks are missing here: their numbers are.
        repeated,     ///< A block that was there before.
        lost,         ///< The recorder could not keep up and said so.
        cut,          ///< The file ends within a block.
        not_ended,    ///< No end mark: the recorder was killed, or the file is cut there.
        undecodable,  ///< The CRC is right and the content is not: a defect of the writer.
        other,        ///< Another recording begins.
    };
    What what;
    std::uint64_t offset = 0, bytes = 0;  ///< In the file.
    std::uint64_t blocks = 0;
    std::uint64_t first_record = 0, records = 0;  ///< What is not there; 0 records if that is not known.
    bool records_known = false;
};

/// One line for users.
std::string explain(const Finding& finding);

/// A block as found.
struct Block {
    std::uint64_t offset = 0;  ///< Of its packet in the file.
    transports::recorder::BlockHeader header;
};

/// Throws std::invalid_argument, with a text for users, on a newer major version.
class Scanner {
public:
    Scanner() = default;
    Scanner(const Scanner&) = delete;
    Scanner& operator=(const Scanner&) = delete;

    /// The bytes to scan. They may have grown since the last call.
    void set(const std::uint8_t* data, std::size_t size) {
        data_ = data;
        size_ = size;
    }

    /// The next whole block of any kind.
    bool next(Block& block);
    /// The block's content, decompressed; null (and a finding) if that fails. Valid until the next call.
    const std::uint8_t* payload(const Block& block);
    /// Nothing follows any more: what is left over becomes a finding. Once.
    void finish();

    /// The content of the block given last made no sense behind `done` records.
    void report_undecodable(std::uint32_t done);

    /// Goes on at byte `offset`, wherever that is within a block; what lies before is no matter of findings.
    void jump(std::uint64_t offset);
    std::uint64_t position() const { return at_; }

    /// The first whole block at or behind `offset`; its header and place only.
    std::optional<Block> find(std::uint64_t offset) const;

    const std::vector<Finding>& findings() const { return findings_; }
    bool ended() const { return ended_; }
    /// The description that block was written under, if it has been seen; else null.
    const std::string* description(std::uint64_t info_hash) const;
    /// The first one seen.
    const std::string* description() const;
    std::uint64_t blocks() const { return blocks_; }

private:
    bool at_packet(std::uint64_t at, transports::recorder::BlockHeader& header) const;
    void skipped(std::uint64_t from, std::uint64_t to, std::uint64_t info_hash);
    void check_envelope(const Block& block);
    bool check_order(const Block& block);
    void take_info(const Block& block);

    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
    std::uint64_t at_ = 0;
    std::uint8_t payload_[transports::recorder::kPayloadSize];
    std::uint8_t packet_[2 * transports::recorder::kBlockSize];
    std::vector<Finding> findings_;

    // What the next block should be.
    bool first_ = true, jumped_ = false, ended_ = false;
    std::uint64_t trace_id_ = 0, next_index_ = 0, blocks_ = 0;
    std::uint32_t next_sequence_ = 0, lost_ = 0;
    Block last_;

    struct Skipped {
        std::uint64_t from, to, info_hash;
    };
    std::vector<Skipped> skipped_;       // may be a preamble: known once the description is
    bool judge(const Skipped& skipped);  // false: not yet
    struct Described {
        std::string text;
        std::vector<std::uint8_t> preamble;  // of a file so described
    };
    std::map<std::uint64_t, std::vector<std::vector<std::uint8_t>>> parts_;
    std::map<std::uint64_t, Described> descriptions_;
    std::uint64_t first_description_ = 0;
};

/// The names of the buses that a description tells.
std::vector<std::string> buses_of(const std::string& description);

}  // namespace replay::trace
