#include "transports/console/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace transports::console {
namespace {

std::string coloured(const char* code, const std::string& text) {
    static const bool yes = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    return yes ? code + text + "\033[0m" : text;
}

}  // namespace

std::string green(const std::string& text) { return coloured("\033[32m", text); }
std::string red(const std::string& text) { return coloured("\033[31m", text); }
std::string yellow(const std::string& text) { return coloured("\033[33m", text); }
std::string bold(const std::string& text) { return coloured("\033[1m", text); }

void print_table(const Rows& rows, Paint paint) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::string line;
        for (std::size_t c = 0; c < rows[r].size(); ++c) {
            const bool last = c + 1 == rows[r].size();
            const std::string padded = last ? rows[r][c] : fmt::format("{:<{}}", rows[r][c], widths[c] + 2);
            line += r == 0 ? bold(padded) : paint == nullptr ? padded : paint(padded, rows[r], c);
        }
        fmt::print("{}\n", line);
    }
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

}  // namespace transports::console
