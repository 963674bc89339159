// Wire and Window: what stands below a Transport, so that frames and lanes can be attacked, too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hal/bus/error.hpp"
#include "hal/bus/transport.hpp"

namespace hal::bus {

/// Full-duplex SPI: one call is one chip-select frame.
class Wire {
public:
    /// Shifts `size` bytes out of `tx` while `size` bytes come into `rx` (both valid for `size` bytes, not
    /// overlapping). On an error nothing is known about how many bytes the chip has seen: effect is `unknown`, or
    /// `none` when the transfer provably did not start. Errors: link_down, peer_gone.
    virtual Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) = 0;

    /// Most bytes of one transfer (spidev's bufsiz); at least 256.
    virtual std::size_t max_transfer() const = 0;

    virtual Nanoseconds now() = 0;
    virtual void wait_until(Nanoseconds deadline) = 0;

protected:
    ~Wire() = default;
};

/// A memory-mapped window into the chip (a PCIe BAR).
class Window {
public:
    /// One 32-bit load at byte `offset`. All-ones may be data or a dead link: the caller classifies it.
    virtual Result<std::uint32_t> load(std::uint32_t offset) = 0;

    /// One posted 32-bit store: it has been sent, not accepted. A later load on the same window orders it.
    virtual Result<void> store(std::uint32_t offset, std::uint32_t value) = 0;

    virtual Nanoseconds now() = 0;
    virtual void wait_until(Nanoseconds deadline) = 0;

protected:
    ~Window() = default;
};

}  // namespace hal::bus
