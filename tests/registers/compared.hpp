// What a comparison counted: printed at its end, and nothing compared is a failure.
#pragma once

#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "properties/registers/naive.hpp"

namespace tests::registers {

using properties::registers::NaiveBlock;
using properties::registers::NaiveField;
using properties::registers::NaiveRegister;

struct Compared {
    std::set<std::string> kinds, pairs;  ///< Pairs of field kind and access.
    std::set<std::tuple<std::size_t, const char*, bool>> seen;
    std::uint64_t accesses = 0, non_zero = 0, changed = 0, refused = 0;

    /// `locks`: locks matter to this access.
    void count(const NaiveRegister& r, const NaiveBlock& block, const char* access, bool locks = true) {
        for (const NaiveField& f : r.fields) {
            const bool locked = locks && block.locked(f);
            if (!seen.insert({f.number, access, locked}).second) continue;
            kinds.insert(f.kind);
            pairs.insert(f.kind + " / " + access + (locked ? " locked" : ""));
        }
        ++accesses;
    }
    void result(std::uint32_t before, std::uint32_t after) {
        non_zero += after != 0 ? 1u : 0u;
        changed += after != before ? 1u : 0u;
    }
    /// Field numbers begin again.
    void next_block() { seen.clear(); }
    void print(const char* what) const {
        std::printf(
            "%s: %zu field kinds, %zu pairs of kind and access, %llu accesses compared, %llu with a non-zero "
            "result, %llu that changed something, %llu refused by both\n",
            what, kinds.size(), pairs.size(), static_cast<unsigned long long>(accesses),
            static_cast<unsigned long long>(non_zero), static_cast<unsigned long long>(changed),
            static_cast<unsigned long long>(refused));
    }
};

/// Corners first, then at random.
inline std::uint32_t word_of(unsigned trial, std::mt19937& random) {
    constexpr std::uint32_t kCorners[] = {0, 0xFFFFFFFF, 0xAAAAAAAA, 0x55555555, 1, 0x80000000, 0x7FFFFFFF, 0xFFFF0000};
    return trial < std::size(kCorners) ? kCorners[trial] : static_cast<std::uint32_t>(random());
}

}  // namespace tests::registers
