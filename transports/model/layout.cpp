#include "transports/model/layout.hpp"

#include "transports/model/traffic.hpp"

namespace transports::model {

Layout::Layout(const hal::converge::Chip& description) : chip(description) {
    std::uint32_t cell = 0;
    const std::size_t count = chip.instances.size();
    children.resize(count);
    for (Instance i = 0; i < count; ++i) {
        const hal::converge::InstanceRow& row = chip.instances[i];
        const TypeRow& rows = type_rows()[row.type];
        const Behaviour& does = transports::model::behaviour(row.type);
        first_cell.push_back(cell);
        type.push_back(&rows);
        behaviour.push_back(&does);
        gate.push_back(chip.type(row).gated ? chip.parents[row.first_parent] : kNoInstance);
        for (std::uint16_t k = 0; k < row.parents; ++k) children[chip.parents[row.first_parent + k]].push_back(i);
        const std::size_t page = row.base / kBlockBytes;
        if (pages.size() <= page) pages.resize(page + 1);
        pages[page] = {i, gate[i], cell, rows.at_offset, rows.words, &does};
        for (std::uint32_t word = 0; word < rows.words.size(); ++word) {
            hash_mask.push_back(~rows.words[word].left_out);
            if (rows.words[word].timer) timers.push_back({cell + word, i, word, does.background});
        }
        cell += static_cast<std::uint32_t>(rows.words.size());
    }
    outputs = cell;
    traffic = outputs + static_cast<std::uint32_t>(count);
    cells = traffic + kTrafficCells;
    hash_mask.resize(cells, ~0u);
}

}  // namespace transports::model
