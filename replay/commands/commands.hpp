// The traces commands of `reconverge`. Each adds itself to the command line and leaves its exit code in `status`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace replay::trace {
class Reader;
}

namespace replay::commands {

/// Exit codes of every command (docs/command-line.md).
enum Exit : int { kDone = 0, kFinding = 1, kUsage = 2, kNotMeasured = 3 };

void add_show(CLI::App& app, int& status);
void add_seek(CLI::App& app, int& status);
void add_replay(CLI::App& app, int& status);
void add_convert(CLI::App& app, int& status);
void add_diff(CLI::App& app, int& status);
void add_correlate(CLI::App& app, int& status);
void add_resume_at(CLI::App& app, int& status);
void add_minimise(CLI::App& app, int& status);
void add_redact(CLI::App& app, int& status);

/// What is missing of the trace, one line each on standard error. True if anything is.
bool report_findings(const trace::Reader& reader);

/// "120us", "1.5ms", "2s", "7000" (ns). Throws std::invalid_argument, with a text for users.
std::uint64_t parse_time(const std::string& text);

/// 1,234.567 us, for people.
std::string time_text(std::uint64_t time_ns);

}  // namespace replay::commands
