#include "chaos/rehearsal/write_log.hpp"

#include "transports/model/layout.hpp"

namespace chaos::rehearsal {
namespace {

const WriteLog::Block* find(const WriteLog& log, std::uint32_t base) {
    const auto found = log.blocks.find(base);
    return found == log.blocks.end() ? nullptr : &found->second;
}

/// 1: all of the parent first; 0: not; -1: one of them isn't written.
int ordered(const WriteLog& log, std::uint32_t parent, std::uint32_t child) {
    const WriteLog::Block *const p = find(log, parent), *const c = find(log, child);
    return p == nullptr || c == nullptr ? -1 : p->last < c->first ? 1 : 0;
}

}  // namespace

void WriteLog::wrote(std::uint32_t address, std::uint32_t value) {
    Block& block = blocks[address / transports::model::kBlockBytes * transports::model::kBlockBytes];
    if (block.writes.empty()) block.first = writes;
    block.last = writes++;
    block.writes.emplace_back(address, value);
}

WriteDifferences compare(const WriteLog& a, const WriteLog& b, const hal::converge::Chip& chip) {
    WriteDifferences all;
    for (const auto& [base, block] : a.blocks) {
        const WriteLog::Block* const other = find(b, base);
        all.blocks += other == nullptr || other->writes != block.writes ? 1 : 0;
    }
    for (const auto& [base, block] : b.blocks) all.blocks += find(a, base) == nullptr ? 1 : 0;
    for (const hal::converge::InstanceRow& child : chip.instances) {
        for (std::uint32_t n = 0; n < child.parents; ++n) {
            const std::uint32_t parent = chip.instances[chip.parents[child.first_parent + n]].base;
            const int one = ordered(a, parent, child.base), two = ordered(b, parent, child.base);
            all.edges += one >= 0 && two >= 0 ? 1 : 0;
            all.edges_otherwise += one != two ? 1 : 0;
        }
    }
    return all;
}

}  // namespace chaos::rehearsal
