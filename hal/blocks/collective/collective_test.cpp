#include "hal/blocks/collective/collective.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "hal/registers/collective.hpp"

namespace hal::blocks::collective {
namespace {

namespace r = hal::registers::collective;
using converge::Verdict;

/// Registers of engine 7 of 8; hardware takes an address whose halves arrive in order, and greets on enable.
class Collective : public testing::Test {
protected:
    Collective() { reset(); }

    void reset() {
        std::fill(std::begin(words_), std::end(words_), 0u);
        words_[r::Flow::kIndex] = r::Flow::kReset;
    }

    const converge::Plan& decide(std::uint32_t waited_us = 0) {
        plan_.clear();
        collective::decide({words_, intent_, 7, 8, waited_us, true, {}}, plan_);
        return plan_;
    }

    void carry_out(const converge::Plan& plan, std::size_t items) {
        std::uint32_t waiting = r::BufferAddressLow::kCount;
        std::uint32_t& status = words_[r::Status::kIndex];
        for (std::size_t k = 0; k < items; ++k) {
            const converge::Item& item = plan.items()[k];
            if (item.index == r::Errors::kIndex) {
                words_[item.index] &= ~item.value;
                continue;
            }
            words_[item.index] = item.after(words_[item.index]);
            for (std::uint32_t b = 0; b < r::BufferAddressLow::kCount; ++b) {
                if (item.index == r::BufferAddressLow::kIndex + b * r::BufferAddressLow::kIndexStride) {
                    status &= ~(0x10u << b);
                    waiting = b;
                }
                if (item.index == r::BufferAddressHigh::kIndex + b * r::BufferAddressHigh::kIndexStride) {
                    if (waiting == b) status |= 0x10u << b;
                }
            }
            if (item.index == r::Control::kIndex) status = (status & ~1u) | (item.value & 1);
        }
    }

    void converge() {
        for (int k = 0; k < 4 && decide().verdict() == Verdict::act; ++k) carry_out(plan_, plan_.items().size());
        ASSERT_EQ(plan_.verdict(), Verdict::converged) << plan_.why();
    }

    std::uint32_t words_[r::kWords] = {};
    std::uint32_t intent_[9] = {1, 2, 8, 512, 131'104, 64, 16, 15, 100};
    converge::Plan plan_;
};

TEST_F(Collective, ConfiguresEverythingBeforeItEnables) {
    const auto items = decide().items();
    ASSERT_EQ(plan_.verdict(), Verdict::act);
    EXPECT_FALSE(plan_.disruptive());
    ASSERT_GE(items.size(), 20u);
    EXPECT_EQ(items[items.size() - 1].index, r::Control::kIndex);
}

TEST_F(Collective, ConvergesFromEveryPrefixOfItsAct) {
    const std::size_t all = decide().items().size();
    for (std::size_t n = 0; n <= all; ++n) {
        reset();
        decide();
        carry_out(plan_, n);
        converge();
    }
}

TEST_F(Collective, TheLastEnginePassesOnToTheFirst) {
    converge();
    const bus::Value<r::Neighbours> neighbours(words_[r::Neighbours::kIndex]);
    EXPECT_EQ(neighbours.get<r::Neighbours::Next>(), 0u);
    EXPECT_EQ(neighbours.get<r::Neighbours::Previous>(), 6u);
}

TEST_F(Collective, WritesBothHalvesOfAnAddressThatWasNotTaken) {
    converge();
    words_[r::Status::kIndex] &= ~0x20u;  // the registers of buffer 1 still look right
    const auto items = decide().items();
    ASSERT_EQ(plan_.verdict(), Verdict::act);
    ASSERT_EQ(items.size(), 4u);
    EXPECT_EQ(items[1].index + 1, items[2].index);
    EXPECT_EQ(items[1].index, r::BufferAddressLow::kIndex + r::BufferAddressLow::kIndexStride);
}

TEST_F(Collective, TakesAWorkingEngineOutOnlyInADrain) {
    converge();
    words_[r::Chunk::kIndex] ^= 1;
    decide();
    EXPECT_TRUE(plan_.disruptive());
    EXPECT_EQ(plan_.items()[0].index, r::Control::kIndex);
    EXPECT_EQ(plan_.items()[0].value & r::Control::Enable::kMask, 0u);
    converge();
}

TEST_F(Collective, ReadyProvesNothingAboutTheConfiguration) {
    words_[r::Status::kIndex] = words_[r::Control::kIndex] = 1;
    EXPECT_EQ(decide().verdict(), Verdict::act);
}

TEST_F(Collective, WaitsForItsNeighboursAndGivesUpWithTheEngineOff) {
    converge();
    words_[r::Status::kIndex] &= ~1u;
    EXPECT_EQ(decide(0).verdict(), Verdict::wait);
    EXPECT_EQ(decide(r::Status::kLatencyMaxUs - 1).verdict(), Verdict::wait);
    EXPECT_EQ(decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    ASSERT_EQ(plan_.items().size(), 1u);
    EXPECT_EQ(plan_.items()[0].value & r::Control::Enable::kMask, 0u);
}

TEST_F(Collective, AdjustsPatienceWhileTheEngineWorks) {
    converge();
    words_[r::Timeout::kIndex] = 1;
    words_[r::Errors::kIndex] = r::Errors::kReset | 7;
    EXPECT_FALSE(decide().disruptive());
    converge();
    EXPECT_EQ(words_[r::Errors::kIndex], 0u);
}

}  // namespace
}  // namespace hal::blocks::collective
