// The caller's memory, cut into the engine's arrays. Hundreds of observations fit neither a heap that isn't there nor
// a small stack.
#pragma once

#include "hal/converge/converge.hpp"

namespace hal::converge {

/// What the engine knows of an instance during one call.
struct Progress {
    std::uint32_t first_word;  ///< Of its observation.
    std::uint32_t first_intent;
    bus::Nanoseconds since;  ///< Of the last act or this pass's first look: `waited` counts from here.
    bus::Nanoseconds seen;   ///< No later than its latest observation: `waited` ends here.
    bus::Nanoseconds look;   ///< When to look again; 0 if it isn't being waited for.
    const char* why = "";
    State state = State::pending;
    std::uint32_t in_vain;  ///< Changes of the chip when it had been waited for to no end; 0: it wasn't.
    std::uint16_t acts;     ///< In this call; bounded, so that no block keeps the engine for ever.
    std::uint8_t rounds;    ///< Passes of this call in which it acted.
    std::uint8_t acted_in;  ///< The last of them.
    std::uint8_t refusals;  ///< Passes in which the chip refused an access to it.
    bool settled;           ///< Nothing more to do for it in this pass.
    bool stale;             ///< Its status words have to be read again.
    bool starting;          ///< An act is under way to the chip; until it is sent `look` counts from then.
    bool unreachable;       ///< The chip refused an access to it in this pass.
    bool hidden;            ///< Not looked at in this pass, because a parent doesn't work.
    bool uncovers;          ///< A member of a held atomic group can be looked at only when this block works.
    bool whole;             ///< Everything of it was read since the last act.
    bool doubted;           ///< In this call its driver was stopped once for acting again and again.
    bool given_up;          ///< In this call; `why` says why.
};

inline constexpr std::uint32_t kBatchAccesses = 512;
/// Words of a batch that may carry guards: one SPI frame of 4096 bytes takes it whole (docs/spi-link.md).
inline constexpr std::uint32_t kBatchWords = 768;

struct Workspace {
    Progress* progress;     ///< One per instance.
    std::uint32_t* words;   ///< All observations.
    bus::Access* accesses;  ///< kBatchAccesses.
    std::uint16_t* owners;  ///< Instance of each access.
    std::uint32_t* pool;    ///< kBatchWords values of single writes.
    Plan* plan;

    static std::size_t size(const Chip& chip);
    static Workspace cut(const Chip& chip, std::uint8_t* memory);
};

}  // namespace hal::converge
