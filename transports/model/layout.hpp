// Where everything is in the arena: computed once per chip description, shared by all copies of the chip.
#pragma once

#include <cstdint>
#include <vector>

#include "hal/converge/chip.hpp"
#include "transports/model/behaviour.hpp"
#include "transports/model/tables.hpp"

namespace transports::model {

inline constexpr std::uint32_t kBlockBytes = 4096;  // address space of a block instance
inline constexpr Instance kNoInstance = 0xFFFF;

struct Layout {
    explicit Layout(const hal::converge::Chip& chip);

    const hal::converge::Chip& chip;
    std::vector<std::uint32_t> first_cell;    ///< By instance.
    std::vector<const TypeRow*> type;         ///< By instance.
    std::vector<const Behaviour*> behaviour;  ///< By instance.
    std::vector<Instance> gate;               ///< The parent whose output opens access, or kNoInstance.
    std::vector<std::vector<Instance>> children;
    std::vector<Instance> at_page;         ///< Instance by address / kBlockBytes.
    std::vector<std::uint32_t> hash_mask;  ///< By cell: bits that are part of the state.

    struct Timer {
        std::uint32_t cell;
        Instance instance;
        std::uint32_t word;
        bool background;
    };
    std::vector<Timer> timers;

    std::uint32_t outputs;  ///< First of one cell per instance: its output, as its children have seen it.
    std::uint32_t traffic;  ///< First of the workload's cells.
    std::uint32_t cells;
};

}  // namespace transports::model
