#include "transports/recorder/recorder.hpp"

namespace transports::recorder {

using hal::bus::Access;
using hal::bus::Effect;
using hal::bus::Nanoseconds;
using hal::bus::Op;
using hal::bus::Result;
using hal::bus::Span;

static_assert(static_cast<int>(Kind::read) == static_cast<int>(Op::read) &&
              static_cast<int>(Kind::guard) == static_cast<int>(Op::guard) &&
              static_cast<int>(Kind::write_fixed) == static_cast<int>(Op::write_fixed));

Result<void> Recorder::execute(Span<const Access> batch) {
    const Result<void> done = below_.execute(batch);
    Head head;
    head.bus = bus_;
    head.time_ns = below_.now();
    const std::size_t completed = done ? batch.size() : done.error().completed;
    // What is behind the failing access did not happen, unless nothing is known of it.
    const bool unknown = !done && done.error().effect == Effect::unknown;
    for (std::size_t i = 0; i < batch.size() && (i <= completed || unknown); ++i) {
        const Access& access = batch[i];
        head.kind = static_cast<Kind>(access.op);
        head.address = access.address;
        head.count = access.count;
        head.failed = i == completed ? &done.error() : nullptr;
        head.unsure = i > completed;
        writer_.access(head, reads(head.kind) ? access.into : access.from);
    }
    return done;
}

Nanoseconds Recorder::now() {
    const Nanoseconds now = below_.now();
    writer_.clock(bus_, now);
    return now;
}

void Recorder::wait_until(Nanoseconds deadline) {
    const Nanoseconds before = below_.now();
    below_.wait_until(deadline);
    writer_.wait(bus_, before, deadline, below_.now());
}

Result<void> WireRecorder::transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    const Result<void> done = below_.transfer(tx, rx, size);
    writer_.frame(bus_, below_.now(), tx, rx, size, done ? nullptr : &done.error());
    return done;
}

Nanoseconds WireRecorder::now() {
    const Nanoseconds now = below_.now();
    writer_.clock(bus_, now);
    return now;
}

void WireRecorder::wait_until(Nanoseconds deadline) {
    const Nanoseconds before = below_.now();
    below_.wait_until(deadline);
    writer_.wait(bus_, before, deadline, below_.now());
}

}  // namespace transports::recorder
