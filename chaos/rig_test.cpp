#include "chaos/rig.hpp"

#include <gtest/gtest.h>

#include "hal/blocks/core/core.hpp"
#include "hal/chip/heron.hpp"
#include "hal/registers/core.hpp"

namespace chaos {
namespace {

namespace core = hal::registers::core;
using hal::chip::Type;
using hal::converge::Policy;
using hal::converge::State;
using transports::model::Instance;

/// A quarter of Heron, with the intent that it starts with.
struct RigTest : testing::Test {
    std::uint8_t type(Type t) const { return static_cast<std::uint8_t>(t); }
    Instance first(Type t) const { return rig.chip.find(type(t), 0); }
    void want_core(Instance i, bool enabled) {
        intended.words[hal::converge::intent_offset(layout.chip, i) + hal::blocks::core::kEnabled] = enabled ? 1 : 0;
    }
    State state(Instance i) const { return rig.states()[i].state; }
    /// Blocks below `core`: everything that can be reached only through it.
    std::vector<Instance> below(Instance gate) const {
        std::vector<Instance> found;
        for (Instance i = 0; i < layout.gate.size(); ++i) {
            if (layout.gate[i] == gate) found.push_back(i);
        }
        return found;
    }

    transports::model::Layout layout{*hal::chip::heron(1, 4)};
    Rig rig{layout};
    Intended intended = initial_intended(layout.chip);
};

TEST_F(RigTest, TheWholeChipComesUpAndASecondHalWritesNothing) {
    const auto boot = rig.run(intended, {});
    ASSERT_TRUE(boot.result);
    EXPECT_TRUE(boot.result->complete());
    const auto again = rig.run(intended, {});
    ASSERT_TRUE(again.result);
    EXPECT_EQ(again.result->writes, 0U);
    EXPECT_EQ(rig.chip.monitor.violations, 0U) << rig.chip.monitor.first_violation;
}

TEST_F(RigTest, ACoreThatTheIntentSwitchesOffIsCompleteAndItsEnginesAreLeftAlone) {
    const Instance off = first(Type::core);
    want_core(off, false);
    const auto boot = rig.run(intended, {});
    ASSERT_TRUE(boot.result);
    EXPECT_TRUE(boot.result->complete());
    EXPECT_EQ(state(off), State::off);
    const auto engines = below(off);
    ASSERT_EQ(engines.size(), 5U);
    for (const Instance i : engines) EXPECT_EQ(state(i), State::off);
    EXPECT_EQ(boot.result->off, 6U);
    EXPECT_EQ(rig.chip.monitor.violations, 0U) << rig.chip.monitor.first_violation;
    EXPECT_EQ(rig.run(intended, {}).result->writes, 0U);
    rig.chip.advance(10'000);
    EXPECT_GT(rig.chip.monitor.steps, 0U) << "traffic runs on the other cores";
}

TEST_F(RigTest, AFusedOffCoreIsBrokenIfWantedAndOffIfNot) {
    const Instance fused = first(Type::core);
    rig.chip.set<core::Status::FusedOff>(fused, 1);
    const auto wanted = rig.run(intended, {});
    ASSERT_TRUE(wanted.result);
    EXPECT_EQ(wanted.result->broken, 1U);
    EXPECT_EQ(wanted.result->blocked, 5U);
    want_core(fused, false);
    const auto degraded = rig.run(intended, {});
    ASSERT_TRUE(degraded.result);
    EXPECT_TRUE(degraded.result->complete());
    EXPECT_EQ(state(fused), State::off);
    EXPECT_EQ(rig.chip.monitor.violations, 0U) << rig.chip.monitor.first_violation;
}

TEST_F(RigTest, BlocksBelowAStoppedParentWaitForItsDrainUntouched) {
    const Instance off = first(Type::core);
    want_core(off, false);
    ASSERT_TRUE(rig.run(intended, {}).result);
    rig.chip.advance(10'000);
    ASSERT_TRUE(rig.chip.traffic_running());
    want_core(off, true);
    const auto live = rig.run(intended, {});
    ASSERT_TRUE(live.result);
    EXPECT_EQ(live.result->broken, 0U);
    EXPECT_EQ(live.result->writes, 0U);
    EXPECT_EQ(state(off), State::deferred);
    for (const Instance i : below(off)) EXPECT_EQ(state(i), State::deferred);
    EXPECT_EQ(rig.chip.monitor.violations, 0U) << rig.chip.monitor.first_violation;
    Policy drain;
    drain.drain = true;
    EXPECT_TRUE(rig.run(intended, drain).result->complete());
    EXPECT_EQ(rig.chip.monitor.disturbances, 0U) << rig.chip.monitor.first_disturbance;
}

TEST_F(RigTest, ARunningCoreGoesOffOnlyAfterADrain) {
    ASSERT_TRUE(rig.run(intended, {}).result);
    rig.chip.advance(10'000);
    const Instance on = first(Type::core);
    want_core(on, false);
    EXPECT_EQ(rig.run(intended, {}).result->writes, 0U);
    EXPECT_EQ(state(on), State::deferred);
    Policy drain;
    drain.drain = true;
    EXPECT_TRUE(rig.run(intended, drain).result->complete());
    EXPECT_EQ(state(on), State::off);
    EXPECT_EQ(rig.chip.monitor.disturbances, 0U) << rig.chip.monitor.first_disturbance;
}

}  // namespace
}  // namespace chaos
