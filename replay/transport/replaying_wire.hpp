// A Wire that answers from a trace of frames (`record --level wire`): the link protocol is replayed, too.
#pragma once

#include "hal/bus/wire.hpp"
#include "replay/imports/device.hpp"
#include "replay/transport/playing.hpp"

namespace replay::transport {

/// Strict: every frame, byte for byte. Where frames that differ carry the same accesses but for written words, that is
/// a divergence of values, by register and field, which a rule may allow.
class ReplayingWire final : public hal::bus::Wire, public Playing {
public:
    /// `device`: the description (replay/devices) of what the frames mean.
    ReplayingWire(const trace::Sequence& trace, const trace::Schema& schema, After after = After::stop,
                  std::size_t start = 0, const std::string& device = "heron")
        : Playing(trace, schema, after, start), device_(device) {}

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override;
    std::size_t max_transfer() const override;
    hal::bus::Nanoseconds now() override { return clock(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { wait(deadline); }

private:
    using Bytes = std::vector<std::uint8_t>;
    /// A frame of the trace; it may lie in several records.
    struct Frame {
        Bytes tx, rx;
        std::size_t next = 0;  ///< The record behind it.
    };

    Frame frame_at(std::size_t at) const;
    Divergence compare_bytes(const Frame& frame, const Bytes& sent) const;
    std::optional<std::size_t> find_again(const Bytes& sent) const;
    hal::bus::Result<void> answer(const Frame& frame, std::uint8_t* rx);

    std::string device_;
};

/// Where a HAL of the trace begins: with a claim, under a nonce of its own.
struct Claim {
    std::size_t position;
    std::uint32_t nonce;
};
std::optional<Claim> first_claim(const trace::Sequence& trace, std::size_t from = 0);

}  // namespace replay::transport
