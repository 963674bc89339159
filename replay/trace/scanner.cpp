#include "replay/trace/scanner.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace replay::trace {

using namespace transports::recorder;
using What = Finding::What;

namespace {

constexpr std::size_t kLargestDescription = 64u << 20;

// Making zstd's context takes longer than a block does; it keeps nothing from one to the next.
std::size_t unpack(void* to, std::size_t room, const void* from, std::size_t size) {
    static thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                                           ZSTD_freeDCtx);
    return ZSTD_decompressDCtx(context.get(), to, room, from, size);
}

std::string records_text(const Finding& f) {
    if (!f.records_known) return "";
    if (f.records == 0) return ", no record";
    return fmt::format(", {} record{} from index {}", f.records, f.records == 1 ? "" : "s", f.first_record);
}

}  // namespace

std::string explain(const Finding& f) {
    switch (f.what) {
        case What::unreadable:
            return fmt::format("offset {}: {} bytes are no intact block; skipped", f.offset, f.bytes);
        case What::envelope:
            return fmt::format("offset {}: the pcapng envelope is damaged, its block is whole; nothing lost", f.offset);
        case What::missing:
            return fmt::format("offset {}: {} block{} missing{}", f.offset, f.blocks, f.blocks == 1 ? "" : "s",
                               records_text(f));
        case What::repeated: return fmt::format("offset {}: a block that was there before; skipped", f.offset);
        case What::lost: return fmt::format("offset {}: the recorder could not keep up{}", f.offset, records_text(f));
        case What::cut:
            return fmt::format("offset {}: the file ends within a block ({} bytes of it); what follows is unknown",
                               f.offset, f.bytes);
        case What::not_ended:
            return fmt::format(
                "offset {}: no end mark: the recorder was killed, or the file is cut; "
                "nothing is known from index {} on",
                f.offset, f.first_record);
        case What::undecodable:
            return fmt::format(
                "offset {}: a block that can't be decoded although its CRC is right; "
                "please report this as a defect",
                f.offset);
        case What::other: return fmt::format("offset {}: another recording begins", f.offset);
    }
    return "?";
}

std::vector<std::string> buses_of(const std::string& description) {
    const auto json = nlohmann::json::parse(description, nullptr, false);
    std::vector<std::string> buses;
    if (!json.is_object() || !json.contains("buses") || !json["buses"].is_array()) return buses;
    for (const auto& bus : json["buses"]) {
        if (bus.is_string()) buses.push_back(bus);
    }
    return buses;
}

const std::string* Scanner::description(std::uint64_t info_hash) const {
    const auto found = descriptions_.find(info_hash);
    return found == descriptions_.end() ? nullptr : &found->second.text;
}
const std::string* Scanner::description() const { return description(first_description_); }

// Is there a packet at `at` with a whole block in it? Its own envelope is not asked: it may be what is damaged.
bool Scanner::at_packet(std::uint64_t at, BlockHeader& header) const {
    if (at + kPacketHead >= size_) return false;
    const Opened opened =
        open_block(data_ + at + kPacketHead, static_cast<std::size_t>(size_ - at - kPacketHead), header);
    if (opened == Opened::newer) {
        throw std::invalid_argument(fmt::format("trace format {}; this program reads format {}: use a newer reconverge",
                                                static_cast<char>(data_[at + kPacketHead + 3]), kMajor));
    }
    return opened == Opened::ok && at + packet_size(header) <= size_;
}

std::optional<Block> Scanner::find(std::uint64_t offset) const {
    Block block;
    std::uint64_t from = offset + kPacketHead;
    while (from < size_) {
        const void* const magic = ::memmem(data_ + from, static_cast<std::size_t>(size_ - from), "RVT", 3);
        if (magic == nullptr) return std::nullopt;
        const auto place = static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(magic) - data_);
        block.offset = place - kPacketHead;
        if (at_packet(block.offset, block.header)) return block;
        from = place + 1;
    }
    return std::nullopt;
}

void Scanner::jump(std::uint64_t offset) {
    at_ = offset;
    first_ = true;
    jumped_ = offset != 0;
    ended_ = false;
}

bool Scanner::next(Block& block) {
    for (;;) {
        block.offset = at_;
        if (!at_packet(at_, block.header)) {
            const std::optional<Block> found = find(at_);
            if (!found) return false;
            block = *found;
            skipped(at_, block.offset, block.header.info_hash);
        }
        at_ = block.offset + packet_size(block.header);
        check_envelope(block);
        if (!check_order(block)) continue;
        ++blocks_;
        if (block.header.kind == BlockKind::info) take_info(block);
        if (block.header.kind == BlockKind::end) ended_ = true;
        last_ = block;
        return true;
    }
}

void Scanner::finish() {
    for (const Skipped& s : skipped_) findings_.push_back({What::unreadable, s.from, s.to - s.from, 0, 0, 0, false});
    skipped_.clear();
    if (at_ < size_) {
        const bool packet = size_ - at_ >= 4 && get32(data_ + at_) == 6;
        const bool short_of = size_ - at_ < kBlockSize + kPacketHead + kPacketTail;
        findings_.push_back({packet || short_of ? What::cut : What::unreadable, at_, size_ - at_, 0, 0, 0, false});
        at_ = size_;
    }
    if (!ended_) findings_.push_back({What::not_ended, size_, 0, 0, next_index_, 0, false});
    ended_ = true;
}

