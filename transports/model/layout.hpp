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
    std::vector<std::uint32_t> hash_mask;  ///< By cell: bits that are part of the state.

    /// All that an access has to know of the block that it meets, in one row.
    struct Page {
        Instance instance = kNoInstance;
        Instance gate = kNoInstance;
        std::uint32_t first_cell = 0;
        hal::bus::Span<const std::uint16_t> at_offset;
        hal::bus::Span<const WordRow> words;
        const Behaviour* behaviour = nullptr;

        /// Number of the word there, or kNoWord.
        std::uint16_t word(std::uint32_t address) const {
            const std::uint32_t slot = address % kBlockBytes / 4;
            return slot < at_offset.size() ? at_offset[slot] : kNoWord;
        }
    };
    std::vector<Page> pages;  ///< By address / kBlockBytes.

    /// The block that answers at an address; null if none does.
    const Page* page(std::uint32_t address) const {
        const std::size_t number = address / kBlockBytes;
        return number < pages.size() && pages[number].instance != kNoInstance ? &pages[number] : nullptr;
    }

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
