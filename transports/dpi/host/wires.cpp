#include "transports/dpi/host/wires.hpp"

#include <algorithm>

namespace transports::dpi {

using hal::bus::Access;
using hal::bus::Op;
using namespace spi;  // NOLINT(google-build-using-namespace): constants only, they are this file's vocabulary

namespace {

// Clocks: a word of the register bus takes 6 and what it moves a few more; a digest engine holds the bus for 512 at
// most.
constexpr std::uint32_t kClocksPerWord = 16;
constexpr std::uint32_t kClocksPerWrite = 560;
constexpr std::uint32_t kClocksPerFrame = 32;

std::uint32_t u16_at(const std::uint8_t* at) { return at[0] | static_cast<std::uint32_t>(at[1]) << 8; }
std::uint32_t u32_at(const std::uint8_t* at) { return u16_at(at) | u16_at(at + 2) << 16; }

std::uint32_t request_size(const std::uint8_t* tx, std::size_t size) {
    if (size < kRequestHeader + kCrcSize || tx[kAtMagic] != kMagic) return 0;
    const std::uint32_t whole = static_cast<std::uint32_t>(kRequestHeader + kCrcSize) + u16_at(tx + kAtPayloadSize);
    return whole <= size ? whole : 0;
}

void wait(Host& host, hal::bus::Nanoseconds deadline) {
    if (deadline <= host.now()) return;
    const std::uint64_t us = (deadline - host.now() + 999) / 1000;
    host.wait(static_cast<std::uint32_t>(std::min<std::uint64_t>(us, 0xFFFFFFFF)), true);
}

}  // namespace

std::uint32_t pause_for(const std::uint8_t* tx, std::size_t size) {
    const std::uint32_t whole = request_size(tx, size);
    if (whole == 0) return 0;
    std::uint32_t clocks = kClocksPerFrame;
    bool writes = false;
    for (std::uint32_t at = kRequestHeader; at + 4 <= whole - kCrcSize;) {
        const std::uint32_t item = u32_at(tx + at);
        const std::uint32_t op = item >> kOpShift, words = (item >> kCountShift & kCountMask) + 1;
        const bool is_write = op == kOpWrite || op == kOpWriteFixed;
        writes = writes || is_write;
        clocks += words * kClocksPerWord;
        at += 4 + (is_write ? 4 * words : op == kOpGuard ? 8 : 0);
    }
    return clocks + (writes ? kClocksPerWrite : 0);
}

hal::bus::Result<void> PinWire::transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    Request frame;
    frame.operation = Operation::frame;
    frame.length = static_cast<std::uint32_t>(size);
    frame.pause_at = request_size(tx, size);
    frame.pause = host_.pauses ? pause_for(tx, size) : 0;
    host_.transfer(tx, rx, frame);
    return {};
}

void PinWire::wait_until(hal::bus::Nanoseconds deadline) { wait(host_, deadline); }

Status BusTransport::word(const Access& access, std::uint32_t index, std::uint32_t& seen) {
    const bool rises = access.op == Op::read || access.op == Op::write;
    const bool writes = access.op == Op::write || access.op == Op::write_fixed;
    Request request;
    request.operation = writes ? Operation::write : access.op == Op::consume ? Operation::consume : Operation::read;
    request.address = access.address + (rises ? 4 * index : 0);
    request.data = writes ? access.from[index] : 0;
    const Status status = host_.carry_out(request);
    seen = host_.answer();
    if (status == Status::done && access.into != nullptr && !writes) access.into[index] = seen;
    return status;
}

hal::bus::Result<void> BusTransport::execute(hal::bus::Span<const Access> batch) {
    hal::bus::Error error;
    for (const Access& access : batch) {
        for (std::uint32_t i = 0; i < access.count; ++i) {
            std::uint32_t seen = 0;
            const Status status = word(access, i, seen);
            const bool held = access.op != Op::guard || (seen & access.from[0]) == access.from[1];
            if (status == Status::done && held) continue;
            error.code = status == Status::done        ? hal::bus::Code::guard_failed
                         : status == Status::refused   ? hal::bus::Code::bus_error
                         : status == Status::no_answer ? hal::bus::Code::link_down
                                                       : hal::bus::Code::protocol;
            const bool untouched = i == 0 && (status == Status::done || status == Status::refused);
            error.effect = untouched ? hal::bus::Effect::none : hal::bus::Effect::unknown;
            error.address = access.address + 4 * i;
            error.value = seen;
            return hal::bus::fail(error);
        }
        ++error.completed;
    }
    return {};
}

void BusTransport::wait_until(hal::bus::Nanoseconds deadline) { wait(host_, deadline); }

std::uint32_t scan(Host& host, std::uint32_t base, std::uint32_t number) {
    Request request;
    request.operation = Operation::scan;
    request.address = base | number << 2;
    host.carry_out(request);
    return host.answer();
}

}  // namespace transports::dpi
