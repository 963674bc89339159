// What the program says to people: colour and progress only on a terminal, one line per error.
#pragma once

#include <cstdint>
#include <string>

namespace chaos::program {

/// Exit codes of every command (docs/command-line.md).
enum Exit : int { kSurvived = 0, kFinding = 1, kUsage = 2, kNotMeasured = 3 };

/// Is standard output a terminal, and is colour wanted (NO_COLOR is respected)?
bool colourful();

std::string green(const std::string& text);
std::string red(const std::string& text);
std::string bold(const std::string& text);

/// Rewrites one line on a terminal; nothing elsewhere. An empty text clears it.
void progress(const std::string& text);

/// 12345678 -> "12,345,678".
std::string grouped(std::uint64_t number);

}  // namespace chaos::program
