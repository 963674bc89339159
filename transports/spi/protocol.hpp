// The SPI link's numbers, and nothing but numbers: the host's codec and the chip's share these and no code, so that
// a mistake in one is not mirrored in the other. Normative text: docs/spi-link.md (sections in brackets).
#pragma once

#include <cstddef>
#include <cstdint>

namespace transports::spi {

// [2] Frame: request, turnaround, reply. All fields little-endian.
inline constexpr std::size_t kMaxTransfer = 4096;  ///< Bytes of one chip-select frame at most.
inline constexpr std::size_t kTurnaround = 4;
inline constexpr std::size_t kCrcSize = 4;

// [3] Request header.
inline constexpr std::size_t kRequestHeader = 16;
inline constexpr std::uint8_t kMagic = 0xC1;  ///< Protocol 1. Another number is another protocol: not answered.
inline constexpr std::size_t kAtMagic = 0;
inline constexpr std::size_t kAtKind = 1;
inline constexpr std::size_t kAtPayloadSize = 2;
inline constexpr std::size_t kAtEpoch = 4;
inline constexpr std::size_t kAtNonce = 8;
inline constexpr std::size_t kAtSequence = 12;
inline constexpr std::size_t kAtItems = 14;

inline constexpr std::uint8_t kExecute = 0x01;
inline constexpr std::uint8_t kClaim = 0x02;
inline constexpr std::uint8_t kObserve = 0x03;

// [4] Items: op in bits 31..29, words - 1 in bits 28..22, word address in bits 21..0.
inline constexpr unsigned kOpShift = 29;
inline constexpr unsigned kCountShift = 22;
inline constexpr std::uint32_t kCountMask = 0x7F;
inline constexpr std::uint32_t kWordAddressMask = 0x003FFFFF;
inline constexpr std::uint32_t kMaxWords = 128;

inline constexpr std::uint32_t kOpRead = 1;
inline constexpr std::uint32_t kOpWrite = 2;
inline constexpr std::uint32_t kOpGuard = 3;
inline constexpr std::uint32_t kOpConsume = 4;
inline constexpr std::uint32_t kOpWriteFixed = 5;

// [5] Reply.
inline constexpr std::size_t kReplyHeader = 8;
inline constexpr std::size_t kMaxReply = kMaxTransfer - kRequestHeader - kCrcSize - kTurnaround;
inline constexpr std::size_t kAtMarker = 0;
inline constexpr std::size_t kAtStatus = 1;
inline constexpr std::size_t kAtReplySequence = 2;
inline constexpr std::size_t kAtCompleted = 4;
inline constexpr std::size_t kAtDataSize = 6;

inline constexpr std::uint8_t kReady = 0xA5;
inline constexpr std::uint8_t kBusy = 0x5A;

inline constexpr std::uint8_t kOk = 0x00;
inline constexpr std::uint8_t kBusError = 0x01;
inline constexpr std::uint8_t kGuardFailed = 0x02;
inline constexpr std::uint8_t kFenced = 0x03;
inline constexpr std::uint8_t kClaimLost = 0x04;
inline constexpr std::uint8_t kBadFrame = 0x05;
inline constexpr std::uint8_t kNotPermitted = 0x06;
inline constexpr std::uint8_t kStale = 0x07;

/// Bytes of a frame that are neither items nor read data.
inline constexpr std::size_t kOverhead = kRequestHeader + kCrcSize + kTurnaround + kReplyHeader + kCrcSize;
static_assert(kOverhead == 36, "docs/spi-link.md states it");

// [7] CLAIM.
inline constexpr std::uint32_t kEpochNone = 0;            ///< Never claimed; owns nothing.
inline constexpr std::uint32_t kEpochQuery = 0xFFFFFFFF;  ///< As expected epoch: only tell me the current one.
inline constexpr std::uint32_t kEpochLast = 0xFFFFFFFE;   ///< The next one is 1.
inline constexpr std::size_t kClaimData = 8;              ///< Epoch u32, last executed sequence u16, zero u16.
inline constexpr std::size_t kAtClaimEpoch = 0;
inline constexpr std::size_t kAtClaimSequence = 4;

}  // namespace transports::spi
