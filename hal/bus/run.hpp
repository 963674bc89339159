// A run of contiguous registers: read with one burst, kept in contiguous words.
#pragma once

#include <cstdint>

namespace hal::bus {

struct Run {
    std::uint32_t offset;  ///< Byte offset of the first register in its block.
    std::uint16_t index;   ///< Number of its word among the block's words.
    std::uint16_t count;   ///< Registers in the run.
};

}  // namespace hal::bus
