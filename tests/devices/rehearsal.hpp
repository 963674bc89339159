// A HAL dies at every access of its way over a device that nobody here wrote, alone or with its machine, and a fresh
// one takes over. Judged by what the device does, not by what its registers say.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hal/converge/converge.hpp"
#include "tests/devices/machine.hpp"

namespace tests::devices {

/// A device, with two intents for it and what else it takes.
struct Device {
    const hal::converge::Chip* chip;
    Board board;
    /// Runs a HAL on it.
    std::function<void(transports::qemu::Qtest&, const std::function<void(hal::bus::Transport&)>& run)> reach;
    std::vector<std::uint32_t> intents[2];
    /// What the host keeps in memory for it; after every power on.
    std::function<void(transports::qemu::Qtest&)> furnish;
    /// Uses the device as somebody with that intent would; empty, or what it does wrong. It may disturb the device: it
    /// is the last that happens before clear().
    std::function<std::string(transports::qemu::Qtest&, const std::vector<std::uint32_t>& intent)> use;
    /// As after power on.
    std::function<void(transports::qemu::Qtest&)> clear;
};

/// How often which death was survived, and those that weren't.
struct Score {
    std::map<std::string, std::uint64_t> deaths;
    std::uint64_t dearest = 0;  ///< Accesses of a recovery.
    std::vector<std::string> lost;
    std::uint64_t all() const;
};

class Rehearsal {
public:
    explicit Rehearsal(Device device);

    /// A run without a death: the device does what the intent says, and a further HAL writes nothing. Empty, or what is
    /// wrong.
    std::string plain();

    /// From a device that is cleared ("boot"), or has the first intent and is to get the second ("update"), or gets it
    /// and is given the first again by the next HAL ("rollback"): dies before every access of that run, and behind
    /// the first writes also with its machine, by reset and by power. Stops at the first that is lost. `only`: one of
    /// these.
    Score deaths(const std::string& only = "");

private:
    struct Run {
        bool done = false;
        std::string what;
        std::uint64_t accesses = 0, written = 0;
        std::vector<bool> writes;  ///< Per access.
    };
    struct Scenario {
        const char* name;
        int before, dying, after;  ///< Intents; -1: none.
    };
    enum class Kind : std::uint8_t { process, reset, power };

    Run converge(int intent, std::uint64_t dies_at = ~std::uint64_t{0});
    void prepare(const Scenario& scenario);
    std::string trial(const Scenario& scenario, Kind kind, std::uint64_t dies_at, std::uint64_t& accesses);
    void power_on();

    const Device device_;
    std::unique_ptr<Machine> machine_;
};

}  // namespace tests::devices
