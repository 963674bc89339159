#include "hal/blocks/firewall/firewall.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "hal/registers/firewall.hpp"

namespace hal::blocks::firewall {
namespace {

namespace r = hal::registers::firewall;
using converge::Verdict;

constexpr std::uint32_t kLock = r::RegionCtrl::Lock::kMask;

/// Registers of firewall 2 of 16; hardware signs the regions, takes policies in pairs and sets locks.
class Firewall : public testing::Test {
protected:
    Firewall() { reset(); }

    void reset() {
        std::fill(std::begin(words_), std::end(words_), 0u);
        words_[r::Control::kIndex] = r::Control::kReset;
        words_[r::DefaultPolicy::kIndex] = r::DefaultPolicy::kReset;
        words_[r::LogInfo::kIndex] = 0x80000020;
        sign();
    }

    void sign() {
        std::uint32_t s = ~0u;
        for (std::uint32_t k = 0; k < 3 * r::RegionBase::kCount; ++k) {
            const std::uint32_t word = words_[r::RegionBase::kIndex + k] & (k % 3 == 2 ? ~kLock : ~0u);
            s = (s >> 1) ^ ((s & 1) * 0xEDB88320u) ^ word;
        }
        words_[r::ConfigDigest::kIndex] = s;
    }

    const converge::Plan& decide() {
        plan_.clear();
        firewall::decide({words_, intent_, 2, 16, 0, true, {}}, plan_);
        return plan_;
    }

    void carry_out(const converge::Plan& plan, std::size_t items) {
        std::uint32_t staged = ~0u;
        for (std::size_t k = 0; k < items; ++k) {
            const converge::Item& item = plan.items()[k];
            if (item.op == bus::Op::read) continue;
            if (item.index == r::LogInfo::kIndex) {
                words_[item.index] = 0;
            } else if (item.index == r::DefaultPolicy::kIndex) {
                if (staged == item.value) words_[item.index] = item.value;
                staged = item.value;
            } else {
                words_[item.index] = item.after(words_[item.index]);
            }
        }
        sign();
    }

    void step() {
        decide();
        carry_out(plan_, plan_.items().size());
    }

    static bool is_ctrl(std::uint32_t word) {
        return word >= r::RegionBase::kIndex && (word - r::RegionBase::kIndex) % 3 == 2;
    }
    std::uint32_t& ctrl(std::uint32_t k) { return words_[r::RegionCtrl::kIndex + k * r::RegionCtrl::kIndexStride]; }
    std::uint32_t& base(std::uint32_t k) { return words_[r::RegionBase::kIndex + k * r::RegionBase::kIndexStride]; }

    void converge() {
        for (int k = 0; k < 7 && decide().verdict() == Verdict::act; ++k) carry_out(plan_, plan_.items().size());
        ASSERT_EQ(plan_.verdict(), Verdict::converged) << plan_.why();
    }

    std::uint32_t words_[r::kWords] = {};
    std::uint32_t intent_[7] = {4'096, 512, 7, 16, 4, 0, 0};
    converge::Plan plan_;
};

TEST_F(Firewall, KeepsTheRecordBeforeItFreesTheLog) {
    words_[r::LogAddress::kIndex] = 0x1234;
    const auto items = decide().items();
    ASSERT_EQ(items.size(), 4u);
    EXPECT_EQ(items[0].index, r::SavedAddress::kIndex);
    EXPECT_EQ(items[0].value, 0x1234u);
    EXPECT_EQ(items[1].index, r::SavedInfo::kIndex);
    EXPECT_EQ(items[2].op, bus::Op::read);
    EXPECT_EQ(items[3].op, bus::Op::read);
    carry_out(plan_, 4);
    ASSERT_EQ(decide().items().size(), 1u);
    EXPECT_EQ(plan_.items()[0].index, r::LogInfo::kIndex);
}

TEST_F(Firewall, LocksEveryRegionInTheEnd) {
    converge();
    for (std::uint32_t k = 0; k < r::RegionCtrl::kCount; ++k) EXPECT_NE(ctrl(k) & kLock, 0u) << k;
    EXPECT_EQ(base(1), (4'096u + 2 * 512) * 16);
}

TEST_F(Firewall, ConvergesFromEveryPrefixOfEveryAct) {
    for (int acts = 0; acts < 4; ++acts) {
        for (std::size_t n = 0, all = 1; n <= all; ++n) {
            reset();
            for (int k = 0; k < acts; ++k) step();
            all = decide().items().size();
            carry_out(plan_, n);
            converge();
        }
    }
}

TEST_F(Firewall, SetsNoLockTogetherWithARegion) {
    for (int acts = 0; acts < 5; ++acts) {
        bool programs = false, locks = false;
        for (const converge::Item& item : decide().items()) {
            const bool lock = is_ctrl(item.index) && (item.value & kLock) != 0;
            locks |= lock;
            programs |= item.index >= r::RegionBase::kIndex && !lock;
        }
        EXPECT_FALSE(programs && locks);
        carry_out(plan_, plan_.items().size());
    }
}

TEST_F(Firewall, LocksNothingWithoutTheHardwaresSignature) {
    for (int acts = 0; acts < 3; ++acts) step();
    words_[r::ConfigDigest::kIndex] ^= 1;
    ASSERT_EQ(decide().verdict(), Verdict::act);
    EXPECT_EQ(plan_.items().size(), 4u * r::RegionBase::kCount);
    for (const converge::Item& item : plan_.items()) EXPECT_FALSE(is_ctrl(item.index) && (item.value & kLock) != 0);
}

TEST_F(Firewall, ShutsARegionThatIsOpenBeforeItMoves) {
    for (int acts = 0; acts < 3; ++acts) step();
    base(3) ^= 1;
    sign();
    const auto items = decide().items();
    ASSERT_EQ(items.size(), 4u);
    EXPECT_EQ(items[0].value, 0u);
    EXPECT_EQ(items[0].index, items[3].index);
    EXPECT_TRUE(plan_.disruptive());
}

TEST_F(Firewall, AsksForAResetWhereALockedRegionDiffers) {
    converge();
    intent_[kInitiators] = 3;
    EXPECT_EQ(decide().verdict(), Verdict::needs_reset);
    EXPECT_TRUE(plan_.items().empty());
}

TEST_F(Firewall, LocksTheOthersWhenOneIsStuck) {
    step();
    ctrl(5) = kLock;
    sign();
    for (int k = 0; k < 4 && decide().verdict() == Verdict::act; ++k) carry_out(plan_, plan_.items().size());
    EXPECT_EQ(plan_.verdict(), Verdict::needs_reset);
    EXPECT_NE(ctrl(4) & kLock, 0u);
    EXPECT_NE(ctrl(6) & kLock, 0u);
}

TEST_F(Firewall, WritesThePolicyTwiceInARow) {
    converge();
    words_[r::DefaultPolicy::kIndex] ^= 1;
    const auto items = decide().items();
    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[0].value, items[1].value);
    EXPECT_EQ(items[0].index, r::DefaultPolicy::kIndex);
    converge();
}

}  // namespace
}  // namespace hal::blocks::firewall
