// A chip as data: block types, instances, dependencies. The engine knows nothing else of it.
#pragma once

#include <cstdint>

#include "hal/bus/run.hpp"
#include "hal/converge/driver.hpp"

namespace hal::converge {

struct TypeRow {
    const char* name;
    std::uint32_t words;                ///< Addressable words of the block.
    bus::Span<const bus::Run> observe;  ///< Read on arrival and in the final sweep.
    bus::Span<const bus::Run> status;   ///< Read again after acts and waits.
    const Driver* driver;
    bool gated;                     ///< Accessible only while its first parent works.
    bool workload;                  ///< Carries customer traffic.
    std::uint16_t output_word = 0;  ///< While its bits `output_mask` read 0, the blocks below get nothing;
    std::uint32_t output_mask = 0;  ///< no bits: nobody asks.
};

struct InstanceRow {
    std::uint32_t base;                   ///< Byte address.
    std::uint8_t type;                    ///< Row of Chip::types.
    std::uint8_t wave;                    ///< 0 for blocks without parents, else one more than the highest parent's.
    std::uint16_t index, count;           ///< Which instance of its type, of how many.
    std::uint16_t first_parent, parents;  ///< Its rows in Chip::parents.
};

/// A register of the always-on system block (row 0 of the instances) that the engine itself works with.
struct ServiceRegister {
    std::uint32_t offset;  ///< Bytes in the block.
    std::uint16_t index;   ///< Word number.
};

struct Services {
    ServiceRegister identity;  ///< Can never read all-ones.
    ServiceRegister traffic;   ///< The gate of customer traffic: open bit (ours), active bit (the chip's).
    std::uint32_t traffic_open, traffic_active;
    ServiceRegister digest;   ///< Sticky: digest of the intent for which blocks were given up.
    ServiceRegister verdict;  ///< Sticky bitmap, one bit per instance that was given up; words contiguous.
};

struct Chip {
    const char* name;
    std::uint32_t scale_numerator, scale_denominator;
    std::uint32_t identity;  ///< What the identity register reads on this chip.
    bus::Span<const TypeRow> types;
    bus::Span<const InstanceRow> instances;  ///< By rising address; row 0 is the system block.
    const std::uint16_t* parents;
    std::uint32_t waves;
    const Services& services;

    const TypeRow& type(const InstanceRow& instance) const { return types[instance.type]; }
};

}  // namespace hal::converge
