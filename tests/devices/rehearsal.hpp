// A HAL dies at every access of its way over a device that nobody here wrote, alone or with its machine, and a fresh
// one takes over.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/devices/device.hpp"

namespace tests::devices {

/// Who dies.
enum class Kind : std::uint8_t { process, reset, power };

/// Where the device is, and the HAL runs. What fails there for other reasons throws std::runtime_error.
class Lane {
public:
    virtual ~Lane() = default;
    /// Device::clear and Device::use.
    virtual void clear() = 0;
    virtual std::string use(unsigned intent) = 0;
    /// A fresh HAL; it lives.
    virtual Run run(unsigned intent) = 0;
    /// A fresh HAL dies before access `at`, and with it, or it alone, what `kind` says; then its machine is on again.
    /// False: it was done before.
    virtual bool dies(unsigned intent, std::uint64_t at, Kind kind) = 0;
};

/// How often which death was survived, and those that weren't.
struct Score {
    std::map<std::string, std::uint64_t> deaths;
    std::uint64_t dearest = 0;  ///< Accesses of a recovery.
    std::vector<std::string> lost;
    std::uint64_t all() const;
    std::string text() const;  ///< One line.
};

/// A run without a death: the device does what the intent says, and a further HAL writes nothing. Empty, or what is
/// wrong.
std::string plain(Lane& lane);

/// From a device that is cleared ("boot"), or has the first intent and is to get the second ("update"), or gets it and
/// is given the first again by the next HAL ("rollback"): dies before every access of that run, and behind the first
/// writes, at most `with_machine` of each scenario, also with its machine, by reset and by power. Stops at the first
/// that is lost. `only`: one of these scenarios. `progress`, if there is one, hears of each.
Score deaths(Lane& lane, std::size_t with_machine, const std::string& only = "",
             const std::function<void(const Score&)>& progress = {});

}  // namespace tests::devices
