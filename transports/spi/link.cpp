#include "transports/spi/link.hpp"

#include <algorithm>
#include <cstring>

#include "transports/spi/crc.hpp"

namespace transports::spi {

using hal::bus::Access;
using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Error;
using hal::bus::fail;
using hal::bus::Nanoseconds;
using hal::bus::Op;
using hal::bus::Result;
using hal::bus::Span;

namespace {

void put16(std::uint8_t* at, std::uint32_t value) {
    at[0] = static_cast<std::uint8_t>(value & 0xFF);
    at[1] = static_cast<std::uint8_t>(value >> 8 & 0xFF);
}

void put32(std::uint8_t* at, std::uint32_t value) {
    at[0] = static_cast<std::uint8_t>(value & 0xFF);
    at[1] = static_cast<std::uint8_t>(value >> 8 & 0xFF);
    at[2] = static_cast<std::uint8_t>(value >> 16 & 0xFF);
    at[3] = static_cast<std::uint8_t>(value >> 24);
}

std::uint16_t get16(const std::uint8_t* at) {
    return static_cast<std::uint16_t>(at[0] | static_cast<std::uint16_t>(at[1] << 8));
}

std::uint32_t get32(const std::uint8_t* at) {
    return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
           static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

bool is_known(Op op) { return op <= Op::write_fixed; }
bool fills(Op op) { return op == Op::read || op == Op::consume; }
bool is_write(Op op) { return op == Op::write || op == Op::write_fixed; }
bool has_effect(Op op) { return is_write(op) || op == Op::consume; }

std::uint32_t code_of(Op op) {
    switch (op) {
        case Op::read: return kOpRead;
        case Op::write: return kOpWrite;
        case Op::guard: return kOpGuard;
        case Op::consume: return kOpConsume;
        case Op::write_fixed: return kOpWriteFixed;
    }
    return 0;
}

// Bytes of a frame, both ways, that `words` words of an access take: each travels in exactly one direction.
std::size_t cost(Op op, std::uint32_t words) { return op == Op::guard ? 12 : 4 + std::size_t{4} * words; }

std::uint32_t address_of(const Access& access, std::uint32_t word) {
    return access.op == Op::write_fixed ? access.address : access.address + 4 * word;
}

Error refusal(Code code, std::uint32_t address) {
    Error error;
    error.code = code;
    error.effect = Effect::none;
    error.address = address;
    return error;
}

// The contract of one access, before anything is sent.
Result<void> check_access(const Access& access, bool observing) {
    if (!is_known(access.op)) return fail(refusal(Code::invalid_argument, access.address));
    if (observing && access.op != Op::read) return fail(refusal(Code::unsupported, access.address));
    const bool single = access.op == Op::guard || access.op == Op::consume;
    if (access.count == 0 || access.count > hal::bus::kMaxBurst || (single && access.count != 1) ||
        (fills(access.op) ? access.into == nullptr : access.from == nullptr)) {
        return fail(refusal(Code::invalid_argument, access.address));
    }
    const std::uint32_t last = access.op == Op::write_fixed ? 0 : access.count - 1;
    if (access.address % 4 != 0 || access.address / 4 > kWordAddressMask - last) {
        return fail(refusal(Code::bad_address, access.address));
    }
    return {};
}

std::uint16_t next_sequence(std::uint16_t sequence) {
    return sequence == 0xFFFF ? std::uint16_t{1} : static_cast<std::uint16_t>(sequence + 1);
}

}  // namespace

static_assert(hal::bus::kMaxBurst <= kMaxWords, "a burst is one item");

/// The part of a batch that must not be split: from its first guard to its end.
struct Link::Tail {
    std::uint32_t first = 0xFFFFFFFF;
    std::size_t cost = 0;
};

/// A request in tx_, and what is expected of its reply.
struct Link::Frame {
    std::size_t request_size = 0;
    std::size_t data_size = 0;  ///< Of a complete reply.
    std::uint32_t words = 0;    ///< Of a complete reply; guards count one.
    std::uint16_t sequence = 0;
    bool has_effect = false;

