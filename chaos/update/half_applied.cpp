#include "chaos/update/half_applied.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "chaos/oracles.hpp"

namespace chaos::update {

using transports::model::Chip;
using transports::model::Instance;
using transports::model::Layout;
using transports::model::Snapshot;

namespace {

struct Word {
    Instance instance;
    std::uint32_t cell, mask, before, after;
};

struct Group {
    std::vector<Word> words;
    bool drains = false, live = false;  // how its members change
};

/// The words of one instance that differ.
void add(const Layout& layout, const Snapshot& before, const Snapshot& after, Instance i, Group& group) {
    bool drains = false, any = false;
    const auto& rows = layout.type[i]->words;
    for (std::uint32_t w = 0; w < rows.size(); ++w) {
        const auto& row = rows[w];
        const std::uint32_t cell = layout.first_cell[i] + w;
        const std::uint32_t managed = row.plain & row.observable & ~row.host & ~row.left_out & layout.hash_mask[cell];
        const std::uint32_t mask = (before.cells[cell] ^ after.cells[cell]) & managed;
        if (row.internal || mask == 0) continue;
        any = true;
        drains = drains || (row.disruptive & mask) != 0;
        group.words.push_back({i, cell, mask, before.cells[cell] & mask, after.cells[cell] & mask});
    }
    group.drains = group.drains || (any && drains);
    group.live = group.live || (any && !drains);
}

std::vector<Group> groups_of(const Update& update, const Layout& layout, const Snapshot& before,
                             const Snapshot& after) {
    std::vector<Group> found;
    for (const Starter* side : {&update.older, &update.newer}) {
        const Starter& other = side == &update.older ? update.newer : update.older;
        std::map<std::uint8_t, Group> groups;
        std::map<std::uint8_t, bool> of_both;
        for (Instance i = 0; i < side->intended.groups.size(); ++i) {
            const std::uint8_t group = side->intended.groups[i];
            if (group == 0) continue;
            add(layout, before, after, i, groups[group]);
            const bool both = i < other.intended.groups.size() && other.intended.groups[i] != 0;
            of_both.emplace(group, true).first->second &= both;
        }
        for (auto& [number, group] : groups) {
            // One that only this side holds together may be changed bit by bit by the other, unless all of it drains.
            if (group.drains && (of_both[number] || !group.live)) found.push_back(std::move(group));
        }
    }
    return found;
}

}  // namespace

std::function<std::string(const Chip&)> half_applied(const Update& update, const Layout& layout, const Snapshot& before,
                                                     const Snapshot& after) {
    const auto groups = std::make_shared<const std::vector<Group>>(groups_of(update, layout, before, after));
    return [groups](const Chip& chip) -> std::string {
        if (!chip.traffic_running()) return {};
        for (const Group& group : *groups) {
            const Word *old_one = nullptr, *new_one = nullptr;
            for (const Word& word : group.words) {
                const std::uint32_t now = chip.cell(word.cell) & word.mask;
                if (now == word.before) old_one = &word;
                if (now == word.after) new_one = &word;
            }
            if (old_one == nullptr || new_one == nullptr) continue;
            const hal::converge::Chip& names = chip.layout().chip;
            return fmt::format("traffic runs while {} is new and {}, of the same group, is old",
                               instance_name(names, new_one->instance), instance_name(names, old_one->instance));
        }
        return {};
    };
}

}  // namespace chaos::update
