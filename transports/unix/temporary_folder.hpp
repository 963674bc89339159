// A folder for sockets, recordings and the like that nobody else has, gone with its object.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace transports::unix_socket {

class TemporaryFolder {
public:
    /// Below TMPDIR (/tmp), as NAME-XXXXXX. Throws std::runtime_error, with a text for users, if it can't be made.
    explicit TemporaryFolder(const std::string& name)
        : path_((std::filesystem::temp_directory_path() / (name + "-XXXXXX")).string()) {
        if (::mkdtemp(path_.data()) == nullptr) {
            throw std::runtime_error(path_ + ": can't be made; is TMPDIR writable?");
        }
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace transports::unix_socket
