// A machine whose devices are QEMU's own and whose processor sleeps: the HAL on this side is all that touches them.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "transports/qemu/qtest.hpp"

namespace tests::devices {

class Machine {
public:
    static constexpr std::uint64_t kEdu = 0xE000'0000, kNvme = 0xE100'0000;  ///< Their BARs.
    static constexpr const char* kSerial = "not-made-here";                  ///< Of the NVMe controller.

    /// Whether there is a QEMU to start.
    static bool available();

    /// Power on. `folder` gets its firmware, which sleeps. Throws std::runtime_error if there is no QEMU.
    explicit Machine(const std::string& folder);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    /// SIGKILL.
    ~Machine();

    transports::qemu::Qtest& qtest() { return *qtest_; }
    /// The reset button; then firmware's work again: BARs, memory accesses and DMA on.
    void reset();

private:
    void set_up();
    void qmp(const std::string& command, const std::string& until);

    pid_t pid_ = -1;
    int qmp_ = -1;
    std::string received_;
    std::unique_ptr<transports::qemu::Qtest> qtest_;
};

}  // namespace tests::devices
