#include "hal/blocks/dma/dma.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "hal/registers/dma.hpp"

namespace hal::blocks::dma {
namespace {

namespace r = hal::registers::dma;
using converge::Verdict;

/// Registers of engine 3 of 32; hardware is idle while held or off.
class Dma : public testing::Test {
protected:
    Dma() { reset(); }

    void reset() {
        std::fill(std::begin(words_), std::end(words_), 0u);
        words_[r::Quiesce::kIndex] = r::Quiesce::kReset;
        words_[r::Status::kIndex] = r::Status::kReset;
        words_[r::Outstanding::kIndex] = r::Outstanding::kReset;
        words_[r::Qos::kIndex] = r::Qos::kReset;
        words_[r::Translation::kIndex] = r::Translation::kReset;
    }

    const converge::Plan& decide(std::uint32_t waited_us = 0) {
        plan_.clear();
        dma::decide({words_, intent_, 3, 32, waited_us, true, {}}, plan_);
        return plan_;
    }

    void carry_out(const converge::Plan& plan, std::size_t items) {
        for (std::size_t k = 0; k < items; ++k) {
            const converge::Item& item = plan.items()[k];
            if (item.index == r::Errors::kIndex) {
                words_[item.index] &= ~item.value;
            } else {
                words_[item.index] = item.after(words_[item.index]);
            }
        }
        const bool stands = (words_[r::Control::kIndex] & 1) == 0 || (words_[r::Quiesce::kIndex] & 1) != 0;
        words_[r::Status::kIndex] = stands ? 1 : 0;
    }

    void converge() {
        for (int k = 0; k < 5 && decide().verdict() == Verdict::act; ++k) carry_out(plan_, plan_.items().size());
        ASSERT_EQ(plan_.verdict(), Verdict::converged) << plan_.why();
    }

    std::uint32_t words_[r::kWords] = {};
    std::uint32_t intent_[9] = {12'000, 4, 1'024, 1'024, 16, 16, 5, 3, 500};
    converge::Plan plan_;
};

TEST_F(Dma, ConfiguresBeforeItEnablesAndReleasesLast) {
    const auto items = decide().items();
    ASSERT_EQ(plan_.verdict(), Verdict::act);
    ASSERT_GE(items.size(), 14u);
    EXPECT_EQ(items[items.size() - 2].index, r::Control::kIndex);
    EXPECT_EQ(items[items.size() - 1].index, r::Quiesce::kIndex);
    EXPECT_EQ(items[items.size() - 1].value, 0u);
}

TEST_F(Dma, ConvergesFromEveryPrefixOfItsAct) {
    const std::size_t all = decide().items().size();
    for (std::size_t n = 0; n <= all; ++n) {
        reset();
        decide();
        carry_out(plan_, n);
        converge();
    }
}

TEST_F(Dma, EnginesHaveRingsAndContextsOfTheirOwn) {
    converge();
    EXPECT_EQ(words_[r::RingBase::kIndex], 1'024u * 256 + 6 * 64);
    EXPECT_EQ(words_[r::RingBase::kIndex + r::RingBase::kIndexStride], 1'024u * 256 + 7 * 64);
    EXPECT_EQ(bus::Value<r::Translation>(words_[r::Translation::kIndex]).get<r::Translation::Context>(), 19u);
}

TEST_F(Dma, ReleasesAnOrphanedHoldUnderTraffic) {
    converge();
    words_[r::Quiesce::kIndex] = words_[r::Status::kIndex] = 1;
    decide();
    EXPECT_EQ(plan_.verdict(), Verdict::act);
    EXPECT_FALSE(plan_.disruptive());
    ASSERT_EQ(plan_.items().size(), 1u);
    EXPECT_EQ(plan_.items()[0].index, r::Quiesce::kIndex);
}

TEST_F(Dma, QuiescesAndWaitsBeforeGeometryMoves) {
    converge();
    words_[r::Rate::kIndex] ^= 1;
    decide();
    EXPECT_TRUE(plan_.disruptive());
    ASSERT_EQ(plan_.items().size(), 1u);
    EXPECT_EQ(plan_.items()[0].index, r::Quiesce::kIndex);
    words_[r::Quiesce::kIndex] = 1;
    EXPECT_EQ(decide(0).verdict(), Verdict::wait);
    EXPECT_TRUE(plan_.items().empty());
    words_[r::Status::kIndex] = 1;
    converge();
}

TEST_F(Dma, GivesUpOnAnEngineThatNeverDrains) {
    converge();
    words_[r::Rate::kIndex] ^= 1;
    words_[r::Quiesce::kIndex] = 1;
    EXPECT_EQ(decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_TRUE(plan_.items().empty());
}

TEST_F(Dma, AdjustsPrioritiesWhileTheEngineRuns) {
    converge();
    words_[r::Qos::kIndex] ^= 1;
    decide();
    EXPECT_EQ(plan_.verdict(), Verdict::act);
    EXPECT_FALSE(plan_.disruptive());
    EXPECT_EQ(plan_.items().size(), 1u);
    converge();
}

TEST_F(Dma, SwitchesOffAndOnWhereDescriptorsWereLost) {
    converge();
    words_[r::Errors::kIndex] = r::Errors::DescriptorLost::kMask;
    EXPECT_EQ(decide().items()[0].index, std::uint32_t{r::Quiesce::kIndex});
    carry_out(plan_, 1);
    const auto items = decide().items();
    ASSERT_EQ(items.size(), 4u);
    EXPECT_EQ(items[0].value & 1, 0u);
    EXPECT_EQ(items[1].index, r::Errors::kIndex);
    EXPECT_EQ(items[2].value & 1, 1u);
    converge();
}

}  // namespace
}  // namespace hal::blocks::dma
