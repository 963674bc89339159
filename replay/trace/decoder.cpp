#include "replay/trace/decoder.hpp"

namespace replay::trace {

using namespace transports::recorder;

void Decoder::restart(const BlockHeader& header, const std::uint8_t* payload) {
    bytes_ = {payload, payload + header.raw_size};
    context_.restart(header.base_time_ns);
    bus_ = header.bus;
    first_index_ = header.first_index;
    records_ = header.records;
    done_ = 0;
    failed_ = false;
}

bool Decoder::next(Record& r) {
    if (failed_ || done_ == records_) {
        if (!failed_ && bytes_.at != bytes_.end) failed_ = true;  // more bytes than records
        return false;
    }
    const std::uint8_t tag = bytes_.byte();
    r.kind = static_cast<Kind>(tag & 7);
    r.bus = bus_;
    r.index = first_index_ + done_;
    r.failed = r.unsure = false;
    r.words = {};
    bool fine = false;
    if (r.is_access()) {
        fine = access(r, tag);
    } else {
        if ((tag & kTagTime) != 0) context_.time_ns += unzigzag(bytes_.varint());
        r.address = 0;
        r.count = 0;
        r.width = 4;
        r.lane = context_.lane;
        if (r.kind == Kind::wait) {
            r.before_ns = context_.time_ns;
            r.deadline_ns = r.before_ns + unzigzag(bytes_.varint());
            context_.time_ns = r.before_ns + unzigzag(bytes_.varint());
        }
        fine = r.kind != Kind::frame || frame(r);
        r.time_ns = context_.time_ns;
    }
    if (!fine || bytes_.at == nullptr) {
        failed_ = true;
        return false;
    }
    ++done_;
    return true;
}

bool Decoder::access(Record& r, std::uint8_t tag) {
    r.width = 4;
    r.count = 1;
    std::uint8_t more = 0;
    if ((tag & kTagMore) != 0) {
        more = bytes_.byte();
        r.width = static_cast<std::uint8_t>((more & 7) + 1);
        if ((more & kMoreLane) != 0) context_.lane = static_cast<std::uint32_t>(bytes_.varint());
        if ((more & kMoreCount) != 0) r.count = static_cast<std::uint32_t>(bytes_.varint());
    }
    r.lane = context_.lane;
    if ((tag & kTagTime) != 0) context_.time_ns += unzigzag(bytes_.varint());
    r.time_ns = context_.time_ns;
    switch (tag & kTagAddress) {
        case kSameAddress: r.address = context_.address; break;
        case kNextAddress: r.address = context_.next_address; break;
        case kWordsAway: r.address = context_.address + unzigzag(bytes_.varint()) * 4; break;
        default: r.address = context_.address + unzigzag(bytes_.varint()); break;
    }
    if (r.count == 0 || r.count > kMaxWords) return false;
    context_.address = r.address;
    context_.next_address = r.address + step_of(r.kind, r.width, r.count);
    r.failed = (more & kMoreFailed) != 0;
    r.unsure = (more & kMoreUnsure) != 0;
    if (r.failed) error(r);
    if (r.is_read() && (r.failed || r.unsure)) return true;
    return words(r, (tag & kTagKnown) != 0);
}

bool Decoder::words(Record& r, bool known) {
    if (r.count == 1 && r.kind != Kind::guard) {
        LastSeen::Row& row = context_.seen.of(r.address);
        if (known && row.address != r.address) return false;
        if (!known) row = {r.address, bytes_.varint()};
        words_[0] = row.value;
        r.words = {words_, 1};
        return true;
    }
    const std::uint32_t count = r.kind == Kind::guard ? 2 : r.count;
    for (std::uint32_t i = 0; i < count; ++i) words_[i] = bytes_.varint();
    r.words = {words_, count};
    return !known;
}

void Decoder::error(Record& r) {
    r.error = {};
    r.error.code = static_cast<hal::bus::Code>(bytes_.byte());
    r.error.effect = static_cast<hal::bus::Effect>(bytes_.byte());
    r.error.instance = static_cast<std::uint16_t>(bytes_.varint());
    r.error.attempts = static_cast<std::uint16_t>(bytes_.varint());
    r.error.address = static_cast<std::uint32_t>((r.kind == Kind::frame ? 0 : r.address) + unzigzag(bytes_.varint()));
    r.error.value = static_cast<std::uint32_t>(bytes_.varint());
    r.error.elapsed_ns = bytes_.varint();
}

bool Decoder::frame(Record& r) {
    const std::uint8_t flags = bytes_.byte();
    const std::uint64_t said = bytes_.varint();
    if (said > Encoder::kMaxPiece) return false;
    const auto size = static_cast<std::size_t>(said);
    const std::uint8_t* const tx = bytes_.take(size);
    const std::uint8_t* const rx = bytes_.take(size);
    if (rx == nullptr) return false;
    r.tx = {tx, size};
    r.rx = {rx, size};
    r.frame_begins = (flags & kFrameBegins) != 0;
    r.frame_ends = (flags & kFrameEnds) != 0;
    r.failed = (flags & kFrameFailed) != 0;
    if (r.failed) error(r);
    return true;
}

}  // namespace replay::trace