    std::size_t reply_at() const { return request_size + kTurnaround; }
    std::size_t size() const { return reply_at() + kReplyHeader + data_size + kCrcSize; }
};

/// A valid reply in rx_.
struct Link::Reply {
    const std::uint8_t* data = nullptr;
    std::size_t data_size = 0;
    std::uint16_t completed = 0;
    std::uint16_t attempts = 0;
    std::uint8_t status = 0;
    bool doubtful = false;  ///< An earlier attempt may have been executed.
    Nanoseconds elapsed = 0;
};

enum class Link::Heard : std::uint8_t { nothing, busy, reply };

Link::Link(hal::bus::Wire& wire, Mode mode)
    : wire_(wire), mode_(mode), room_(std::min(wire.max_transfer(), kMaxTransfer) - kOverhead) {}

Result<std::uint32_t> Link::claim(std::uint32_t nonce) {
    if (mode_ == Mode::observer) return fail(refusal(Code::unsupported, 0));
    if (nonce == 0) return fail(refusal(Code::invalid_argument, 0));
    if (over_) return fail(refusal(Code::claim_lost, 0));
    std::uint32_t expected = kEpochQuery;
    for (const bool querying : {true, false}) {
        Frame frame;
        frame.request_size = kRequestHeader;
        frame.data_size = kClaimData;
        frame.sequence = querying ? 1 : 2;
        frame.has_effect = true;
        seal(frame, kClaim, expected, nonce, 0);
        const Result<Reply> reply = exchange(frame);
        if (!reply) return fail(reply.error());
        const bool answers = reply->data_size == kClaimData && (reply->status == kOk || reply->status == kClaimLost);
        if (!answers) {
            Error error = refusal(Code::protocol, 0);
            error.value = reply->status;
            error.effect = Effect::unknown;
            return fail(error);
        }
        const std::uint32_t epoch = get32(reply->data + kAtClaimEpoch);
        if (reply->status == kOk) {
            epoch_ = epoch;
            nonce_ = nonce;
            sequence_ = get16(reply->data + kAtClaimSequence);
            return epoch;
        }
        expected = epoch;
    }
    over_ = true;
    Error lost = refusal(Code::claim_lost, 0);
    lost.value = expected;
    return fail(lost);
}

Result<void> Link::execute(Span<const Access> batch) {
    Tail tail;
    const Result<void> checked = check(batch, tail);
    if (!checked) return checked;
    Cursor at;
    while (at.access < batch.size()) {
        const Cursor start = at;
        const Frame frame = fill(batch, tail, at);
        const Result<Reply> reply = exchange(frame);
        if (!reply) {
            Error error = reply.error();
            const Access& access = batch[start.access];
            error.completed = start.access;
            error.address = address_of(access, start.word);
            if (start.word > 0 && is_write(access.op)) error.effect = Effect::unknown;
            return fail(error);
        }
        Cursor done = start;
        const Result<void> settled = settle(batch, frame, *reply, done);
        if (!settled) return settled;
    }
    return {};
}

Result<void> Link::check(Span<const Access> batch, Tail& tail) const {
    if (over_) return fail(refusal(Code::fenced, batch.empty() ? 0 : batch[0].address));
    const bool observing = mode_ == Mode::observer;
    if (!observing && epoch_ == kEpochNone) return fail(refusal(Code::invalid_argument, 0));
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
        const Access& access = batch[i];
        const Result<void> checked = check_access(access, observing);
        if (!checked) return checked;
        if (access.op == Op::guard && tail.cost == 0) tail.first = i;
        if (i >= tail.first) tail.cost += cost(access.op, access.count);
    }
    if (tail.cost > room_) return fail(refusal(Code::unsupported, batch[tail.first].address));
    return {};
}

// Takes from the batch what fits, starting at `at`, and moves `at` behind it.
Link::Frame Link::fill(Span<const Access> batch, const Tail& tail, Cursor& at) {
    Frame frame;
    std::size_t room = room_;
    std::uint8_t* out = tx_ + kRequestHeader;
    std::uint16_t items = 0;
    while (at.access < batch.size() && room >= cost(Op::read, 1)) {
        if (at.access == tail.first && tail.cost > room) break;
        const Access& access = batch[at.access];
        const bool guard = access.op == Op::guard;
        const std::uint32_t fitting = guard ? 1 : static_cast<std::uint32_t>(room / 4 - 1);
        const std::uint32_t words = std::min(access.count - at.word, fitting);
        put32(out, code_of(access.op) << kOpShift | (words - 1) << kCountShift | address_of(access, at.word) / 4);
        out += 4;
        const std::uint32_t operands = fills(access.op) ? 0 : (guard ? 2 : words);
        for (std::uint32_t i = 0; i < operands; ++i, out += 4) put32(out, access.from[at.word + i]);
        if (fills(access.op)) frame.data_size += std::size_t{4} * words;
        frame.has_effect = frame.has_effect || has_effect(access.op);
        frame.words += words;
        room -= cost(access.op, words);
        ++items;
        at.word += words;
        if (at.word == access.count) at = {at.access + 1, 0};
    }
    frame.request_size = static_cast<std::size_t>(out - tx_);
    sequence_ = next_sequence(sequence_);
    frame.sequence = sequence_;
    if (mode_ == Mode::observer) {
        seal(frame, kObserve, 0, 0, items);
    } else {
        seal(frame, kExecute, epoch_, nonce_, items);
    }
    return frame;
}

// Header before and CRC behind the payload; zeros where the chip speaks.
void Link::seal(Frame& frame, std::uint8_t kind, std::uint32_t epoch, std::uint32_t nonce, std::uint16_t items) {
    tx_[kAtMagic] = kMagic;
    tx_[kAtKind] = kind;
    put16(tx_ + kAtPayloadSize, static_cast<std::uint32_t>(frame.request_size - kRequestHeader));
    put32(tx_ + kAtEpoch, epoch);
    put32(tx_ + kAtNonce, nonce);
    put16(tx_ + kAtSequence, frame.sequence);
    put16(tx_ + kAtItems, items);
    put32(tx_ + frame.request_size, crc32(tx_, frame.request_size));
    frame.request_size += kCrcSize;
    std::memset(tx_ + frame.request_size, 0, frame.size() - frame.request_size);
}

// Sends the frame until a valid reply is there or the bound is reached.
Result<Link::Reply> Link::exchange(const Frame& frame) {
    Error error = refusal(Code::link_down, 0);
    Reply reply;
    unsigned lost = 0;
    unsigned busy = 0;
    Nanoseconds since = 0;
    while (true) {
        ++reply.attempts;
        const Result<void> sent = transfer(frame);
        const Heard heard = sent ? listen(frame, reply) : Heard::nothing;
        if (lost + busy > 0) reply.elapsed = wire_.now() - since;
        if (heard == Heard::reply) return reply;
        if (lost + busy == 0) since = wire_.now();
        reply.doubtful = reply.doubtful || sent || sent.error().effect != Effect::none;
        heard == Heard::busy ? ++busy : ++lost;
        const bool gone = !sent && sent.error().code == Code::peer_gone;
        if (gone || lost == kAttempts || busy == kBusyAttempts) {
            error.code = gone ? Code::peer_gone : Code::link_down;
            error.effect = reply.doubtful && frame.has_effect ? Effect::unknown : Effect::none;
            error.attempts = reply.attempts;
            error.value = sent ? get32(rx_ + frame.reply_at()) : 0;
            error.elapsed_ns = reply.elapsed;
            return fail(error);
        }
        if (heard == Heard::busy) {
            ++statistics_.busy;
            wire_.wait_until(wire_.now() + kBusyWait);
        } else {
            ++statistics_.retries;
            if (lost > 1) wire_.wait_until(wire_.now() + (kBackoff << (lost - 2)));
        }
    }
}

Result<void> Link::transfer(const Frame& frame) {
    ++statistics_.frames;
    statistics_.wire_bytes += frame.size();
    statistics_.request_bytes += frame.request_size;
    statistics_.reply_bytes += frame.size() - frame.reply_at();
    return wire_.transfer(tx_, rx_, frame.size());
}

// Only a reply to this very frame, whole and undamaged, is believed.
Link::Heard Link::listen(const Frame& frame, Reply& reply) const {
    const std::uint8_t* bytes = rx_ + frame.reply_at();
    const std::uint8_t marker = bytes[kAtMarker];
    const std::size_t data_size = get16(bytes + kAtDataSize);
    if ((marker != kReady && marker != kBusy) || data_size > frame.data_size) return Heard::nothing;
    const std::size_t covered = kReplyHeader + data_size;
    if (get32(bytes + covered) != crc32(bytes, covered)) return Heard::nothing;
    if (get16(bytes + kAtReplySequence) != frame.sequence) return Heard::nothing;
    if (marker == kBusy) return Heard::busy;
    reply.data = bytes + kReplyHeader;
    reply.data_size = data_size;
    reply.status = bytes[kAtStatus];
    reply.completed = get16(bytes + kAtCompleted);
    return Heard::reply;
}

// Hands out what was read, moves `at` behind the words that took effect, and judges the status.
Result<void> Link::settle(Span<const Access> batch, const Frame& frame, const Reply& reply, Cursor& at) {
    std::uint32_t left = std::min<std::uint32_t>(reply.completed, frame.words);
    std::size_t used = 0;
    bool sound = reply.completed <= frame.words && (reply.status != kOk || reply.completed == frame.words);
    while (sound && left > 0) {
        const Access& access = batch[at.access];
        const std::uint32_t words = std::min(access.count - at.word, left);
        if (fills(access.op)) {
            sound = used + std::size_t{4} * words <= reply.data_size;
            if (!sound) break;
            for (std::uint32_t i = 0; i < words; ++i, used += 4) access.into[at.word + i] = get32(reply.data + used);
        }
        left -= words;
        at.word += words;
        if (at.word == access.count) at = {at.access + 1, 0};
    }
    sound = sound && used == reply.data_size;
    if (sound && reply.status == kOk) return {};

    Error error = refusal(Code::protocol, 0);
    switch (reply.status) {
        case kBusError:
        case kNotPermitted: error.code = Code::bus_error; break;
        case kGuardFailed: error.code = Code::guard_failed; break;
        case kFenced: error.code = Code::fenced; break;
        default: break;
    }
    if (!sound) error.code = Code::protocol;
    over_ = over_ || error.code == Code::fenced;
    // A retained reply is exact; a refusal says nothing about an earlier attempt of the same frame.
    const bool exact = error.code == Code::bus_error || error.code == Code::guard_failed;
    const bool partial = at.access < batch.size() && at.word > 0 && is_write(batch[at.access].op);
    const bool blind = frame.has_effect && (error.code == Code::protocol || (!exact && reply.doubtful));
    error.effect = partial || blind ? Effect::unknown : Effect::none;
    error.completed = at.access;
    error.address = at.access < batch.size() ? address_of(batch[at.access], at.word) : 0;
    error.value = reply.status;
    error.attempts = reply.attempts;
    error.elapsed_ns = reply.elapsed;
    return fail(error);
}

}  // namespace transports::spi
