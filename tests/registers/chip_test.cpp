// The kinds block on the model, accessed by address as the bridge does, against the naive interpreter.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/registers/compared.hpp"
#include "transports/model/chip.hpp"

namespace transports::model::blocks {

static std::uint32_t last_written = 0;
extern const Behaviour k_kinds;
const Behaviour k_kinds = [] {
    Behaviour b;
    b.written = [](Chip&, Instance, std::uint32_t, std::uint32_t, std::uint32_t value) { last_written = value; };
    return b;
}();

}  // namespace transports::model::blocks

namespace tests::registers {
namespace {

namespace model = transports::model;

constexpr hal::converge::Driver kNoDriver{nullptr, {}};
constexpr hal::converge::Services kNoServices{};
const hal::converge::TypeRow kTypes[] = {{"kinds", 0, {}, {}, &kNoDriver, false, false, 0, 0}};
constexpr hal::converge::InstanceRow kInstances[] = {{0x1000, 0, 0, 0, 1, 0, 0}};
const hal::converge::Chip kChip{"kinds", 1, 1, 0, {kTypes}, {kInstances}, nullptr, 1, kNoServices};

class KindsOnChip : public ::testing::Test {
protected:
    KindsOnChip() : layout(kChip), chip(layout), naive(described()) {}

    static nlohmann::json described() {
        std::ifstream file(RECONVERGE_JSON "/kinds.json");
        return nlohmann::json::parse(file);
    }
    void set(const NaiveRegister& r, std::uint32_t content) {
        naive.set_content(r, content);
        for (std::uint32_t w = 0; w < layout.type[0]->words.size(); ++w) {
            if (layout.type[0]->words[w].offset == r.address) chip.set_word(0, w, naive.content(r));
        }
    }
    void expect_same() const {
        for (const NaiveRegister& r : naive.registers()) {
            for (std::uint32_t w = 0; w < layout.type[0]->words.size(); ++w) {
                if (layout.type[0]->words[w].offset != r.address) continue;
                ASSERT_EQ(chip.word(0, w), naive.content(r)) << r.path;
            }
        }
    }
    /// Both refuse or both answer the same.
    void compare(const NaiveRegister& r, model::BusStatus status, std::optional<std::uint32_t> wanted,
                 std::uint32_t is) {
        const bool addressable = r.path != "kinds.hidden";
        const model::BusStatus refusal = addressable ? model::BusStatus::protected_ : model::BusStatus::decode_error;
        ASSERT_EQ(status, wanted ? model::BusStatus::ok : refusal) << r.path;
        if (wanted) {
            ASSERT_EQ(is, *wanted) << r.path;
            counts.result(0, is);
        } else {
            ++counts.refused;
            ++violations;
        }
        ASSERT_EQ(chip.monitor.violations, violations) << r.path;
    }
    void access(const NaiveRegister& r, std::uint32_t value) {
        std::uint32_t seen = 0;
        model::BusStatus status = chip.read(0x1000 + r.address, seen);
        counts.count(r, naive, "read", false);
        compare(r, status, naive.read(r), seen);

        status = chip.consume(0x1000 + r.address, seen);
        counts.count(r, naive, "consume", false);
        compare(r, status, naive.consume(r), seen);

        status = chip.write(0x1000 + r.address, value);
        counts.count(r, naive, "write");
        std::uint32_t pulsing = 0;
        for (const NaiveField& f : r.fields) pulsing |= f.pulse ? 1u << f.lsb : 0u;
        compare(r, status, naive.write(r, value), model::blocks::last_written & pulsing);
    }

    model::Layout layout;
    model::Chip chip;
    NaiveBlock naive;
    Compared counts;
    std::uint32_t violations = 0;
};

TEST_F(KindsOnChip, AccessesDoWhatTheRdlSays) {
    std::mt19937 random(2);
    expect_same();  // after power-on
    for (unsigned trial = 0; trial < 200 && !HasFatalFailure(); ++trial) {
        for (const NaiveRegister& any : naive.registers()) set(any, static_cast<std::uint32_t>(random()));
        for (const NaiveRegister& r : naive.registers()) {
            if (trial % 11 < 8) set(r, word_of(trial % 11, random));
            access(r, word_of(trial, random));
            expect_same();
            if (HasFatalFailure()) return;
        }
        trial % 2 == 0 ? chip.warm_reset() : chip.cold_reset();
        naive.reset(trial % 2 != 0);
        expect_same();
    }
    counts.print("kinds on the chip");
    EXPECT_GT(counts.accesses, 0u);
    EXPECT_GT(counts.non_zero, 0u);
    EXPECT_GT(counts.refused, 0u);
}

TEST_F(KindsOnChip, WhereNoRegisterIsNothingAnswers) {
    std::uint32_t seen = 0;
    for (const std::uint32_t address : {0x1FFCu, 0x1F00u, 0x0u, 0x2000u, 0xFFF000u}) {
        EXPECT_EQ(chip.read(address, seen), model::BusStatus::decode_error) << address;
        EXPECT_EQ(chip.write(address, 0), model::BusStatus::decode_error) << address;
    }
    expect_same();
}

}  // namespace
}  // namespace tests::registers
