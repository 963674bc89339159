// Runs a fuzz target on every file of its corpus, once: the regression test where there is no libFuzzer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/input.hpp"

/// libFuzzer's own; custom mutators name it, and nobody mutates here.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t) { return size; }

int main(int count, char** arguments) {
    namespace fs = std::filesystem;
    if (count != 2 || !fs::exists(arguments[1])) {
        std::fprintf(stderr, "usage: %s FILE or FOLDER; it must exist\n", arguments[0]);
        return 2;
    }
    std::vector<fs::path> files;
    if (fs::is_directory(arguments[1])) {
        for (const auto& entry : fs::directory_iterator(arguments[1])) files.push_back(entry.path());
    } else {
        files.emplace_back(arguments[1]);
    }
    std::sort(files.begin(), files.end());
    std::size_t bytes = 0;
    for (const fs::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        const std::vector<char> data{std::istreambuf_iterator<char>(in), {}};
        std::fprintf(stderr, "%s\n", file.filename().c_str());  // the last one told is the one that crashed
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
        bytes += data.size();
    }
    std::printf("%zu inputs, %zu bytes\n", files.size(), bytes);
    return bytes == 0 ? 3 : 0;
}
