// The fast lane: devices of a machine whose processor sleeps. The HAL on this side is all that touches them.
#pragma once

#include <memory>
#include <string>

#include "tests/devices/machine.hpp"
#include "tests/devices/rehearsal.hpp"
#include "transports/qemu/qtest.hpp"

namespace tests::devices {

class QtestLane final : public Lane {
public:
    /// Switches on a PC with edu and nvme, or an i.MX 6 board with the flash. `bug` is Device's; `folder` gets the
    /// machine's files.
    QtestLane(const std::string& name, unsigned bug, const std::string& folder);
    /// Is there a QEMU for that device?
    static bool available(const std::string& name);

    void clear() override { device_.clear(*host_); }
    std::string use(unsigned intent) override { return device_.use(*host_, device_.intents[intent]); }
    Run run(unsigned intent) override { return converge(device_, *host_, intent); }
    bool dies(unsigned intent, std::uint64_t at, Kind kind) override;

private:
    void power_on();
    void firmware();

    const Device device_;
    const Board board_;
    const std::string name_;
    std::unique_ptr<Machine> machine_;
    std::unique_ptr<transports::qemu::Qtest> qtest_;
    std::unique_ptr<Host> host_;
};

}  // namespace tests::devices
