// Virtual machines with devices of QEMU's own: switched on, reset, and switched off.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tests::devices {

/// What is switched on.
struct Board {
    std::string qemu, log;  ///< Program, and the file for what it says.
    std::vector<std::string> arguments;

    bool available() const;
};

inline constexpr const char* kLane = "lane";  ///< Chardev of the stream to this process, for a board's arguments.

class Machine {
public:
    /// Power on. Throws std::runtime_error if there is no QEMU.
    explicit Machine(const Board& board);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    /// SIGKILL.
    ~Machine();

    /// This end of the stream; the caller owns it.
    int lane() const { return lane_; }
    /// The reset button.
    void reset();

private:
    void qmp(const std::string& command, const std::string& until);

    const std::string log_;
    pid_t pid_ = -1;
    int lane_ = -1, qmp_ = -1;
    std::string received_;
};

}  // namespace tests::devices
