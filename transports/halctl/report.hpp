// How states, registers and plans are shown: shared by the commands.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "transports/halctl/session.hpp"

namespace transports::halctl {

/// "converged", "needs_reset", ...
const char* name_of(std::uint32_t hal_state);

/// Per block type how many instances are in which state, then every instance that isn't as intended, and why.
void print_states(const names::ChipNames& names, const Outcome& outcome);
nlohmann::ordered_json states_json(const names::ChipNames& names, const Outcome& outcome);
nlohmann::ordered_json report_json(const hal_report& report);

/// "3 (fast)", or "0x1f4 (500)" where a number is long.
std::string show(const hal::registers::FieldName& field, std::uint32_t value);

/// {"enable": 1, ...} of the fields that software can read.
nlohmann::ordered_json fields_json(const hal::registers::RegisterName& reg, std::uint32_t word);

/// "3 converged, 1 broken"
std::string counts(const hal_report& report);

}  // namespace transports::halctl
