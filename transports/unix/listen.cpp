#include "transports/unix/listen.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace transports::unix_socket {
namespace {

// Removes the socket of a server that died; refuses anything else that lies there.
std::string clear_the_way(const sockaddr_un& address) {
    struct stat found {};
    if (::lstat(address.sun_path, &found) != 0) return {};
    if (!S_ISSOCK(found.st_mode)) return "exists and is not a socket; choose another path";
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return std::strerror(errno);
    const int connected = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = errno;
    ::close(probe);
    if (connected == 0) return "is already being served; stop that process or choose another path";
    if (error != ECONNREFUSED) return std::strerror(error);
    return ::unlink(address.sun_path) == 0 ? std::string() : std::strerror(errno);
}

}  // namespace

tl::expected<int, std::string> listen_at(const std::string& path, int flags) {
    const auto error = [&](const std::string& what) { return tl::make_unexpected("unix:" + path + ": " + what); };
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty()) return error("no path given");
    if (path.size() >= sizeof address.sun_path) {
        return error("path is longer than " + std::to_string(sizeof address.sun_path - 1) +
                     " bytes; use a shorter one");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const std::string blocked = clear_the_way(address);
    if (!blocked.empty()) return error(blocked);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | flags, 0);
    if (fd < 0) return error(std::strerror(errno));
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 64) != 0) {
        const std::string what = std::strerror(errno);
        ::close(fd);
        return error(what + "; choose a path in a directory you can write to");
    }
    return fd;
}

}  // namespace transports::unix_socket
