// What an upset of a stored bit takes to repair: declared in the RDL, checked by the mode `seu`.
#pragma once

#include "chaos/faults/faults.hpp"

namespace chaos::faults {

enum class Repair : std::uint8_t {
    live,   ///< Repaired while traffic runs.
    drain,  ///< Reported while traffic runs, repaired once it has been drained.
    reset,  ///< Reported; another try or a reset repairs it.
    none,   ///< Not management's: the host's fields, hardware's own state, records. The HAL copes, whatever it takes.
};
inline constexpr std::size_t kRepairs = 4;
const char* name(Repair repair);

/// What the RDL says about bit `bit` of word `word` of a block of that type.
Repair declared(const transports::model::TypeRow& type, std::uint32_t word, std::uint32_t bit);

/// Outcomes that keep the declaration: bits by Outcome.
std::uint8_t outcomes(Repair repair);

}  // namespace chaos::faults
