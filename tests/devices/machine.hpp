// Machines whose devices are QEMU's own and whose processor sleeps: the HAL on this side is all that touches them.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "transports/qemu/qtest.hpp"

namespace tests::devices {

/// What is switched on.
struct Board {
    std::string qemu, log;  ///< Program, and the file for what it says.
    std::vector<std::string> arguments;
    std::function<void(transports::qemu::Qtest&)> firmware;  ///< Its work after power on and reset.

    bool available() const;
};

inline constexpr std::uint64_t kEdu = 0xE000'0000, kNvme = 0xE100'0000;  ///< BARs on the PC.
inline constexpr const char* kSerial = "not-made-here";                  ///< Of its NVMe controller.

/// A PC with edu and nvme. `folder` gets what its processor runs: a sleep.
Board pc(const std::string& folder);
/// An i.MX 6 board with a serial flash; `folder` gets what the flash holds, all ones at first.
Board sabrelite(const std::string& folder);

class Machine {
public:
    /// Power on. Throws std::runtime_error if there is no QEMU.
    explicit Machine(const Board& board);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    /// SIGKILL.
    ~Machine();

    transports::qemu::Qtest& qtest() { return *qtest_; }
    /// The reset button, and firmware.
    void reset();

private:
    void qmp(const std::string& command, const std::string& until);

    const Board& board_;
    pid_t pid_ = -1;
    int qmp_ = -1;
    std::string received_;
    std::unique_ptr<transports::qemu::Qtest> qtest_;
};

}  // namespace tests::devices
