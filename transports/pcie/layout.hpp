// The BAR's map: numbers shared by host and chip. Normative text: docs/pcie-window.md (sections in brackets).
#pragma once

#include <cstdint>

namespace transports::pcie {

inline constexpr std::uint32_t kApertures = 16;

/// [2] What the function says it is in its configuration space. The vendor is the one that test devices use.
inline constexpr std::uint16_t kVendor = 0x1234;
inline constexpr std::uint16_t kDevice = 0xC41B;
inline constexpr std::uint32_t kClass = 0x120000;      ///< Processing accelerator.
inline constexpr std::uint32_t kBarSize = 0x20000000;  ///< Of BAR 0.

/// [2] Where things lie. Apertures follow each other from `aperture_base`; the mailbox must not overlap them.
struct Layout {
    std::uint32_t aperture_base = 0x01000000;
    std::uint32_t aperture_size = 0x01000000;  ///< Also the size of the read window at offset 0.
    std::uint32_t mailbox_base = 0x11000000;
};

// [4] Mailbox, offsets from mailbox_base.
inline constexpr std::uint32_t kExpected = 0x00;
inline constexpr std::uint32_t kNonce = 0x04;
inline constexpr std::uint32_t kDoorbell = 0x08;
inline constexpr std::uint32_t kEpoch = 0x0C;
inline constexpr std::uint32_t kOwner = 0x10;
inline constexpr std::uint32_t kStatus = 0x14;
inline constexpr std::uint32_t kRefusedAddress = 0x18;
inline constexpr std::uint32_t kDropped = 0x1C;
inline constexpr std::uint32_t kRefusedRead = 0x20;
inline constexpr std::uint32_t kMailboxSize = 0x24;

inline constexpr std::uint32_t kDoorbellKey = 0xC1A10000;  ///< The doorbell's value: key ^ expected ^ nonce.
inline constexpr std::uint32_t kRefusedModulo = 0xFFFF;    ///< The refusal count in STATUS never shows 0xFFFF.
inline constexpr std::uint32_t kNoRefusedRead = 1;         ///< No address: they are multiples of 4.
inline constexpr std::uint32_t kAllOnes = 0xFFFFFFFF;

}  // namespace transports::pcie
