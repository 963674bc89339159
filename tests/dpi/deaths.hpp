// Test support: how a HAL dies at the RTL's pins, and what its successor makes of it.
#pragma once

#include <cstdint>

#include "tests/dpi/bench.hpp"

namespace tests::dpi {

/// What the copy of a simulation reports about its death and what came after.
struct Ending {
    std::uint64_t state = 0;   ///< Digest of the chip when everything had come to rest behind the death.
    std::uint64_t end = 0;     ///< Digest after the recovery.
    std::uint64_t clocks = 0;  ///< Of the recovery.
    std::uint32_t writes = 0;  ///< Of the recovery.
    std::uint32_t again = 0;   ///< further_writes(), if it was called.
    bool recovered = false, whole = false;
};

enum class Death {
    process,  ///< SIGKILL: the transfer completes, nobody hears the reply.
    host,     ///< The microcontroller is reset: chip select rises at the next clock.
};

/// Clocks on until the current request is `at_clock` clocks old, or over, and lets the HAL die there; then until the
/// chip is at rest.
void die(RtlSide& rtl, Death death, std::uint64_t at_clock);

/// A fresh HAL, to its end.
void recover(RtlSide& rtl, Ending& ending);

/// Words that a further HAL writes.
std::uint32_t further_writes(RtlSide& rtl);

}  // namespace tests::dpi
