#include "transports/recorder/encoder.hpp"

namespace transports::recorder {

void Encoder::more(const Head& h) {
    std::uint8_t more = static_cast<std::uint8_t>(h.width - 1);
    if (h.count != 1) more |= kMoreCount;
    if (h.failed != nullptr) more |= kMoreFailed;
    if (h.unsure) more |= kMoreUnsure;
    if (h.lane != context_.lane) more |= kMoreLane;
    *at_++ = more;
    if (h.lane != context_.lane) at_ = put_varint(at_, h.lane);
    if (h.count != 1) at_ = put_varint(at_, h.count);
    context_.lane = h.lane;
}

void Encoder::put_error(const hal::bus::Error& e, std::uint64_t address) {
    *at_++ = static_cast<std::uint8_t>(e.code);
    *at_++ = static_cast<std::uint8_t>(e.effect);
    at_ = put_varint(at_, e.instance);
    at_ = put_varint(at_, e.attempts);
    at_ = put_varint(at_, zigzag(e.address - address));
    at_ = put_varint(at_, e.value);
    at_ = put_varint(at_, e.elapsed_ns);
}

void Encoder::frame(std::uint64_t time_ns, std::uint8_t flags, const std::uint8_t* tx, const std::uint8_t* rx,
                    std::size_t size, const hal::bus::Error* failed) {
    std::uint8_t* const tag_at = at_++;
    *tag_at = static_cast<std::uint8_t>(static_cast<std::uint8_t>(Kind::frame) | put_time(time_ns));
    *at_++ = static_cast<std::uint8_t>(flags | (failed != nullptr ? kFrameFailed : 0));
    at_ = put_varint(at_, size);
    if (size != 0) std::memcpy(at_, tx, size);
    if (size != 0) std::memcpy(at_ + size, rx, size);
    at_ += 2 * size;
    if (failed != nullptr) put_error(*failed, 0);
    ++records_;
}

}  // namespace transports::recorder
