// A process of another program, ended at exact moments.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace chaos::real {

/// What exec and posix_spawn take: points into `words`, which they don't write to; null at the end.
std::vector<char*> argv_of(const std::vector<std::string>& words);

class Process {
public:
    /// Starts `command`; what it says goes into a file. Throws std::runtime_error if it can't be started.
    explicit Process(const std::vector<std::string>& command, const std::string& output = "/dev/null");
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    /// A process that still lives is killed.
    ~Process();

    /// SIGKILL; returns when it is gone.
    void kill();
    /// SIGSTOP; returns when it stands still.
    void stop();
    /// SIGCONT.
    void go_on();
    /// True if it is over; doesn't wait.
    bool over();
    /// Its exit code, or minus the signal that ended it; waits for its end.
    int wait();

private:
    int reap(int options);

    pid_t pid_ = -1;
    bool over_ = false;
    int status_ = 0;
};

}  // namespace chaos::real
