// Where this program was built, and from what: for commands that need scripts of the source tree.
#pragma once

#include <filesystem>
#include <string>

namespace chaos::program {

/// The folder that this program was built in.
std::filesystem::path build_folder();

/// The source tree of a build folder. Throws std::runtime_error, with a text for users that begins with `command`, if
/// there is none.
std::filesystem::path source_folder(const std::filesystem::path& build, const std::string& command);

}  // namespace chaos::program
