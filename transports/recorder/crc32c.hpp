// CRC-32C (Castagnoli): polynomial 0x1EDC6F41 reflected, start and final inversion 0xFFFFFFFF (RFC 3720, appendix
// B.4). The processor's instruction where there is one, a table elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace transports::recorder {

/// "123456789" gives 0xE3069283. Pass an earlier result as `crc` to go on from there.
std::uint32_t crc32c(const std::uint8_t* data, std::size_t size, std::uint32_t crc = 0);

/// The same by table alone, on every processor: for tests.
std::uint32_t crc32c_portable(const std::uint8_t* data, std::size_t size, std::uint32_t crc = 0);

}  // namespace transports::recorder
