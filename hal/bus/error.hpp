// Errors by effect: every error says what the hardware may have experienced, because that alone decides
// whether a retry is safe (the idea is OpenTitan's; see docs/architecture.md).
#pragma once

#include <cstdint>
#include <tl/expected.hpp>

namespace hal::bus {

/// What the hardware may have experienced of the access that failed.
enum class Effect : std::uint8_t {
    none,     ///< It never reached the register: repeating it is safe.
    done,     ///< It took effect; only the answer is bad.
    unknown,  ///< It may or may not have taken effect: observe before doing anything else.
};

enum class Code : std::uint8_t {
    bus_error,         ///< The chip refused the address: no register there, or the block is gated or in reset.
    guard_failed,      ///< A precondition of the batch did not hold on the chip; nothing behind it was executed.
    fenced,            ///< Another instance owns the management port: stop, and never claim again.
    claim_lost,        ///< CLAIM was refused: somebody else claimed in between.
    link_down,         ///< No valid reply within the retry bound.
    protocol,          ///< A valid frame that makes no sense: different protocol version or a damaged peer.
    peer_gone,         ///< The other end closed the link.
    unsupported,       ///< This transport cannot do that (an access with guards over PCIe, say).
    bad_address,       ///< Not 4-byte aligned, or beyond what the link can address.
    wrong_chip,        ///< The identity register does not show the expected chip.
    invalid_argument,  ///< The caller broke a stated precondition; nothing was done.
    workspace,         ///< The caller's workspace is too small; nothing was done.
    deadline,          ///< The stated time bound of the call has passed.
    stopped,           ///< The caller asked for it, and this was a safe point.
    old_library,       ///< The caller's structures hold more than this library knows; nothing was done.
};

inline constexpr std::uint16_t kNoInstance = 0xFFFF;

/// An error with its evidence. Trivially copyable; 32 bytes.
struct Error {
    Code code = Code::protocol;
    Effect effect = Effect::unknown;
    std::uint16_t instance = kNoInstance;  ///< Block instance, once known.
    std::uint16_t attempts = 0;            ///< How often the link tried.
    std::uint32_t address = 0;             ///< Byte address of the access that failed.
    std::uint32_t value = 0;               ///< Last value seen there, or protocol-specific evidence.
    std::uint32_t completed = 0;           ///< Accesses of the batch known to have taken effect, in order.
    std::uint64_t elapsed_ns = 0;          ///< Time spent on it.
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(const Error& error) { return tl::unexpected<Error>(error); }

/// The name as written in the enumeration. Never null. Inline: who uses these types links against nothing.
inline const char* name(Code code) {
    switch (code) {
        case Code::bus_error: return "bus_error";
        case Code::guard_failed: return "guard_failed";
        case Code::fenced: return "fenced";
        case Code::claim_lost: return "claim_lost";
        case Code::link_down: return "link_down";
        case Code::protocol: return "protocol";
        case Code::peer_gone: return "peer_gone";
        case Code::unsupported: return "unsupported";
        case Code::bad_address: return "bad_address";
        case Code::wrong_chip: return "wrong_chip";
        case Code::invalid_argument: return "invalid_argument";
        case Code::workspace: return "workspace";
        case Code::deadline: return "deadline";
        case Code::stopped: return "stopped";
        case Code::old_library: return "old_library";
    }
    return "?";
}

/// Likewise.
inline const char* name(Effect effect) {
    switch (effect) {
        case Effect::none: return "none";
        case Effect::done: return "done";
        case Effect::unknown: return "unknown";
    }
    return "?";
}

}  // namespace hal::bus
