// The customer's workload and the host driver that runs it: an actor of its own, watching for every disturbance.
#pragma once

#include <cstdint>

namespace transports::model {

class Chip;

/// The workload's cells in the arena. Its progress is a statistic and lives in the Monitor, outside the state.
enum TrafficCell : std::uint32_t {
    kPhase,       ///< 0 stopped, else 1..kPhases: which part of a training step runs.
    kPhaseTimer,  ///< Microseconds to the next phase; the host's start-up time while stopped.
    kTrafficCells,
};

inline constexpr std::uint32_t kPhases = 4;
inline constexpr std::uint32_t kPhaseUs = 250;       // one part of a step
inline constexpr std::uint32_t kHostStartUs = 1000;  // from the open gate to the first traffic

/// The gate was opened or shut.
void gate_moved(Chip& chip);

/// The phase timer has run out.
void phase_over(Chip& chip);

}  // namespace transports::model
