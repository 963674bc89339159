// reconverge mutate: seeded bugs. Making mutants takes a compiler and the sources, so the work is done by a script of
// the source tree that this program was built from; the build folder around the program knows where that is.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "chaos/program/build_tree.hpp"
#include "chaos/program/commands.hpp"

namespace chaos::program {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void become(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));  // execv() leaves them alone
    argv.push_back(nullptr);
    for (const char* python : {"/usr/bin/python3", "python3"}) {
        argv[0] = const_cast<char*>(python);
        ::execvp(python, argv.data());
    }
    throw std::runtime_error(std::string("mutate cannot start python3: ") + std::strerror(errno));
}

}  // namespace

void add_mutate(CLI::App& app, int&) {
    CLI::App* const mutate = app.add_subcommand("mutate", "Tries seeded bugs: does the harness find them, and how?");
    mutate->prefix_command();  // the script reads the rest
    mutate->set_help_flag();   // it has the help, too
    mutate->callback([mutate] {
        const fs::path build = build_folder();
        const fs::path script = source_folder(build, "mutate") / "chaos/mutants/mutate.py";
        std::vector<std::string> words = {"", "-B", script.string(), "--build", build.string()};
        for (const std::string& word : mutate->remaining()) words.push_back(word);
        become(words);
    });
}

}  // namespace chaos::program
