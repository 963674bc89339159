#include "chaos/shards/met_states.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "chaos/small_scenario_test.hpp"

namespace chaos::shards {
namespace {

using certificate::Certificate;
using transports::model::Chip;
using transports::model::Layout;
using transports::model::Snapshot;

struct MetStatesTest : testing::Test {
    MetStatesTest() : layout(*small.scenario.chip), chip(layout), start(chip.snapshot()) {}
    ~MetStatesTest() override { std::filesystem::remove(file); }

    /// Some cells flipped, also in bits that are no part of a state.
    Snapshot another(std::uint32_t seed) {
        for (std::uint32_t cell = seed % 7; cell < layout.cells; cell += 1 + seed) {
            chip.set_cell(cell, chip.cell(cell) ^ (seed * 0x9E3779B9u));
        }
        return chip.snapshot();
    }
    MetStates read() const { return {Certificate::read(file, kStates), layout, start}; }

    const SmallScenario small{hal::chip::Type::odc};
    const Layout layout;
    Chip chip;
    const Snapshot start;
    const std::string file =
        testing::TempDir() + "met_states_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(MetStatesTest, ComeBackInTheirOrderButForWhatIsNoPartOfThem) {
    MetStatesWriter writer(layout, start);
    std::vector<std::pair<EdgePath, Snapshot>> all;
    for (std::uint32_t n = 0; n < 20; ++n) all.push_back({{n / 4, 2 * n}, another(n)});
    for (const auto& [path, state] : all) writer.add(path, state);
    writer.write(file, {});
    MetStates states = read();
    std::size_t compared = 0, left_out = 0;
    for (const auto& [path, state] : all) {
        ASSERT_TRUE(states.next());
        EXPECT_EQ(states.path(), path);
        EXPECT_EQ(states.state().hash, state.hash);
        for (std::uint32_t cell = 0; cell < layout.cells; ++cell, ++compared) {
            const std::uint32_t mask = layout.hash_mask[cell];
            ASSERT_EQ(states.state().cells[cell], (state.cells[cell] & mask) | (start.cells[cell] & ~mask));
            left_out += states.state().cells[cell] != state.cells[cell] ? 1 : 0;
        }
    }
    EXPECT_FALSE(states.next());
    EXPECT_GT(left_out, 0U);
    std::cout << compared << " words compared, " << left_out << " of them left out of their states\n";
}

TEST_F(MetStatesTest, NoneIsAFileToo) {
    MetStatesWriter(layout, start).write(file, {});
    EXPECT_FALSE(read().next());
}

TEST_F(MetStatesTest, AWrongOrderIsRefused) {
    MetStatesWriter writer(layout, start);
    writer.add({2, 1}, another(1));
    writer.add({2, 1}, another(2));
    writer.write(file, {});
    MetStates states = read();
    EXPECT_TRUE(states.next());
    EXPECT_THROW(states.next(), certificate::Refused);
}

TEST_F(MetStatesTest, AStateWithAnotherHashIsRefused) {
    MetStatesWriter writer(layout, start);
    Snapshot state = another(1);
    state.hash.low ^= 1;
    writer.add({1}, state);
    writer.write(file, {});
    MetStates states = read();
    EXPECT_THROW(states.next(), certificate::Refused);
}

}  // namespace
}  // namespace chaos::shards
