// A chip behind a Unix stream socket: what goes over it. One message is {kind u8, length u32, payload}, little-endian;
// the client asks, the server answers each message with one of kind | kAnswer, in order. HELLO comes first.
//
//   kind        asks with            is answered with
//   HELLO       version u32          version u32, max_transfer u32; another version: then the server hangs up
//   TRANSFER    tx bytes             outcome u8, effect u8, time u64 in ns, then (outcome 0) as many rx bytes
//   NOW         nothing              time u64 in ns
//   WAIT_UNTIL  deadline u64         time u64 in ns, when the chip's clock has got there or something happened
//
// The chip's clock moves only within TRANSFER and WAIT_UNTIL, so a client knows the time from its last answer; only one
// that has had none yet asks for it.
//
// A client that dies within a TRANSFER has shifted out exactly the payload bytes that the server received: the chip
// sees a chip-select frame of that many bytes. Whatever was sent completely before is executed in full. Anything that
// breaks these rules is hung up on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace transports::unix_socket {

inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::size_t kHeader = 5;
inline constexpr std::size_t kMaxPayload = 65536;

inline constexpr std::uint8_t kHello = 1;
inline constexpr std::uint8_t kTransfer = 2;
inline constexpr std::uint8_t kNow = 3;
inline constexpr std::uint8_t kWaitUntil = 4;
inline constexpr std::uint8_t kAnswer = 0x80;

inline constexpr std::uint8_t kOutcomeOk = 0;
inline constexpr std::uint8_t kOutcomeLinkDown = 1;
inline constexpr std::uint8_t kOutcomePeerGone = 2;
inline constexpr std::size_t kOutcomeSize = 10;

template <typename Unsigned>
void put(std::uint8_t* at, Unsigned value) {
    for (std::size_t i = 0; i < sizeof value; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <typename Unsigned>
Unsigned get(const std::uint8_t* at) {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = static_cast<Unsigned>(value | Unsigned{at[i]} << (8 * i));
    return value;
}

}  // namespace transports::unix_socket
