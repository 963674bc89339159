#include "transports/model/bridge.hpp"

#include <algorithm>
#include <cstring>

#include "transports/model/crc.hpp"

namespace transports::model {

using namespace spi;  // NOLINT(google-build-using-namespace): constants only, they are this file's vocabulary

namespace {

std::uint16_t u16_at(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] | at[1] << 8); }

std::uint32_t u32_at(const std::uint8_t* at) {
    return static_cast<std::uint32_t>(u16_at(at)) | static_cast<std::uint32_t>(u16_at(at + 2)) << 16;
}

void set_u16(std::uint8_t* at, std::uint16_t value) {
    at[0] = static_cast<std::uint8_t>(value);
    at[1] = static_cast<std::uint8_t>(value >> 8);
}

void set_u32(std::uint8_t* at, std::uint32_t value) {
    set_u16(at, static_cast<std::uint16_t>(value));
    set_u16(at + 2, static_cast<std::uint16_t>(value >> 16));
}

std::uint32_t op_of(std::uint32_t item) { return item >> kOpShift; }
std::uint32_t words_of(std::uint32_t item) { return (item >> kCountShift & kCountMask) + 1; }
std::uint32_t word_address_of(std::uint32_t item) { return item & kWordAddressMask; }

// Bytes behind the item's header.
std::size_t operand_bytes(std::uint32_t item) {
    switch (op_of(item)) {
        case kOpWrite:
        case kOpWriteFixed: return std::size_t{4} * words_of(item);
        case kOpGuard: return 8;
        default: return 0;
    }
}

// Section 4: does this header make sense by itself?
bool well_formed(std::uint32_t item) {
    switch (op_of(item)) {
        case kOpRead:
        case kOpWrite: return word_address_of(item) + words_of(item) - 1 <= kWordAddressMask;
        case kOpWriteFixed: return true;
        case kOpGuard:
        case kOpConsume: return words_of(item) == 1;
        default: return false;
    }
}

// The whole payload is judged before any of it is executed.
std::uint8_t judge(const std::uint8_t* payload, std::size_t size, std::size_t items, bool observing) {
    std::size_t at = 0;
    std::size_t data = 0;
    bool only_reads = true;
    for (std::size_t i = 0; i < items; ++i) {
        if (size - at < 4) return kBadFrame;
        const std::uint32_t item = u32_at(payload + at);
        if (!well_formed(item) || size - at - 4 < operand_bytes(item)) return kBadFrame;
        at += 4 + operand_bytes(item);
        if (op_of(item) == kOpRead || op_of(item) == kOpConsume) data += std::size_t{4} * words_of(item);
        only_reads = only_reads && op_of(item) == kOpRead;
    }
    if (items == 0 || at != size || kOverhead + size + data > kMaxTransfer) return kBadFrame;
    return observing && !only_reads ? kNotPermitted : kOk;
}

// Completes the reply around `data_size` bytes of data that are in place already; returns its size.
std::size_t seal(std::uint8_t* reply, std::uint8_t status, std::uint16_t sequence, std::uint16_t completed,
                 std::size_t data_size) {
    reply[kAtMarker] = kReady;
    reply[kAtStatus] = status;
    set_u16(reply + kAtReplySequence, sequence);
    set_u16(reply + kAtCompleted, completed);
    set_u16(reply + kAtDataSize, static_cast<std::uint16_t>(data_size));
    const std::size_t covered = kReplyHeader + data_size;
    set_u32(reply + covered, crc32(reply, covered));
    return covered + kCrcSize;
}

}  // namespace

struct Bridge::Request {
    std::uint8_t kind;
    std::uint32_t epoch;
    std::uint32_t nonce;
    std::uint16_t sequence;
    std::uint16_t items;
    const std::uint8_t* payload;
    std::size_t payload_size;
    std::uint32_t crc;
};

struct Bridge::Reply {
    const std::uint8_t* bytes;
    std::size_t size;
};

std::size_t used_size(const BridgeSession& session) { return offsetof(BridgeSession, reply) + session.reply_size; }

ClaimAnswer claim(RegisterPort& port, BridgeSession& session, std::uint32_t expected, std::uint32_t nonce) {
    // An upset register must not show the query value: nobody could ever claim again.
    const std::uint32_t current = std::min(port.epoch(), kEpochLast);
    // By the owner again: its first answer was lost. Sequence and reply stay, or a late duplicate of CLAIM would let
    // a duplicate of an executed frame execute again.
    if (current != kEpochNone && session.owner_nonce == nonce) return {true, current};
    if (expected != current) return {false, current};
    const std::uint32_t next = current == kEpochLast ? 1 : current + 1;
    session.owner_nonce = nonce;
    session.request_crc = 0;
    session.last_sequence = 0;
    session.reply_size = 0;
    port.claimed(next);
    return {true, next};
}

void Bridge::transfer(const std::uint8_t* mosi, std::uint8_t* miso, std::size_t size) {
    std::size_t sent = 0;
    const auto silence_to = [&](std::size_t end) {
        if (end > sent) std::memset(miso + sent, 0, end - sent);
        sent = std::max(sent, end);
    };
    const std::size_t payload_size = size < kRequestHeader + kCrcSize ? 0 : u16_at(mosi + kAtPayloadSize);
    const std::size_t covered = kRequestHeader + payload_size;
    if (covered + kCrcSize > size || covered + kCrcSize > kMaxTransfer || mosi[kAtMagic] != kMagic) {
        return silence_to(size);
    }
    const std::uint32_t crc = u32_at(mosi + covered);
    if (crc32(mosi, covered) != crc) return silence_to(size);

    const Request request{mosi[kAtKind],
                          u32_at(mosi + kAtEpoch),
                          u32_at(mosi + kAtNonce),
                          u16_at(mosi + kAtSequence),
                          u16_at(mosi + kAtItems),
                          mosi + kRequestHeader,
                          payload_size,
                          crc};
    Reply reply = answer(request);
    if (session_.busy_frames > 0) {
        --session_.busy_frames;
        reply.size = seal(scratch_, kOk, request.sequence, 0, 0);
        scratch_[kAtMarker] = kBusy;
        set_u32(scratch_ + kReplyHeader, crc32(scratch_, kReplyHeader));
        reply.bytes = scratch_;
    }
    const std::size_t start = covered + kCrcSize + kTurnaround;
    silence_to(std::min(size, start));
    if (size > start) {
        const std::size_t room = std::min(size - start, reply.size);
        std::memcpy(miso + start, reply.bytes, room);
        sent = start + room;
    }
    silence_to(size);
}

