// Two ways from a process of the HAL to the simulated chip: its SPI pins, and straight onto its register bus.
#pragma once

#include "hal/bus/wire.hpp"
#include "transports/dpi/host/host.hpp"

namespace transports::dpi {

/// Clocks that the host's controller leaves the bridge, behind the request, to execute it: spi_transfer.delay in the
/// world of spidev. With less the bridge answers "busy", and the frame has to be sent again.
std::uint32_t pause_for(const std::uint8_t* tx, std::size_t size);

/// A Wire onto the SPI pins. Calls only from a process of `host`.
class PinWire final : public hal::bus::Wire {
public:
    explicit PinWire(Host& host) : host_(host) {}

    /// Never fails: nobody on a wire knows whether the chip has heard.
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override;
    std::size_t max_transfer() const override { return spi::kMaxTransfer; }
    hal::bus::Nanoseconds now() override { return host_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override;

private:
    Host& host_;
};

/// A Transport onto the register bus: an access is a bus transfer, a hundred times faster than a frame. No claim, no
/// CRC, no sequence; a guard and what follows it are not atomic. For block-level benches. Calls as above.
class BusTransport final : public hal::bus::Transport {
public:
    explicit BusTransport(Host& host) : host_(host) {}

    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;
    hal::bus::Nanoseconds now() override { return host_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override;

private:
    Status word(const hal::bus::Access& access, std::uint32_t index, std::uint32_t& seen);

    Host& host_;
};

/// One stored word of the chip, by number, without any effect: word `number` of the block at `base`.
std::uint32_t scan(Host& host, std::uint32_t base, std::uint32_t number);

}  // namespace transports::dpi
