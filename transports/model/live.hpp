// A model chip that lives in real time, for virtual machines and other processes whose clocks are their own. Several
// threads reach it, one access at a time.
#pragma once

#include <chrono>
#include <mutex>

#include "hal/bus/wire.hpp"
#include "transports/model/chip.hpp"

namespace transports::model {

/// All that reaches the chip while others may goes through enter(). Time is that of this machine's steady clock, but
/// never behind what somebody has waited for.
class Live {
public:
    /// `chip` must outlive it; its time is now.
    explicit Live(Chip& chip) { rebase(chip); }

    /// The chip for the caller alone, with everything done that was due until now.
    std::unique_lock<std::mutex> enter();

    /// From here on it is this chip, or the same in another state: its time is now. The caller has entered.
    void rebase(Chip& chip);

private:
    Chip* chip_ = nullptr;
    std::mutex alone_;
    std::chrono::steady_clock::time_point start_;
    hal::bus::Nanoseconds zero_ = 0;
};

/// Enters for each transfer.
class LiveWire final : public hal::bus::Wire {
public:
    LiveWire(Live& live, hal::bus::Wire& below) : live_(live), below_(below) {}

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override;
    std::size_t max_transfer() const override { return below_.max_transfer(); }
    hal::bus::Nanoseconds now() override;
    /// Doesn't wait: the chip's time is put forward.
    void wait_until(hal::bus::Nanoseconds deadline) override;

private:
    Live& live_;
    hal::bus::Wire& below_;
};

/// Likewise, for each load and store.
class LiveWindow final : public hal::bus::Window {
public:
    LiveWindow(Live& live, hal::bus::Window& below) : live_(live), below_(below) {}

    hal::bus::Result<std::uint32_t> load(std::uint32_t offset) override;
    hal::bus::Result<void> store(std::uint32_t offset, std::uint32_t value) override;
    hal::bus::Nanoseconds now() override;
    void wait_until(hal::bus::Nanoseconds deadline) override;

private:
    Live& live_;
    hal::bus::Window& below_;
};

}  // namespace transports::model
