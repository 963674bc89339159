// The signals of a service as something to ask and to wait for, never as something that interrupts.
#pragma once

#include <cstdint>

namespace transports::halctl::watch {

/// SIGTERM and SIGINT: stop. SIGHUP: read the intent again. SIGUSR1: look now. Blocked and queued from construction on;
/// one object per process, used by one thread.
class Signals {
public:
    Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

    /// Returns false when one has come, or true after so many nanoseconds.
    bool wait(std::uint64_t ns);
    /// Stays true.
    bool stop();
    /// True once for each time that it was asked for.
    bool reload();

private:
    void collect();

    int fd_;
    bool stop_ = false, reload_ = false, wake_ = false;
};

}  // namespace transports::halctl::watch
