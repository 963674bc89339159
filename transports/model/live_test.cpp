#include "transports/model/live.hpp"

#include <gtest/gtest.h>

#include "hal/chip/heron.hpp"

namespace transports::model {
namespace {

/// Reads the chip's clock; the rest is silent.
class ClockWire final : public hal::bus::Wire {
public:
    explicit ClockWire(Chip& chip) : chip_(chip) {}
    hal::bus::Result<void> transfer(const std::uint8_t*, std::uint8_t*, std::size_t) override { return {}; }
    std::size_t max_transfer() const override { return 256; }
    hal::bus::Nanoseconds now() override { return chip_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { chip_.wait_until(deadline); }

private:
    Chip& chip_;
};

TEST(Live, TimeGoesOnByItselfAndNeverBack) {
    const Layout layout(*hal::chip::heron(1, 8));
    Chip chip(layout);
    Live live(chip);
    ClockWire below(chip);
    LiveWire wire(live, below);
    const hal::bus::Nanoseconds start = wire.now();
    constexpr hal::bus::Nanoseconds kHour = 3'600'000'000'000;
    while (wire.now() < start + kHour) wire.wait_until(start + kHour);  // hardware's events may end a wait
    hal::bus::Nanoseconds last = wire.now();
    EXPECT_GE(last, start + kHour) << "who waits doesn't, the chip's time is put forward";
    for (int i = 0; i < 1000; ++i) {
        const hal::bus::Nanoseconds now = wire.now();
        ASSERT_GE(now, last);
        last = now;
    }
    live.rebase(chip);
    const hal::bus::Nanoseconds rebased = wire.now();
    while (wire.now() < rebased + 10'000) {  // the host's clock is all that moves it
    }
    EXPECT_GT(wire.now(), rebased);
}

}  // namespace
}  // namespace transports::model
