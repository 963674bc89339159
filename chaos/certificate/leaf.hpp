// A leaf of a certificate: one chip state, where it came from, what its recovery costs and where a kill in it leads.
// The bytes are specified in docs/certificate.md.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace chaos::certificate {

/// What a certificate can't be taken for: one line for users.
class Refused : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

/// A cell of the chip that differs from the scenario's first state.
struct Change {
    std::uint32_t cell = 0;
    std::uint32_t bits = 0;  ///< Those that differ; not 0.
    friend bool operator==(const Change& a, const Change& b) { return a.cell == b.cell && a.bits == b.bits; }
};

struct Range {
    std::uint32_t first = 0, count = 0;
    friend bool operator==(const Range& a, const Range& b) { return a.first == b.first && a.count == b.count; }
};

/// What becomes of a leaf's state when one of the HALs that may be started is.
struct Recovery {
    std::uint64_t accesses = 0;       ///< What it costs,
    std::uint64_t us = 0;             ///< and the time that it waits.
    std::vector<Range> successors{};  ///< Leaves that kills in it lead to: rising, with gaps between.
    friend bool operator==(const Recovery& a, const Recovery& b) {
        return a.accesses == b.accesses && a.us == b.us && a.successors == b.successors;
    }
};

struct Leaf {
    std::vector<Change> state;  ///< By rising cell.
    // Where it was first met: `starter`'s run from leaf `run`, its moment `boundary`, perhaps with an outage behind.
    std::uint32_t run = 0, starter = 0, boundary = 0;
    bool outage = false;
    std::vector<Recovery> recoveries;  ///< By starter.
};

/// How `cells` differ from `base` in the bits of `mask`; all three have the same size.
std::vector<Change> changes(const std::vector<std::uint32_t>& base, const std::vector<std::uint32_t>& cells,
                            const std::vector<std::uint32_t>& mask);

/// Ranges that cover exactly `numbers`, in any order and with repetitions.
std::vector<Range> ranges(std::vector<std::uint32_t> numbers);

std::vector<std::uint8_t> encode(const Leaf& leaf);

/// The one leaf with this encoding, of a chip with `cells` cells and a certificate of `leaves` leaves and `starters`
/// HALs that may be started. Throws Refused on bytes that encode() wouldn't have made for them.
Leaf decode(const std::uint8_t* bytes, std::size_t size, std::uint32_t cells, std::uint64_t leaves,
            std::size_t starters);

}  // namespace chaos::certificate
