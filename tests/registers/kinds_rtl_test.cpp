// What the SystemVerilog generator makes of every kind of field, against the naive interpreter of the RDL.
#include <Vheron_kinds.h>
#include <gtest/gtest.h>
#include <verilated.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "tests/registers/compared.hpp"

namespace tests::registers {
namespace {

constexpr unsigned kRounds = 40;

/// The block's module at its register bus; ports are packed structs of transports/dpi/rtl/heron_pkg.sv.
class Rtl {
public:
    Rtl() : pins_(&context_) {
        pins_.all_parents = 1;
        pins_.psel = 1;
        reset(true);
    }
    ~Rtl() { pins_.final(); }

    void reset(bool cold) {
        pins_.rst_n = cold ? 0 : 1;
        pins_.env[2] = cold ? 0 : 1u << 5;  // warm
        clock();
        pins_.rst_n = 1;
        pins_.env[2] = 0;
        clock();
    }
    std::optional<std::uint32_t> read(std::uint32_t address) { return transfer(address, 0); }
    std::optional<std::uint32_t> consume(std::uint32_t address) { return transfer(address, kConsume); }
    bool write(std::uint32_t address, std::uint32_t value) { return transfer(address, kWrite | value).has_value(); }
    std::uint32_t stored(std::uint32_t number) { return *transfer(4 * number, kScan); }

private:
    static constexpr std::uint64_t kEnable = 1ull << 47, kWrite = 1ull << 46, kConsume = 1ull << 45, kScan = 1ull << 44;

    void clock() {
        pins_.clk = 0;
        pins_.eval();
        pins_.clk = 1;
        pins_.eval();
    }
    std::optional<std::uint32_t> transfer(std::uint32_t address, std::uint64_t rest) {
        pins_.request = kEnable | rest | std::uint64_t{address & 0xFFF} << 32;
        clock();
        const std::uint64_t reply = pins_.apb_reply;
        EXPECT_EQ(reply >> 34, 1u) << "an answer after one wait state";
        pins_.request = 0;
        clock();
        return (reply >> 33 & 1) != 0 ? std::nullopt : std::optional(static_cast<std::uint32_t>(reply));
    }

    VerilatedContext context_;
    Vheron_kinds pins_;
};

TEST(KindsRtl, DoesWhatTheRdlSays) {
    std::ifstream file(std::string(RECONVERGE_JSON) + "/kinds.json");
    NaiveBlock block{nlohmann::json::parse(file)};
    const std::vector<NaiveRegister>& registers = block.registers();
    ASSERT_TRUE(std::is_sorted(registers.begin(), registers.end(),
                               [](const auto& a, const auto& b) { return a.address < b.address; }));
    Rtl rtl;
    Compared counts;
    std::mt19937 random(1);
    const auto same = [&](const char* what, const NaiveRegister& r) {
        for (std::uint32_t n = 0; n < registers.size(); ++n) {
            ASSERT_EQ(rtl.stored(n), block.content(registers[n]))
                << registers[n].path << " after " << what << " " << r.path;
        }
    };
    same("power-on", registers[0]);
    for (unsigned round = 0; round < kRounds && !HasFailure(); ++round) {
        for (const NaiveRegister& r : registers) {
            if (r.address >= 0xF00) continue;  // internal: no access reaches it
            const std::uint32_t word = word_of(round, random), before = block.content(r);
            counts.count(r, block, "write");
            const bool taken = block.write(r, word).has_value();
            ASSERT_EQ(rtl.write(r.address, word), taken) << r.path;
            same("writing", r);
            counts.count(r, block, "read", false);
            ASSERT_EQ(rtl.read(r.address), block.read(r)) << r.path;
            counts.count(r, block, "consume", false);
            ASSERT_EQ(rtl.consume(r.address), block.consume(r)) << r.path;
            same("consuming", r);
            counts.result(before, block.content(r));
            counts.refused += taken ? 0 : 1;
        }
        const bool cold = round % 4 == 3;
        block.reset(cold);
        rtl.reset(cold);
        for (const NaiveRegister& r : registers) counts.count(r, block, cold ? "cold reset" : "warm reset", false);
        same("a reset of", registers[0]);
    }
    counts.print("RTL of the kinds block");
    for (const std::string& kind : counts.kinds) {
        for (const char* access : {"cold reset", "warm reset"}) {
            EXPECT_EQ(counts.pairs.count(kind + " / " + access), 1u) << kind << " / " << access;
        }
    }
    EXPECT_GT(counts.non_zero, 0u);
    EXPECT_GT(counts.changed, 0u);
    EXPECT_GT(counts.refused, 0u);
}

}  // namespace
}  // namespace tests::registers
