#include "chaos/program/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <sstream>

#include "hal/registers/names.hpp"

namespace chaos::program {

std::string chip_title() { return hal::registers::chip_name().title; }

void progress(const std::string& text) {
    if (isatty(STDERR_FILENO) == 0) return;
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
}

void print_item(const std::string& text) {
    constexpr std::size_t kColumns = 110;
    std::string line = "-";
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        if (line.size() + 1 + word.size() > kColumns) {
            std::printf("%s\n", line.c_str());
            line = " ";
        }
        line += " " + word;
    }
    std::printf("%s\n", line.c_str());
}

}  // namespace chaos::program
