#include "chaos/certificate/leaf.hpp"

#include <algorithm>

#include "chaos/certificate/varint.hpp"

namespace chaos::certificate {

std::vector<Change> changes(const std::vector<std::uint32_t>& base, const std::vector<std::uint32_t>& cells,
                            const std::vector<std::uint32_t>& mask) {
    std::vector<Change> all;
    for (std::uint32_t c = 0; c < cells.size(); ++c) {
        const std::uint32_t bits = (base[c] ^ cells[c]) & mask[c];
        if (bits != 0) all.push_back({c, bits});
    }
    return all;
}

std::vector<Range> ranges(std::vector<std::uint32_t> numbers) {
    std::sort(numbers.begin(), numbers.end());
    std::vector<Range> all;
    for (const std::uint32_t number : numbers) {
        if (!all.empty() && number < all.back().first + all.back().count) continue;
        if (!all.empty() && number == all.back().first + all.back().count) {
            ++all.back().count;
        } else {
            all.push_back({number, 1});
        }
    }
    return all;
}

// Rising numbers are written as what lies between them.
std::vector<std::uint8_t> encode(const Leaf& leaf) {
    std::vector<std::uint8_t> out;
    put(out, leaf.state.size());
    std::uint32_t next = 0;
    for (const Change& change : leaf.state) {
        put(out, change.cell - next);
        put(out, change.bits);
        next = change.cell + 1;
    }
    for (const Recovery& recovery : leaf.recoveries) {
        put(out, recovery.accesses);
        put(out, recovery.us);
    }
    put(out, leaf.run);
    if (leaf.recoveries.size() != 1) put(out, leaf.starter);
    put(out, std::uint64_t{leaf.boundary} * 2 + (leaf.outage ? 1 : 0));
    for (const Recovery& recovery : leaf.recoveries) {
        put(out, recovery.successors.size());
        next = 0;
        for (const Range& range : recovery.successors) {
            put(out, range.first - next);
            put(out, range.count - 1);
            next = range.first + range.count;
        }
    }
    return out;
}

namespace {

std::vector<Range> successors(Varints& in, std::uint64_t leaves) {
    std::vector<Range> all(in.next(leaves));
    std::uint64_t next = 0;
    for (Range& range : all) {
        const std::uint64_t gap = in.next(leaves);
        if (gap == 0 && &range != all.data()) throw Refused("a leaf's successors are split needlessly");
        next += gap;
        const std::uint64_t count = in.next(leaves) + 1;
        if (next + count > leaves) throw Refused("a leaf leads to one that isn't there");
        range = {static_cast<std::uint32_t>(next), static_cast<std::uint32_t>(count)};
        next += count;
    }
    return all;
}

}  // namespace

Leaf decode(const std::uint8_t* bytes, std::size_t size, std::uint32_t cells, std::uint64_t leaves,
            std::size_t starters) {
    Varints in(bytes, size);
    Leaf leaf;
    leaf.state.resize(in.next(cells));
    std::uint64_t next = 0;
    for (Change& change : leaf.state) {
        next += in.next(cells);
        if (next >= cells) throw Refused("a leaf changes a cell that the chip doesn't have");
        change.cell = static_cast<std::uint32_t>(next++);
        change.bits = static_cast<std::uint32_t>(in.next(0xFFFF'FFFF));
        if (change.bits == 0) throw Refused("a leaf has a change that changes nothing");
    }
    leaf.recoveries.resize(starters);
    for (Recovery& recovery : leaf.recoveries) {
        recovery.accesses = in.next();
        recovery.us = in.next();
    }
    leaf.run = static_cast<std::uint32_t>(in.next(leaves - 1));
    if (starters != 1) leaf.starter = static_cast<std::uint32_t>(in.next(starters - 1));
    const std::uint64_t boundary = in.next(0x1'FFFF'FFFF);
    leaf.boundary = static_cast<std::uint32_t>(boundary / 2);
    leaf.outage = boundary % 2 != 0;
    for (Recovery& recovery : leaf.recoveries) recovery.successors = successors(in, leaves);
    in.expect_end();
    return leaf;
}

}  // namespace chaos::certificate
