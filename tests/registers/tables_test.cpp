// The model's generated tables against the naive interpreter: every register of every block type.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/registers/compared.hpp"
#include "transports/model/semantics.hpp"

namespace tests::registers {
namespace {

namespace model = transports::model;

constexpr unsigned kTrials = 64;

/// One block type twice: as the tables have it and as the RDL says.
class Pair {
public:
    Pair(const model::TypeRow& type, const nlohmann::json& described) : naive(described), type_(type) {
        for (const NaiveRegister& r : naive.registers()) word_.push_back(find(r.address));
        words_.resize(type.words.size());
    }

    const model::WordRow& row(std::size_t r) const { return type_.words[word_[r]]; }
    bool complete() const { return words_.size() == naive.registers().size(); }

    /// Any content in any register, the same on both sides.
    void randomise(std::mt19937& random) {
        for (std::size_t r = 0; r < word_.size(); ++r) set(r, static_cast<std::uint32_t>(random()));
    }
    void set(std::size_t r, std::uint32_t content) {
        naive.set_content(naive.registers()[r], content);
        words_[word_[r]] = naive.content(naive.registers()[r]);
    }
    std::uint32_t& word(std::size_t r) { return words_[word_[r]]; }
    bool locked(std::size_t r) const { return model::is_locked(row(r), words_[row(r).lock_word]); }
    std::string differences() const {
        for (std::size_t r = 0; r < word_.size(); ++r) {
            const std::uint32_t wanted = naive.content(naive.registers()[r]), is = words_[word_[r]];
            if (wanted == is) continue;
            char line[64];
            std::snprintf(line, sizeof line, ": %#x, should be %#x", is, wanted);
            return naive.registers()[r].path + line;
        }
        return "";
    }

    NaiveBlock naive;

private:
    std::size_t find(std::uint32_t address) const {
        for (std::size_t w = 0; w < type_.words.size(); ++w) {
            if (type_.words[w].offset == address) return w;
        }
        ADD_FAILURE() << type_.name << " has no word at " << address;
        return 0;
    }

    const model::TypeRow& type_;
    std::vector<std::size_t> word_;
    std::vector<std::uint32_t> words_;
};

void compare_write(Pair& pair, std::size_t r, std::uint32_t value, Compared& counts) {
    const NaiveRegister& reg = pair.naive.registers()[r];
    counts.count(reg, pair.naive, "write");
    const std::uint32_t old = pair.word(r);
    const bool locked = pair.locked(r);
    const auto pulses = pair.naive.write(reg, value);
    ASSERT_EQ(pair.row(r).writable() != 0, pulses.has_value()) << reg.path;
    if (!pulses) return void(++counts.refused);
    pair.word(r) = model::after_write(pair.row(r), old, value, locked);
    EXPECT_EQ(model::without_locked_pulses(pair.row(r), value, locked) & pair.row(r).pulse, *pulses) << reg.path;
    counts.result(old, pair.word(r));
}

void compare_reads(Pair& pair, std::size_t r, Compared& counts) {
    const NaiveRegister& reg = pair.naive.registers()[r];
    const std::uint32_t old = pair.word(r);
    counts.count(reg, pair.naive, "read", false);
    const auto seen = pair.naive.read(reg);
    ASSERT_EQ(model::reads_freely(pair.row(r)), seen.has_value()) << reg.path;
    if (seen) {
        EXPECT_EQ(old & pair.row(r).readable, *seen) << reg.path;
        counts.result(old, *seen);
    } else {
        ++counts.refused;
    }
    counts.count(reg, pair.naive, "consume", false);
    const auto consumed = pair.naive.consume(reg);
    ASSERT_EQ(pair.row(r).readable != 0, consumed.has_value()) << reg.path;
    if (!consumed) return void(++counts.refused);
    EXPECT_EQ(old & pair.row(r).readable, *consumed) << reg.path;
    pair.word(r) = model::after_consume(pair.row(r), old);
    counts.result(old, pair.word(r));
}

void compare_resets(Pair& pair, std::mt19937& random, Compared& counts) {
    for (const bool cold : {true, false}) {
        pair.randomise(random);
        pair.naive.reset(cold);
        for (std::size_t r = 0; r < pair.naive.registers().size(); ++r) {
            const std::uint32_t old = pair.word(r);
            counts.count(pair.naive.registers()[r], pair.naive, cold ? "cold reset" : "warm reset", false);
            pair.word(r) = model::after_reset(pair.row(r), old, cold);
            counts.result(old, pair.word(r));
        }
        ASSERT_EQ(pair.differences(), "");
    }
}

TEST(Tables, DoWhatTheRdlSays) {
    Compared counts;
    std::mt19937 random(1);
    unsigned blocks = 0;
    for (const model::TypeRow& type : model::type_rows()) {
        std::ifstream file(std::filesystem::path(RECONVERGE_JSON) / (std::string(type.name) + ".json"));
        ASSERT_TRUE(file) << "no description of block " << type.name << " in " << RECONVERGE_JSON;
        Pair pair(type, nlohmann::json::parse(file));
        ASSERT_TRUE(pair.complete()) << type.name;
        ++blocks;
        counts.next_block();
        for (unsigned trial = 0; trial < kTrials; ++trial) {
            pair.randomise(random);  // locks, too
            for (std::size_t r = 0; r < pair.naive.registers().size(); ++r) {
                pair.set(r, word_of(trial % 7, random));
                compare_write(pair, r, word_of(trial, random), counts);
                ASSERT_EQ(pair.differences(), "");
                compare_reads(pair, r, counts);
                ASSERT_EQ(pair.differences(), "");
            }
            compare_resets(pair, random, counts);
        }
    }
    counts.print(("tables of " + std::to_string(blocks) + " block types").c_str());
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
