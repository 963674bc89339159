#include "chaos/program/build_tree.hpp"

#include <fstream>
#include <stdexcept>

namespace chaos::program {

namespace fs = std::filesystem;

fs::path build_folder() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }

fs::path source_folder(const fs::path& build, const std::string& command) {
    std::ifstream cache(build / "CMakeCache.txt");
    const std::string key = "CMAKE_HOME_DIRECTORY:INTERNAL=";
    for (std::string line; std::getline(cache, line);) {
        if (line.compare(0, key.size(), key) == 0) return line.substr(key.size());
    }
    throw std::runtime_error(command +
                             " needs the source tree and the build folder; run build/default/chaos/reconverge");
}

}  // namespace chaos::program
