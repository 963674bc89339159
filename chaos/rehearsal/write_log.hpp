// What a run writes, as two environments are compared by: to each block exactly the same, in the same order; and a
// block and its parent in the same order. Other blocks may change places: they wait for hardware, which takes its time.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "hal/converge/chip.hpp"
#include "transports/model/chip.hpp"

namespace chaos::rehearsal {

struct WriteLog final : transports::model::WriteListener {
    void wrote(std::uint32_t address, std::uint32_t value) override;

    struct Block {
        std::uint64_t first = 0, last = 0;  ///< Numbers of its writes, of all.
        std::vector<std::pair<std::uint32_t, std::uint32_t>> writes;
    };
    std::map<std::uint32_t, Block> blocks;  ///< By base address.
    std::uint64_t writes = 0;
};

struct WriteDifferences {
    std::uint64_t blocks = 0;           ///< That are written otherwise, or in another order.
    std::uint64_t edges = 0;            ///< Between a parent and its child that are both written.
    std::uint64_t edges_otherwise = 0;  ///< Of these, where one log has all of the parent before the child, one not.
    bool none() const { return blocks == 0 && edges_otherwise == 0; }
};
WriteDifferences compare(const WriteLog& a, const WriteLog& b, const hal::converge::Chip& chip);

}  // namespace chaos::rehearsal
