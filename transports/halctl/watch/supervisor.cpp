#include "transports/halctl/watch/supervisor.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace transports::halctl::watch {

namespace {

std::string taken(const char* name) {
    const char* const value = std::getenv(name);
    const std::string text = value == nullptr ? "" : value;
    ::unsetenv(name);
    return text;
}

std::uint64_t number(const char* name, const std::string& text) {
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
    if (!text.empty() && *end == '\0') return value;
    throw std::invalid_argument(std::string(name) + "='" + text + "' is no number; unset it, or let systemd set it");
}

std::uint64_t monotonic_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

Supervisor::Supervisor() {
    const std::string socket = taken("NOTIFY_SOCKET"), interval = taken("WATCHDOG_USEC"), whom = taken("WATCHDOG_PID");
    if (socket.empty()) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if ((socket[0] != '/' && socket[0] != '@') || socket.size() >= sizeof address.sun_path) {
        throw std::invalid_argument("NOTIFY_SOCKET='" + socket + "' is no socket; unset it, or let systemd set it");
    }
    std::memcpy(address.sun_path, socket.data(), socket.size());
    if (socket[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
        if (fd_ >= 0) ::close(fd_);
        throw std::invalid_argument("NOTIFY_SOCKET='" + socket + "': " + std::strerror(errno) +
                                    "; unset it, or let systemd set it");
    }
    const bool ours = whom.empty() || number("WATCHDOG_PID", whom) == static_cast<std::uint64_t>(::getpid());
    if (!interval.empty() && ours) watchdog_us_ = number("WATCHDOG_USEC", interval);
}

Supervisor::~Supervisor() {
    if (fd_ >= 0) ::close(fd_);
}

void Supervisor::send(const std::string& text) const {
    if (fd_ >= 0) static_cast<void>(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void Supervisor::ready(const std::string& status) { send("READY=1\nSTATUS=" + status); }

void Supervisor::status(const std::string& status) { send("STATUS=" + status); }

void Supervisor::reloading() { send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_us())); }

void Supervisor::stopping(const std::string& status) { send("STOPPING=1\nSTATUS=" + status); }

void Supervisor::alive() {
    const std::uint64_t now = monotonic_us();
    if (watchdog_us_ == 0 || (told_us_ != 0 && now - told_us_ < watchdog_us_ / 4)) return;
    told_us_ = now;
    send("WATCHDOG=1");
}

}  // namespace transports::halctl::watch
