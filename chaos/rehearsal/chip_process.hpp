// A chip in a process of its own (`reconverge serve`), with both paths for a machine: so that the chip, too, can stand
// still or vanish.
#pragma once

#include <sys/types.h>

#include <string>

namespace chaos::rehearsal {

class ChipProcess {
public:
    /// Starts this very program as the chip; `folder` gets its sockets. Throws std::runtime_error if it doesn't serve.
    ChipProcess(const std::string& folder, const std::string& scale, const std::string& scenario);
    ChipProcess(const ChipProcess&) = delete;
    ChipProcess& operator=(const ChipProcess&) = delete;
    ~ChipProcess();

    /// A stream to one of its paths; the caller owns it. Throws std::runtime_error.
    int pci() const;
    int spi() const;

    /// SIGSTOP and SIGCONT.
    void stop() const;
    void go_on() const;
    /// SIGKILL; returns when it is gone.
    void kill();
    /// Ends it in peace. Answers what it says it was done: 0 nothing forbidden, no traffic disturbed.
    int finish();

private:
    int end(int signal);

    const std::string folder_;
    pid_t pid_ = -1;
    int output_ = -1;  // of what it prints: open as long as it lives
};

}  // namespace chaos::rehearsal