void Scanner::report_undecodable(std::uint32_t done) {
    const BlockHeader& h = last_.header;
    const std::uint64_t rest = h.records > done ? h.records - done : 0;
    findings_.push_back({What::undecodable, last_.offset, packet_size(h), 1, h.first_index + done, rest, true});
}

// Bytes between blocks: the preamble of a recording, or damage. Which is known once the description is.
void Scanner::skipped(std::uint64_t from, std::uint64_t to, std::uint64_t info_hash) {
    const Skipped s{from, to, info_hash};
    if (!(first_ && jumped_) && !judge(s)) skipped_.push_back(s);
}

bool Scanner::judge(const Skipped& s) {
    const auto found = descriptions_.find(s.info_hash);
    if (found == descriptions_.end()) return false;
    const std::vector<std::uint8_t>& expected = found->second.preamble;
    const bool same =
        expected.size() == s.to - s.from && std::memcmp(expected.data(), data_ + s.from, expected.size()) == 0;
    if (!same) findings_.push_back({What::unreadable, s.from, s.to - s.from, 0, 0, 0, false});
    return true;
}

void Scanner::check_envelope(const Block& block) {
    const std::uint8_t* const there = data_ + block.offset;
    const std::size_t size = put_packet(packet_, block.header, there + kPacketHead);
    if (std::memcmp(packet_, there, size) != 0) {
        findings_.push_back({What::envelope, block.offset, size, 0, 0, 0, false});
    }
}

// Numbers tell what is missing between this block and the one before. False: it is no news.
bool Scanner::check_order(const Block& block) {
    const BlockHeader& h = block.header;
    const bool same = !first_ && h.trace_id == trace_id_;
    if (!first_ && !same) {
        if (!ended_) findings_.push_back({What::not_ended, block.offset, 0, 0, next_index_, 0, false});
        findings_.push_back({What::other, block.offset, 0, 0, 0, 0, false});
    }
    if (!same) {
        trace_id_ = h.trace_id;
        next_sequence_ = jumped_ && first_ ? h.sequence : 0;
        next_index_ = jumped_ && first_ ? h.first_index : 0;
        lost_ = jumped_ && first_ ? h.lost : 0;
        ended_ = false;
    }
    first_ = false;
    if (h.sequence < next_sequence_) {
        findings_.push_back({What::repeated, block.offset, 0, 1, 0, 0, false});
        return false;
    }
    const bool tells = h.kind != BlockKind::info;  // an info block says nothing about records
    const std::uint64_t away = tells ? h.first_index - next_index_ : 0;
    const std::uint64_t lost = tells ? h.lost - lost_ : 0;
    if (h.sequence > next_sequence_) {
        findings_.push_back({What::missing, block.offset, 0, h.sequence - next_sequence_, next_index_,
                             away >= lost ? away - lost : 0, tells});
    }
    if (lost != 0) findings_.push_back({What::lost, block.offset, 0, 0, next_index_, lost, true});
    next_sequence_ = h.sequence + 1;
    if (tells) {
        next_index_ = h.first_index + h.records;
        lost_ = h.lost;
    }
    return true;
}

const std::uint8_t* Scanner::payload(const Block& block) {
    const BlockHeader& h = block.header;
    const std::uint8_t* const stored = data_ + block.offset + kPacketHead + h.header_size;
    if (h.kind != BlockKind::records) return stored;
    if (!h.compressed) {
        if (h.raw_size == h.stored_size) return stored;
        report_undecodable(0);
        return nullptr;
    }
    if (unpack(payload_, sizeof payload_, stored, h.stored_size) == h.raw_size) return payload_;
    report_undecodable(0);
    return nullptr;
}

void Scanner::take_info(const Block& block) {
    const BlockHeader& h = block.header;
    if (h.part >= h.parts || description(h.info_hash) != nullptr) return;
    auto& parts = parts_[h.info_hash];
    parts.resize(h.parts);
    const std::uint8_t* const bytes = payload(block);
    parts[h.part].assign(bytes, bytes + h.stored_size);
    std::vector<std::uint8_t> whole;
    for (const auto& part : parts) {
        if (part.empty()) return;
        whole.insert(whole.end(), part.begin(), part.end());
    }
    const unsigned long long size = ZSTD_getFrameContentSize(whole.data(), whole.size());
    if (size > kLargestDescription) return;
    std::string text(static_cast<std::size_t>(size), '\0');
    if (unpack(text.data(), text.size(), whole.data(), whole.size()) != size || fnv1a(text) != h.info_hash) return;
    if (descriptions_.empty()) first_description_ = h.info_hash;
    std::vector<std::uint8_t> start = preamble("reconverge", buses_of(text), kLinkTypeTrace);
    descriptions_[h.info_hash] = {std::move(text), std::move(start)};
    parts_.erase(h.info_hash);
    skipped_.erase(std::remove_if(skipped_.begin(), skipped_.end(), [this](const Skipped& s) { return judge(s); }),
                   skipped_.end());
}

}  // namespace replay::trace
