// What the program says to people: colour and progress only on a terminal, one line per error.
#pragma once

#include <cstdint>
#include <string>

#include "transports/console/console.hpp"

namespace chaos::program {

/// Exit codes of every command (docs/command-line.md).
enum Exit : int { kSurvived = 0, kFinding = 1, kUsage = 2, kNotMeasured = 3 };

using transports::console::bold;
using transports::console::green;
using transports::console::grouped;
using transports::console::red;

/// What people call the chip that this program is for.
std::string chip_title();

/// Rewrites one line on a terminal; nothing elsewhere. An empty text clears it.
void progress(const std::string& text);

/// One item of a list, in lines of at most 110 columns.
void print_item(const std::string& text);

}  // namespace chaos::program
