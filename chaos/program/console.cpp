#include "chaos/program/console.hpp"

#include <unistd.h>

#include <cstdio>

namespace chaos::program {

void progress(const std::string& text) {
    if (isatty(STDERR_FILENO) == 0) return;
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
}

}  // namespace chaos::program
