#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "replay/commands/commands.hpp"
#include "replay/trace/reader.hpp"
#include "transports/console/console.hpp"
#include "transports/names/text.hpp"

namespace replay::commands {

bool report_findings(const trace::Reader& reader) {
    for (const trace::Finding& finding : reader.findings()) {
        std::fprintf(stderr, "%s: %s\n", transports::names::printable(reader.file()).c_str(),
                     trace::explain(finding).c_str());
    }
    return !reader.findings().empty();
}

std::uint64_t parse_time(const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const std::string unit = end;
    const double scale = unit.empty() || unit == "ns" ? 1
                         : unit == "us"               ? 1e3
                         : unit == "ms"               ? 1e6
                         : unit == "s"                ? 1e9
                                                      : 0;
    if (end == text.c_str() || scale == 0 || !(number >= 0) || number * scale > 1.8e19) {
        throw std::invalid_argument("'" + transports::names::printable(text) +
                                    "' is no time; write 120us, 1.5ms or 2s");
    }
    // A whole number of ns stays exact, however large.
    if (scale == 1 && text.find_first_of(".eE") == std::string::npos) return std::strtoull(text.c_str(), nullptr, 10);
    return static_cast<std::uint64_t>(std::nearbyint(number * scale));
}

std::string time_text(std::uint64_t time_ns) {
    return fmt::format("{}.{:03}", transports::console::grouped(time_ns / 1000), time_ns % 1000);
}

}  // namespace replay::commands
