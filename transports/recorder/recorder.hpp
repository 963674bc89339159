// A Transport and a Wire that write down what passes through them, into a trace file (docs/trace-format.md). What the
// HAL did is the first thing one wants to see after trouble, in production, too.
#pragma once

#include "hal/bus/transport.hpp"
#include "hal/bus/wire.hpp"
#include "transports/recorder/writer.hpp"

namespace transports::recorder {

/// Records accesses, waits, and what the clock told. Below decides about everything; a recording in trouble doesn't
/// stop the HAL. Not thread-safe. Both referred to must outlive this object.
class Recorder final : public hal::bus::Transport {
public:
    Recorder(hal::bus::Transport& below, Writer& writer, std::uint16_t bus = 0)
        : below_(below), writer_(writer), bus_(bus) {}

    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;
    hal::bus::Nanoseconds now() override;
    void wait_until(hal::bus::Nanoseconds deadline) override;

private:
    hal::bus::Transport& below_;
    Writer& writer_;
    const std::uint16_t bus_;
};

/// The same for frames of bytes.
class WireRecorder final : public hal::bus::Wire {
public:
    WireRecorder(hal::bus::Wire& below, Writer& writer, std::uint16_t bus = 0)
        : below_(below), writer_(writer), bus_(bus) {}

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override;
    std::size_t max_transfer() const override { return below_.max_transfer(); }
    hal::bus::Nanoseconds now() override;
    void wait_until(hal::bus::Nanoseconds deadline) override;

private:
    hal::bus::Wire& below_;
    Writer& writer_;
    const std::uint16_t bus_;
};

}  // namespace transports::recorder
