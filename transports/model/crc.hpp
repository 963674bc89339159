// The chip's CRC-32; the host has its own (transports/spi/crc.hpp). docs/spi-link.md section 6.
#pragma once

#include <cstddef>
#include <cstdint>

namespace transports::model {

/// CRC-32 (IEEE 802.3: reflected 0xEDB88320, start and final inversion) of `size` bytes. Thread-safe.
std::uint32_t crc32(const std::uint8_t* data, std::size_t size);

}  // namespace transports::model