Bridge::Reply Bridge::answer(const Request& request) {
    switch (request.kind) {
        case kExecute: return execute(request);
        case kClaim: return grant(request);
        case kObserve: return observe(request);
        default: return refuse(request, kBadFrame);
    }
}

// Sections 7 and 8: the fence first, then at-most-once, and only then what the frame asks for.
Bridge::Reply Bridge::execute(const Request& request) {
    const std::uint32_t epoch = port_.epoch();
    if (epoch == kEpochNone || request.epoch != epoch || request.nonce != session_.owner_nonce) {
        return refuse(request, kFenced);
    }
    if (request.sequence == 0) return refuse(request, kBadFrame);
    const auto ahead = static_cast<std::uint16_t>(request.sequence - session_.last_sequence);
    if (ahead == 0) {
        if (request.crc != session_.request_crc) return refuse(request, kBadFrame);
        return {session_.reply, session_.reply_size};
    }
    if (ahead >= 0x8000) return refuse(request, kStale);
    const std::uint8_t verdict = judge(request.payload, request.payload_size, request.items, false);
    if (verdict != kOk) return refuse(request, verdict);

    const Reply reply = run(request, session_.reply);
    session_.last_sequence = request.sequence;
    session_.request_crc = request.crc;
    session_.reply_size = static_cast<std::uint16_t>(reply.size);
    return reply;
}

Bridge::Reply Bridge::observe(const Request& request) {
    if (request.epoch != 0 || request.nonce != 0) return refuse(request, kBadFrame);
    const std::uint8_t verdict = judge(request.payload, request.payload_size, request.items, true);
    if (verdict != kOk) return refuse(request, verdict);
    return run(request, scratch_);
}

Bridge::Reply Bridge::grant(const Request& request) {
    if (request.nonce == 0 || request.payload_size != 0 || request.items != 0) return refuse(request, kBadFrame);
    const ClaimAnswer answer = claim(port_, session_, request.epoch, request.nonce);
    std::uint8_t* data = scratch_ + kReplyHeader;
    set_u32(data + kAtClaimEpoch, answer.epoch);
    set_u16(data + kAtClaimSequence, answer.granted ? session_.last_sequence : std::uint16_t{0});
    set_u16(data + 6, 0);
    return {scratch_, seal(scratch_, answer.granted ? kOk : kClaimLost, request.sequence, 0, kClaimData)};
}

Bridge::Reply Bridge::refuse(const Request& request, std::uint8_t status) {
    return {scratch_, seal(scratch_, status, request.sequence, 0, 0)};
}

Bridge::Reply Bridge::run(const Request& request, std::uint8_t* reply) {
    const std::uint8_t* at = request.payload;
    std::uint8_t* data = reply + kReplyHeader;
    std::uint16_t done = 0;
    std::uint8_t status = kOk;
    for (std::uint16_t i = 0; i < request.items && status == kOk; ++i) {
        const std::uint32_t item = u32_at(at);
        status = run_item(request.kind, item, at + 4, data, done);
        at += 4 + operand_bytes(item);
    }
    const auto data_size = static_cast<std::size_t>(data - reply) - kReplyHeader;
    return {reply, seal(reply, status, request.sequence, done, data_size)};
}

// Advances `done` by the words that took effect and `data` behind what was read.
std::uint8_t Bridge::run_item(std::uint8_t kind, std::uint32_t item, const std::uint8_t* operands, std::uint8_t*& data,
                              std::uint16_t& done) {
    const std::uint32_t op = op_of(item);
    const std::uint32_t words = words_of(item);
    const std::uint32_t address = word_address_of(item) * 4;
    for (std::uint32_t i = 0; i < words; ++i, ++done) {
        std::uint32_t value = 0;
        BusStatus status = BusStatus::ok;
        switch (op) {
            case kOpRead:
                status = port_.read(address + 4 * i, value);
                // To an observer, a register that refuses plain reads is a matter of permission (section 9).
                if (status == BusStatus::protected_ && kind == kObserve) return kNotPermitted;
                if (status != BusStatus::ok) return kBusError;
                set_u32(data, value);
                data += 4;
                break;
            case kOpConsume:
                if (port_.consume(address, value) != BusStatus::ok) return kBusError;
                set_u32(data, value);
                data += 4;
                break;
            case kOpGuard:
                if (port_.read(address, value) != BusStatus::ok) return kBusError;
                if ((value & u32_at(operands)) != u32_at(operands + 4)) return kGuardFailed;
                break;
            default:  // write and write_fixed: judge() let nothing else through
                if (port_.write(op == kOpWrite ? address + 4 * i : address, u32_at(operands + std::size_t{4} * i)) !=
                    BusStatus::ok) {
                    return kBusError;
                }
        }
    }
    return kOk;
}

hal::bus::Result<void> BridgeWire::transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    bridge_.transfer(tx, rx, size);
    return {};
}

}  // namespace transports::model
