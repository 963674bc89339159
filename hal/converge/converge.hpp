// converge(): the one call. Boot, resume, repair and live update differ only in the state they find.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hal/converge/chip.hpp"

namespace hal::converge {

/// The intended configuration: one word per IntentField of each instance, in the chip's order of instances.
struct Intent {
    bus::Span<const std::uint32_t> words;
    bus::Span<const std::uint8_t> groups;  ///< Per instance: number of its atomic group, 0 for none. May be empty.
    bus::Span<const Image> images;         ///< Per block type. May be empty.
    std::uint32_t digest = 0;              ///< digest() of all this; identifies the intent on the chip.
};

struct Policy {
    bool apply = true;   ///< false: observe, decide and report, write nothing.
    bool drain = false;  ///< May close the gate of customer traffic to apply what would disturb it.
    bool retry = false;  ///< Try blocks again that an earlier HAL gave up.
    bool guards = true;  ///< The transport carries guards (SPI does, PCIe doesn't).
    std::uint64_t deadline_ns = 10'000'000'000;  ///< The call ends by then with Code::deadline.
    std::uint32_t drain_us = 2'000'000;          ///< How long traffic may take to drain.
    /// Not null: asked at safe points, between which everything sent takes effect and none of which lies within a drain
    /// of this call that has succeeded. True ends the call with Code::stopped.
    bool (*stop)(const void* context) = nullptr;
    const void* stop_context = nullptr;
};

/// What became of an instance.
enum class State : std::uint32_t {
    converged,
    off,       ///< Switched off as intended, or not touched because a parent is. As good as converged.
    deferred,  ///< Needs a drain that the policy or its atomic group did not allow.
    needs_reset,
    broken,   ///< Given up and isolated; stays so until cold reset, another intent, or Policy::retry.
    blocked,  ///< Not touched, because a parent doesn't work.
    pending,  ///< With Policy::apply == false: something would be written, or can't be seen before something is.
};

struct InstanceState {
    State state;
    const char* why;  ///< Static text; "" when converged.
};

struct Report {
    std::uint32_t converged, off, deferred, needs_reset, broken, blocked, pending;
    std::uint32_t reads, writes, batches, waits, passes;  ///< Words and calls of this run; writes exclude the link's.
    std::uint64_t elapsed_ns;
    bool complete() const { return deferred + needs_reset + broken + blocked + pending == 0; }
};

/// Told of every plan before it is carried out. Must not touch the chip.
class Listener {
public:
    virtual void planned(std::uint16_t instance, const Plan& plan) = 0;
    /// The engine's own writes: the traffic gate, verdicts.
    virtual void engine_writes(std::uint32_t address, std::uint32_t value) = 0;

protected:
    ~Listener() = default;
};

/// Bytes that converge() needs as workspace for `chip`; it uses no other memory but some KiB of stack.
std::size_t workspace_size(const Chip& chip);

/// Words that an intent for `chip` has; instance i's begin at intent_offset(chip, i).
std::uint32_t intent_words(const Chip& chip);
std::uint32_t intent_offset(const Chip& chip, std::uint16_t instance);

/// Fills `words` (intent_words(chip) of them) with every field's initial value.
void initial_intent(const Chip& chip, bus::Span<std::uint32_t> words);

/// FNV-1a over words, groups and images: what Intent::digest has to be. Never 0.
std::uint32_t digest(const Intent& intent);

/// Brings the chip to the intent, whatever state it is in, without disturbing customer traffic unless
/// Policy::drain allows to drain it first. A broken block doesn't stop the others: it is isolated and reported.
///
/// `workspace`: workspace_size(chip) bytes, 8-byte aligned, contents of no importance before and after.
/// `states`: if not null, receives one InstanceState per instance.
///
/// On success the last thing that happened is a full sweep that found everything as reported and, if the gate of
/// traffic was shut, one write that opens it. Errors, all of them with the chip in a state from which any later
/// converge() goes on: those of Transport::execute except bus_error and guard_failed (which it handles),
/// wrong_chip(none; nothing was written), workspace, invalid_argument(none), deadline(done: all writes so far took
/// effect), stopped(done, likewise). A drain that doesn't end by either of its limits opens the gate again; after a
/// drain that did end, the gate opens only when every change behind it is complete, by this call or a later one. Keeps
/// no state of its own; not thread-safe per transport.
bus::Result<Report> converge(bus::Transport& transport, const Chip& chip, const Intent& intent, const Policy& policy,
                             bus::Span<std::uint8_t> workspace, InstanceState* states = nullptr,
                             Listener* listener = nullptr);

/// The state's name as written in the enumeration. Never null.
const char* name(State state);

}  // namespace hal::converge
