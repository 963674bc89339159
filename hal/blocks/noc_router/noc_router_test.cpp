#include "hal/blocks/noc_router/noc_router.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "hal/registers/noc_router.hpp"

namespace hal::blocks::noc_router {
namespace {

namespace r = hal::registers::noc_router;
using converge::Verdict;

/// Registers of router 9 of 32 and just enough hardware to carry out a plan: a commit signs the shadow.
class NocRouter : public testing::Test {
protected:
    NocRouter() { reset(); }

    void reset() {
        std::fill(std::begin(words_), std::end(words_), 0u);
        for (std::uint32_t c = 0; c < r::Credit::kCount; ++c) {
            words_[r::Credit::kIndex + c] = r::Credit::kReset;
            words_[r::Threshold::kIndex + c] = r::Threshold::kReset;
        }
        words_[r::Arbitration::kIndex] = r::Arbitration::kReset;
        words_[r::Timeout::kIndex] = r::Timeout::kReset;
        sign(true);
    }

    void sign(bool empty = false) {
        std::uint32_t s = ~0u;
        for (std::uint32_t d = 0; d < r::Route::kCount; ++d) {
            s = (s >> 1) ^ ((s & 1) * 0xEDB88320u) ^ (empty ? 0 : words_[r::Route::kIndex + d]);
        }
        words_[r::ActiveDigest::kIndex] = s;
    }

    const converge::Plan& decide() {
        plan_.clear();
        noc_router::decide({words_, intent_, 9, 32, 0, true, {}}, plan_);
        return plan_;
    }

    void carry_out(const converge::Plan& plan, std::size_t items) {
        for (std::size_t k = 0; k < items; ++k) {
            const converge::Item& item = plan.items()[k];
            if (item.index == r::Commit::kIndex) {
                sign();
                words_[r::TableStatus::kIndex] = 0;
            } else if (item.index == r::Errors::kIndex) {
                words_[item.index] &= ~item.value;
            } else {
                words_[item.index] = item.after(words_[item.index]);
                if (item.index >= r::Route::kIndex) words_[r::TableStatus::kIndex] = 1;
            }
        }
    }

    void converge() {
        for (int k = 0; k < 4 && decide().verdict() == Verdict::act; ++k) carry_out(plan_, plan_.items().size());
        ASSERT_EQ(plan_.verdict(), Verdict::converged) << plan_.why();
    }

    std::uint32_t port(std::uint32_t d) const {
        return bus::Value<r::Route>(words_[r::Route::kIndex + d]).get<r::Route::Port>();
    }

    std::uint32_t words_[r::kWords] = {};
    std::uint32_t intent_[5] = {0, 32, 40, 96, 200};
    converge::Plan plan_;
};

TEST_F(NocRouter, CommitsAfterTheLastRouteAndEnablesAfterTheCommit) {
    const auto items = decide().items();
    ASSERT_EQ(plan_.verdict(), Verdict::act);
    ASSERT_GE(items.size(), 36u);
    EXPECT_EQ(items[items.size() - 3].index, r::Route::kIndex + 31);
    EXPECT_EQ(items[items.size() - 2].index, r::Commit::kIndex);
    EXPECT_EQ(items[items.size() - 1].index, r::Control::kIndex);
}

TEST_F(NocRouter, ConvergesFromEveryPrefixOfItsAct) {
    const std::size_t all = decide().items().size();
    for (std::size_t n = 0; n <= all; ++n) {
        reset();
        decide();
        carry_out(plan_, n);
        converge();
    }
}

TEST_F(NocRouter, TravelsInTheFirstDimensionFirst) {
    converge();
    EXPECT_EQ(port(9), std::uint32_t{r::Route::Port::kHere});
    EXPECT_EQ(port(31), std::uint32_t{r::Route::Port::kEast});
    EXPECT_EQ(port(0), std::uint32_t{r::Route::Port::kWest});
    EXPECT_EQ(port(25), std::uint32_t{r::Route::Port::kSouth});
    intent_[kRouting] = 1;
    EXPECT_TRUE(decide().disruptive());
    converge();
    EXPECT_EQ(port(31), std::uint32_t{r::Route::Port::kSouth});
    EXPECT_EQ(port(0), std::uint32_t{r::Route::Port::kNorth});
}

TEST_F(NocRouter, DoesNotTakeTheShadowForTheActiveTable) {
    converge();
    sign(true);  // the same shadow above an empty table
    decide();
    EXPECT_EQ(plan_.verdict(), Verdict::act);
    EXPECT_TRUE(plan_.disruptive());
    EXPECT_EQ(plan_.items()[0].index, r::Commit::kIndex);
}

TEST_F(NocRouter, RepairsAStrayShadowUnderTraffic) {
    converge();
    words_[r::Route::kIndex + 5] ^= 2;
    decide();
    EXPECT_EQ(plan_.verdict(), Verdict::act);
    EXPECT_FALSE(plan_.disruptive());
    EXPECT_EQ(plan_.items().size(), 2u);
    converge();
}

TEST_F(NocRouter, MovesBuffersOnlyWhileOff) {
    converge();
    words_[r::Credit::kIndex + 2] ^= 1;
    decide();
    EXPECT_TRUE(plan_.disruptive());
    EXPECT_EQ(plan_.items()[0].index, r::Control::kIndex);
    EXPECT_EQ(plan_.items()[0].value & r::Control::Enable::kMask, 0u);
    converge();
}

TEST_F(NocRouter, BringsARouterBackThatLostItsCredits) {
    converge();
    words_[r::Errors::kIndex] = r::Errors::CreditLost::kMask;
    const auto items = decide().items();
    EXPECT_FALSE(plan_.disruptive());
    ASSERT_EQ(items.size(), 3u);
    EXPECT_EQ(items[0].value & r::Control::Enable::kMask, 0u);
    EXPECT_EQ(items[1].value, r::Errors::CreditLost::kMask);
    EXPECT_EQ(items[2].value & r::Control::Enable::kMask, 1u);
    converge();
}

TEST_F(NocRouter, AcknowledgesOldErrorsWithoutDisturbance) {
    converge();
    words_[r::Errors::kIndex] = r::Errors::NoRoute::kMask | r::Errors::Stalled::kMask;
    decide();
    EXPECT_EQ(plan_.verdict(), Verdict::act);
    EXPECT_FALSE(plan_.disruptive());
    converge();
}

}  // namespace
}  // namespace hal::blocks::noc_router
