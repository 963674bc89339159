// A device that nobody here wrote, and what somebody who needs it does with it: known by what it does, not by what its
// registers say.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hal/bus/wire.hpp"
#include "hal/converge/chip.hpp"

namespace tests::devices {

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::uint32_t>;

/// A device and the memory that it shares with its machine, from where a HAL may run.
class Host {
public:
    virtual ~Host() = default;
    /// Its registers, or the commands that stand for them.
    virtual hal::bus::Transport& device() = 0;
    /// The wire below them, where there is one; throws std::logic_error elsewhere.
    virtual hal::bus::Wire& wire() = 0;
    /// At addresses as the device sees them. Multiples of four.
    virtual Bytes memory(std::uint32_t address, std::size_t size) = 0;
    virtual void set_memory(std::uint32_t address, const Bytes& bytes) = 0;
};

/// The device, with two intents for it and what else it takes.
struct Device {
    const hal::converge::Chip* chip;
    Words intents[2];
    /// What its machine keeps in memory for it; after every start of the machine.
    std::function<void(Host&)> furnish;
    /// Uses it as somebody with that intent would; empty, or what it does wrong. It may disturb the device: it is the
    /// last that happens before clear().
    std::function<std::string(Host&, const Words& intent)> use;
    /// As after power on.
    std::function<void(Host&)> clear;
};

/// "edu", "nvme" or "flash", with one of its planted mistakes (0: none). 1 MiB of memory at `memory` is the device's.
Device device(const std::string& name, unsigned bug, std::uint32_t memory);

inline constexpr const char* kSerial = "not-made-here";  ///< Of the NVMe controller.

/// A run of the HAL.
struct Run {
    bool done = false;
    std::string what;  ///< Why not.
    std::uint64_t accesses = 0, written = 0;
    std::vector<bool> writes;  ///< Per access.
};

/// Before that access (counted from 0) the HAL dies: `die` is called, and if it returns, nothing more reaches the
/// device.
struct Death {
    std::uint64_t at = ~std::uint64_t{0};
    std::function<void()> die;
};

/// Runs the HAL with that intent.
Run converge(const Device& device, Host& host, unsigned intent, const Death& death = {});

}  // namespace tests::devices
