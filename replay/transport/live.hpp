// A chip that can be reached now, where a comparison would take a recording of one: a HAL converges it, random accesses
// follow if they are asked for, and what went over the link is recorded.
#pragma once

#include <cstdint>
#include <string>

#include "replay/transport/run.hpp"
#include "transports/names/chip_names.hpp"

namespace replay::transport {

/// Drawn by `seed` and the chip's register map alone, so that they are the same on every chip of its scale.
struct RandomAccesses {
    std::uint32_t count = 0, seed = 1;
    std::string blocks = "*";  ///< Where: a pattern of block names (trace::matches).
    bool guards = true;        ///< The path has some.
};

/// Writes, guarded ones too, consuming reads and waits, and behind each a look at all registers of its block. Throws
/// std::runtime_error, one line, if the link fails, std::invalid_argument if no block has such a name.
void access_at_random(hal::bus::Transport& transport, const transports::names::ChipNames& names,
                      const RandomAccesses& random);

/// "model:" (a model chip after cold reset, in this process) or a link's URI (transports/links): not a file.
bool is_live(const std::string& text);

/// The chip at `uri`, claimed and converged as `description` (of a trace, transports/recorder/describe.hpp) says, then
/// accessed at random, which is nothing for a chip that somebody uses. Recorded to `file`.
/// Throws std::invalid_argument for what can't be asked for, std::runtime_error for trouble with the link; one line.
Outcome record_live(const std::string& uri, const std::string& description, const RandomAccesses& random,
                    const std::string& file);

}  // namespace replay::transport
