// One process of the HAL on the simulated microcontroller: a fresh link, a claim, and libhal through its C interface.
// What it was told and what became of it outlives it; a killed one leaves nothing else behind.
#pragma once

#include <cstdint>
#include <vector>

#include "hal/api/hal.h"
#include "transports/dpi/host/host.hpp"
#include "transports/intent/intent.hpp"
#include "transports/recorder/writer.hpp"
#include "transports/spi/link.hpp"

namespace transports::dpi {

enum class Path {
    pins,    ///< Frames over SPI, as full as they get.
    single,  ///< Frames over SPI, an access in each.
    bus,     ///< Straight onto the register bus: no frames, no claim.
};

class Process {
public:
    /// `host` and `intended` must outlive it.
    Process(Host& host, const hal_chip& chip, const intent::Intended& intended);

    /// Starts it; whoever drives the simulation goes on clocking until host.idle(). Over SPI it claims under
    /// `nonce`, which nobody else may have used on this chip.
    void start(std::uint32_t nonce, const hal_policy& policy, Path path = Path::pins);

    /// Where accesses are recorded; null: nowhere. Outlives the process.
    recorder::Writer* writer = nullptr;

    // --- what became of it
    bool ended = false;   ///< By itself: the rest is valid.
    bool failed = false;  ///< `error` says why.
    hal_report report{};
    hal_error error{};
    spi::Statistics link{};
    std::vector<hal_instance_state> states;

    /// Every instance as the intent says.
    bool as_intended() const { return ended && !failed && report.converged + report.off == states.size(); }

private:
    void converge(hal::bus::Transport& transport, const hal_policy& policy);

    Host& host_;
    const hal_chip chip_;
    const intent::Intended& intended_;
    std::vector<std::uint64_t> workspace_;
};

/// All fields zero but the size.
hal_policy default_policy();

}  // namespace transports::dpi
