// The way to the flash of QEMU's sabrelite through its i.MX SPI controller, without a kernel.
#pragma once

#include "hal/bus/wire.hpp"
#include "transports/qemu/qtest.hpp"

namespace tests::devices::flash {

/// ECSPI1 and the pin that selects the flash (i.MX 6 reference manual, chapters 21 and 28).
class ImxWire final : public hal::bus::Wire {
public:
    explicit ImxWire(transports::qemu::Qtest& qtest) : qtest_(qtest) {}
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override;
    std::size_t max_transfer() const override { return 4096; }
    hal::bus::Nanoseconds now() override;
    void wait_until(hal::bus::Nanoseconds deadline) override;

private:
    transports::qemu::Qtest& qtest_;
};

}  // namespace tests::devices::flash
