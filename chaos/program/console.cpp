#include "chaos/program/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace chaos::program {

bool colourful() {
    static const bool yes = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    return yes;
}

std::string green(const std::string& text) { return colourful() ? "\033[32m" + text + "\033[0m" : text; }
std::string red(const std::string& text) { return colourful() ? "\033[31m" + text + "\033[0m" : text; }
std::string bold(const std::string& text) { return colourful() ? "\033[1m" + text + "\033[0m" : text; }

void progress(const std::string& text) {
    if (isatty(STDERR_FILENO) == 0) return;
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
}

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

}  // namespace chaos::program
