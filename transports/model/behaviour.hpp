// What a block does beyond storing words: the hand-written half of the model, one row per block type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hal/bus/span.hpp"

namespace transports::model {

class Chip;
using Instance = std::uint16_t;

/// A quantity of the real world, computed from what the hardware does, in the units of the intent field of the same
/// name. The oracles compare the two; nothing here is shared with the drivers.
struct Measure {
    const char* quantity;
    std::uint64_t (*value)(const Chip&, Instance);
};

/// What befalls a block by itself; which blocks know which events is up to their behaviour.
enum class Event : std::uint8_t {
    lock_lost,  ///< A loop loses its lock and finds it again.
    link_lost,  ///< A link goes down and comes up again by itself.
    ecc_error,  ///< A memory finds an error that it can't hide.
    alarm,      ///< A sensor reports heat.
};
inline constexpr std::size_t kEvents = 4;

/// Every function may be null.
struct Behaviour {
    /// Software wrote `value` to word `word`, whose content was `old`; plain effects of the access are done.
    void (*written)(Chip&, Instance, std::uint32_t word, std::uint32_t old, std::uint32_t value) = nullptr;
    /// Software consumed word `word`; its read side effects by table are done.
    void (*consumed)(Chip&, Instance, std::uint32_t word) = nullptr;
    /// What a read shows where that isn't the stored word: idle hardware computing on the fly.
    std::uint32_t (*shown)(const Chip&, Instance, std::uint32_t word, std::uint32_t stored) = nullptr;
    /// A countdown has reached 0.
    void (*expired)(Chip&, Instance, std::uint32_t word) = nullptr;
    /// A parent's output changed, or the block came out of reset.
    void (*inputs_changed)(Chip&, Instance) = nullptr;
    /// Power-on only: fuses, straps, identity.
    void (*cold)(Chip&, Instance) = nullptr;
    /// What the blocks below get: voltage good, clock running, link up. Null: always true while accessible.
    bool (*output)(const Chip&, Instance) = nullptr;
    /// Switched off on purpose: the host driver has placed the workload elsewhere. Null: traffic needs the block.
    bool (*unused)(const Chip&, Instance) = nullptr;
    /// A new owner claimed the management port: half-done unlock, page and shadow state is aborted.
    void (*claimed)(Chip&, Instance) = nullptr;
    /// What the host driver writes by itself, in fields of its own only, once traffic is in that phase (0: stopped):
    /// ring tails, doorbells, word that errors are stored.
    void (*host_writes)(Chip&, Instance, std::uint32_t phase) = nullptr;
    /// The event happens. False: not to this block, or not in its present state.
    bool (*befall)(Chip&, Instance, Event) = nullptr;
    hal::bus::Span<const Measure> measures{};
    /// Its countdowns never rest (watchdog, sampling): they wake nobody and no outage waits for them.
    bool background = false;
    /// What it has begun it ends: there is no switch that stops its countdowns from outside.
    bool unstoppable = false;
};

/// The rows in the order of hal::chip::Type.
const Behaviour& behaviour(std::uint8_t type);

}  // namespace transports::model
