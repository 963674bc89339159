// The model's generated tables against the naive interpreter: every register of every block type.
#include <gtest/gtest.h>

#include "properties/registers/pair.hpp"
#include "tests/registers/compared.hpp"

namespace tests::registers {
namespace {

using properties::registers::Access;
using properties::registers::Pair;

constexpr unsigned kTrials = 64;

void compare(Pair& pair, Access access, std::size_t r, std::uint32_t value, Compared& counts) {
    counts.count(pair.reg(r), pair.naive(), name(access), access == Access::write);
    const Pair::Outcome outcome = pair.apply(access, r, value);
    ASSERT_EQ(outcome.wrong, "");
    if (outcome.refused) return void(++counts.refused);
    counts.result(outcome.before, outcome.after);
}

/// Any content in any register, locks, too.
void randomise(Pair& pair, std::mt19937& random) {
    for (std::size_t r = 0; r < pair.size(); ++r) pair.set(r, static_cast<std::uint32_t>(random()));
}

void compare_resets(Pair& pair, std::mt19937& random, Compared& counts) {
    for (const Access access : {Access::cold_reset, Access::warm_reset}) {
        randomise(pair, random);
        compare(pair, access, 0, 0, counts);  // of the whole block
        for (std::size_t r = 1; r < pair.size(); ++r) {
            counts.count(pair.reg(r), pair.naive(), name(access), false);
            counts.result(pair.word(r), pair.word(r));
        }
    }
}

TEST(Tables, DoWhatTheRdlSays) {
    Compared counts;
    std::mt19937 random(1);
    std::vector<Pair> blocks = properties::registers::pairs(RECONVERGE_JSON);
    for (Pair& pair : blocks) {
        counts.next_block();
        for (unsigned trial = 0; trial < kTrials; ++trial) {
            randomise(pair, random);
            for (std::size_t r = 0; r < pair.size(); ++r) {
                pair.set(r, word_of(trial % 7, random));
                compare(pair, Access::write, r, word_of(trial, random), counts);
                compare(pair, Access::read, r, 0, counts);
                compare(pair, Access::consume, r, 0, counts);
                if (HasFailure()) return;
            }
            compare_resets(pair, random, counts);
        }
    }
    counts.print(("tables of " + std::to_string(blocks.size()) + " block types").c_str());
    for (const std::string& kind : counts.kinds) {
        for (const char* access : {"write", "read", "consume", "cold reset", "warm reset"}) {
            EXPECT_EQ(counts.pairs.count(kind + " / " + access), 1u) << kind << " / " << access;
        }
        if (kind.find("swwe") == std::string::npos) continue;  // a lock has two states
        EXPECT_EQ(counts.pairs.count(kind + " / write locked"), 1u) << kind;
    }
    EXPECT_GT(counts.accesses, 0u);
    EXPECT_GT(counts.non_zero, 0u);
    EXPECT_GT(counts.changed, 0u);
}

}  // namespace
}  // namespace tests::registers
