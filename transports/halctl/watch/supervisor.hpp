// What a service tells its supervisor: systemd's notification protocol (sd_notify(3)), datagrams of NAME=VALUE lines to
// the socket that NOTIFY_SOCKET names. Without one nothing is told.
#pragma once

#include <cstdint>
#include <string>

namespace transports::halctl::watch {

class Supervisor {
public:
    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of the environment. Throws
    /// std::invalid_argument, with a text for users, if one of them makes no sense.
    Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    ~Supervisor();

    /// The service does its work; `status` is a line for people.
    void ready(const std::string& status);
    void status(const std::string& status);
    void reloading();
    void stopping(const std::string& status);
    /// To be called more often than the supervisor's watchdog wants to hear; tells it only as often as it has to.
    void alive();

    /// How often the supervisor wants to hear that the service lives; 0: never.
    std::uint64_t watchdog_us() const { return watchdog_us_; }

private:
    void send(const std::string& text) const;

    int fd_ = -1;
    std::uint64_t watchdog_us_ = 0, told_us_ = 0;
};

}  // namespace transports::halctl::watch
