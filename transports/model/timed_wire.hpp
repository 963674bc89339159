// Timed mode: what a frame takes on a real SPI bus, on the model's virtual clock.
#pragma once

#include "hal/bus/wire.hpp"
#include "transports/model/chip.hpp"

namespace transports::model {

class TimedWire final : public hal::bus::Wire {
public:
    TimedWire(hal::bus::Wire& below, Chip& chip) : below_(below), chip_(chip) {}

    /// Bits per second; 0: frames take no time.
    void set_clock(std::uint64_t hz) { hz_ = hz; }

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        const hal::bus::Result<void> done = below_.transfer(tx, rx, size);
        // Eight bits a byte and two bit times for chip select.
        if (hz_ != 0) chip_.take((size * 8 + 2) * 1'000'000'000 / hz_);
        return done;
    }
    std::size_t max_transfer() const override { return below_.max_transfer(); }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { below_.wait_until(deadline); }

private:
    hal::bus::Wire& below_;
    Chip& chip_;
    std::uint64_t hz_ = 0;
};

}  // namespace transports::model
