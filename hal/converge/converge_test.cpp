// length: one engine, one table of behaviours; groups of tests are marked.
// The engine on a chip of plain arrays: order, batching, waiting, traffic, failures, bounds.
#include <gtest/gtest.h>

#include "hal/converge/fake_chip_test.hpp"

namespace hal::converge::fake {
namespace {

using bus::Code;
using bus::Effect;

constexpr std::uint32_t kGate = 4;  // address of the traffic register

class Converge : public ::testing::Test {
protected:
    Converge() : words(intent_words(kChip)), workspace(workspace_size(kChip) / 8 + 1) {
        initial_intent(kChip, {words.data(), words.size()});
        policy.deadline_ns = 50'000'000;
    }

    std::uint32_t& intent(std::uint16_t i, std::uint32_t field = 0) { return words[intent_offset(kChip, i) + field]; }
    bus::Result<Report> run() {
        Intent wanted;
        wanted.words = bus::Span<const std::uint32_t>(words.data(), words.size());
        if (!groups.empty()) wanted.groups = bus::Span<const std::uint8_t>(groups.data(), groups.size());
        wanted.digest = digest(wanted);
        hardware.writes.clear();
        hardware.batches.clear();
        hardware.waits = 0;
        return converge(hardware, kChip, wanted, policy,
                        {reinterpret_cast<std::uint8_t*>(workspace.data()), workspace.size() * 8}, states);
    }
    Report good() {
        const bus::Result<Report> report = run();
        EXPECT_TRUE(report.has_value()) << (report ? "" : name(report.error().code));
        return report ? *report : Report{};
    }
    std::size_t writes_to(std::uint32_t i) const {
        std::size_t count = 0;
        for (const std::uint32_t address : hardware.writes) count += address / 0x1000 == i ? 1u : 0u;
        return count;
    }
    void traffic() { hardware.words[kSys][1] = kOpen | kActive; }
    bool given_up(std::uint32_t i) const { return ((hardware.words[kSys][kVerdictWord] >> i) & 1u) != 0; }

    Hardware hardware;
    std::vector<std::uint32_t> words;
    std::vector<std::uint8_t> groups;
    std::vector<std::uint64_t> workspace;
    Policy policy;
    InstanceState states[kInstances];
};

TEST_F(Converge, BootsInWavesAndTouchesNothingGated) {
    const Report report = good();
    EXPECT_EQ(report.converged, kInstances);
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.writes, 2u + 4 * 2 + 1);  // rails, units, gate
    EXPECT_EQ(hardware.writes.size(), report.writes);
    EXPECT_EQ(hardware.writes[0] / 0x1000, kRails);
    EXPECT_EQ(hardware.writes[1] / 0x1000, kRails + 1);
    EXPECT_EQ(hardware.writes.back(), kGate);
    EXPECT_EQ(hardware.gated_accesses, 0u);
    EXPECT_EQ(hardware.waits, 1u);  // both rails rise while one is waited for
    EXPECT_EQ(report.elapsed_ns, kRailUs * 1000u);
}

TEST_F(Converge, ObservesInBulkAndActsBlockByBlock) {
    good();
    // Wave 0; rails: look, each in a batch of guard, write and status, both after the wait; units: look, each; again.
    // Gate.
    const std::vector<std::uint32_t> expected{2, 2, 3, 3, 2, 4, 3, 3, 3, 3, 2, 2, 4, 2};
    EXPECT_EQ(hardware.batches, expected);
}

TEST_F(Converge, HealthyChipIsOneSweepWithoutWrites) {
    good();
    const Report report = good();
    EXPECT_EQ(report.converged, kInstances);
    EXPECT_EQ(report.writes, 0u);
    EXPECT_EQ(report.passes, 1u);
    EXPECT_EQ(report.waits, 0u);
    EXPECT_EQ(report.reads, 4u + 2 * 3 + 4 * 3 + 1);
    EXPECT_EQ(report.batches, 3u);
    EXPECT_TRUE(hardware.writes.empty());
}

TEST_F(Converge, DiesAnywhereAndTheNextOneGetsThere) {
    Hardware whole = hardware;
    good();
    std::uint32_t done[kInstances][4];
    std::copy(&hardware.words[0][0], &hardware.words[0][0] + 4 * kInstances, &done[0][0]);
    std::uint32_t points = 0;
    for (bool died = true; died; ++points) {
        hardware = whole;
        hardware.fail_after = points;
        died = !run().has_value();
        hardware.fail_after = ~0u;
        EXPECT_TRUE(good().complete()) << points;
        EXPECT_TRUE(std::equal(&done[0][0], &done[0][0] + 4 * kInstances, &hardware.words[0][0])) << points;
        EXPECT_EQ(good().writes, 0u) << points;
    }
    EXPECT_GT(points, 30u);
}

TEST_F(Converge, LinkErrorsComeThrough) {
    hardware.fail_after = 3;
    const bus::Result<Report> report = run();
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, Code::link_down);
    EXPECT_EQ(report.error().effect, Effect::unknown);
    EXPECT_EQ(report.error().instance, kRails + 1);
}

TEST_F(Converge, WritesNothingToAWrongChip) {
    for (const std::uint32_t identity : {0u, 0x4321u, 0xFFFFFFFFu}) {
        hardware.words[kSys][0] = identity;
        const bus::Result<Report> report = run();
        ASSERT_FALSE(report.has_value());
        EXPECT_EQ(report.error().code, Code::wrong_chip);
        EXPECT_EQ(report.error().effect, Effect::none);
        EXPECT_EQ(report.error().value, identity);
        EXPECT_TRUE(hardware.writes.empty());
    }
    hardware.dead[kSys] = true;
    EXPECT_EQ(run().error().code, Code::wrong_chip);
}

TEST_F(Converge, LooksOnlyIfToldSo) {
    policy.apply = false;
    const Report report = good();
    EXPECT_EQ(report.pending, 6u);
    EXPECT_EQ(report.converged, 2u);
    EXPECT_TRUE(hardware.writes.empty());
}

TEST_F(Converge, RefusesBadArguments) {
    std::uint8_t* const memory = reinterpret_cast<std::uint8_t*>(workspace.data());
    const std::uint8_t group[3] = {};
    const Image image[1] = {};
    const auto code = [&](Intent wanted, std::size_t bytes) {
        const bus::Result<Report> report = converge(hardware, kChip, wanted, policy, {memory, bytes});
        EXPECT_FALSE(report.has_value());
        EXPECT_EQ(report.error().effect, Effect::none);
        return report.error().code;
    };
    const std::size_t enough = workspace_size(kChip);
    const Intent fits{{words.data(), words.size()}, {}, {}, 1};
    EXPECT_EQ(code(fits, enough - 1), Code::workspace);
    Intent bad = fits;
    bad.digest = 0;
    EXPECT_EQ(code(bad, enough), Code::invalid_argument);
    bad = fits;
    bad.words = {words.data(), words.size() - 1};
    EXPECT_EQ(code(bad, enough), Code::invalid_argument);
    bad = fits;
    bad.groups = {group};
    EXPECT_EQ(code(bad, enough), Code::invalid_argument);
    bad = fits;
    bad.images = {image};
    EXPECT_EQ(code(bad, enough), Code::invalid_argument);
    EXPECT_TRUE(hardware.batches.empty());
}

// --- blocks that don't get there

TEST_F(Converge, BrokenBlockIsIsolatedAndStopsNobodyElse) {
    hardware.stuck[kRails + 1] = true;
    const Report report = good();
    EXPECT_EQ(states[kRails + 1].state, State::broken);
    EXPECT_EQ(hardware.words[kRails + 1][0], 0u);  // isolated
    EXPECT_TRUE(given_up(kRails + 1));
    EXPECT_EQ(states[kUnits + 2].state, State::blocked);
    EXPECT_EQ(states[kUnits + 3].state, State::blocked);
    EXPECT_EQ(report.converged, 5u);
    EXPECT_EQ(report.broken, 1u);
    EXPECT_EQ(report.blocked, 2u);
    EXPECT_EQ(hardware.gated_accesses, 0u);

    EXPECT_EQ(good().broken, 1u);  // a fresh one believes the verdict
    EXPECT_TRUE(hardware.writes.empty());
}

TEST_F(Converge, VerdictHoldsUntilRetryOrAnotherIntent) {
    hardware.stuck[kRails] = true;
    good();
    hardware.stuck[kRails] = false;
    EXPECT_EQ(good().broken, 1u);
    hardware.words[kSys][1] = 0;
    Hardware before = hardware;
    policy.retry = true;
    EXPECT_TRUE(good().complete());
    EXPECT_EQ(hardware.words[kSys][kVerdictWord], 0u);

    hardware = before;
    policy.retry = false;
    intent(kOdd) = kFine + 9;  // means nothing, but is another intent
    EXPECT_TRUE(good().complete());
}

TEST_F(Converge, VerdictOnABlockWithoutParentsIsBelieved) {
    intent(kOdd) = kBroken;
    EXPECT_EQ(good().broken, 1u);
    EXPECT_EQ(writes_to(kOdd), 1u);
    EXPECT_EQ(good().broken, 1u);
    EXPECT_TRUE(hardware.writes.empty());
    hardware.words[kSys][1] = 0;
    EXPECT_EQ(good().broken, 1u);
    EXPECT_EQ(hardware.writes, std::vector<std::uint32_t>{kGate});
}

TEST_F(Converge, RetryTriesOnce) {
    intent(kOdd) = kBroken;
    good();
    policy.retry = policy.drain = true;
    for (const std::uint32_t gate : {0u, kOpen}) {
        hardware.words[kSys][1] = gate;
        EXPECT_EQ(good().broken, 1u);
        EXPECT_EQ(writes_to(kOdd), 1u);
        EXPECT_TRUE(given_up(kOdd));
    }
}

TEST_F(Converge, UnreachableBlockIsTriedAgainThenGivenUp) {
    hardware.dead[kUnits] = true;
    const Report report = good();
    EXPECT_EQ(states[kUnits].state, State::broken);
    EXPECT_STREQ(states[kUnits].why, "the chip refuses access to it");
    EXPECT_EQ(report.converged, kInstances - 1);
    EXPECT_GE(report.passes, 3u);
    EXPECT_EQ(good().writes, 0u);
}

TEST_F(Converge, RefusedWriteCostsNoOtherBlockItsPlaceInTheBatch) {
    hardware.deaf[kRails] = Hardware::kAlways;
    const Report report = good();
    EXPECT_EQ(states[kRails].state, State::broken);
    EXPECT_EQ(states[kRails + 1].state, State::converged) << states[kRails + 1].why;
    EXPECT_EQ(states[kUnits + 3].state, State::converged);
    EXPECT_EQ(report.broken, 1u);
    EXPECT_EQ(report.blocked, 2u);
}

TEST_F(Converge, RefusedPostedWriteIsBlamedOnItsOwnBlockAndNothingIsSentTwice) {
    good();
    const Hardware booted = hardware;
    for (const std::uint32_t deaf : {kUnits, kUnits + 1, kUnits + 3}) {
        hardware = booted;
        hardware.words[kSys][1] = 0;
        hardware.posts = true;
        hardware.deaf[deaf] = Hardware::kAlways;
        policy.guards = false;
        for (std::uint32_t i = kUnits; i < kOdd; ++i) ++intent(static_cast<std::uint16_t>(i));
        const Report report = good();
        EXPECT_EQ(states[deaf].state, State::broken);
        EXPECT_STREQ(states[deaf].why, "the chip refuses access to it");
        EXPECT_EQ(report.converged, kInstances - 1);
        for (std::uint32_t i = kUnits; i < kOdd; ++i) EXPECT_EQ(writes_to(i), i == deaf ? 0u : 1u) << i;
    }
}

TEST_F(Converge, ActsAreBounded) {
    intent(kOdd) = kActsForEver;
    EXPECT_EQ(good().broken, 1u);
    EXPECT_STREQ(states[kOdd].why, "its driver acts again and again without converging");
    EXPECT_EQ(writes_to(kOdd), 2 * 64u) << "looked at as a whole once, then tried again";
}

TEST_F(Converge, PlanThatIsTooLongIsNotCarriedOut) {
    intent(kOdd) = kOverflows;
    EXPECT_EQ(good().broken, 1u);
    EXPECT_EQ(writes_to(kOdd), 0u);
    EXPECT_TRUE(given_up(kOdd));
}

TEST_F(Converge, NeedsResetAndOffAreReported) {
    intent(kOdd) = kNeedsReset;
    Report report = good();
    EXPECT_EQ(report.needs_reset, 1u);
    EXPECT_FALSE(report.complete());
    EXPECT_STREQ(states[kOdd].why, "locked");
    intent(kOdd) = kOff;
    report = good();
    EXPECT_EQ(report.off, 1u);
    EXPECT_TRUE(report.complete());
}

// --- time

TEST_F(Converge, EndsAtItsDeadline) {
    intent(kOdd) = kWaitsForEver;
    policy.deadline_ns = 5'500'000;
    const bus::Result<Report> report = run();
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, Code::deadline);
    EXPECT_EQ(report.error().effect, Effect::done);
    EXPECT_EQ(report.error().elapsed_ns, policy.deadline_ns);
    EXPECT_EQ(hardware.waits, 6u);
}

TEST_F(Converge, DeadlineHoldsForASlowLinkToo) {
    hardware.access_takes = 1'000'000;
    policy.deadline_ns = 20'000'000;
    const bus::Result<Report> report = run();
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, Code::deadline);
    EXPECT_LT(report.error().elapsed_ns, policy.deadline_ns + 20'000'000) << "one batch more at most";
}

TEST_F(Converge, WaitingForNoTimeEndsToo) {
    intent(kOdd) = kWaitsNoTime;
    policy.deadline_ns = 100'000;
    EXPECT_EQ(run().error().code, Code::deadline);
}

TEST_F(Converge, SlowLinkIsNotTakenForSlowHardware) {
    for (std::uint64_t us = 10; us <= 400; us += 10) {
        hardware = Hardware();
        hardware.access_takes = us * 1000;
        hardware.rise_us = kRailMaxUs - 50;
        EXPECT_TRUE(good().complete()) << us << " us per access: " << states[kRails].why << states[kRails + 1].why;
    }
}

// --- traffic

TEST_F(Converge, UnderTrafficOnlyWhatDisturbsIsDeferred) {
    good();
    traffic();
    intent(kUnits, 0) = 12;     // config: may change any time
    intent(kUnits + 1, 1) = 4;  // mode: may not
    const Report report = good();
    EXPECT_EQ(report.deferred, 1u);
    EXPECT_EQ(states[kUnits + 1].state, State::deferred);
    EXPECT_STREQ(states[kUnits + 1].why, "other mode");
    EXPECT_EQ(hardware.words[kUnits][0], 12u);
    EXPECT_EQ(hardware.writes, std::vector<std::uint32_t>{0x3000});
    EXPECT_EQ(good().writes, 0u);
}

TEST_F(Converge, AtomicGroupIsDeferredAsOne) {
    good();
    traffic();
    groups = {0, 0, 0, 1, 1, 2, 0, 0};
    intent(kUnits, 0) = 12;
    intent(kUnits + 1, 1) = 4;
    intent(kUnits + 2, 0) = 13;
    EXPECT_EQ(good().deferred, 2u);
    EXPECT_EQ(states[kUnits].state, State::deferred);
    EXPECT_EQ(hardware.words[kUnits][0], 11u);
    EXPECT_EQ(hardware.words[kUnits + 2][0], 13u);  // another group
}

TEST_F(Converge, LooksBelowAParentThatIsToChangeButWorks) {
    good();
    traffic();
    policy.apply = false;
    intent(kRails) = 800;
    intent(kUnits, 0) = 12;
    intent(kUnits + 1, 1) = 4;
    const Report report = good();
    EXPECT_EQ(states[kRails].state, State::deferred);
    EXPECT_EQ(states[kUnits].state, State::pending);
    EXPECT_STREQ(states[kUnits].why, "other config");
    EXPECT_EQ(states[kUnits + 1].state, State::deferred);
    EXPECT_EQ(report.deferred, 2u);
}

TEST_F(Converge, AtomicGroupIsHeldWhileAMemberHidesBehindAParentThatIsDown) {
    good();
    traffic();
    hardware.words[kRails + 1][0] = hardware.words[kRails + 1][2] = 0;  // down: units 2 and 3 can't be seen
    groups = {0, 0, 0, 1, 0, 1, 0, 0};
    intent(kUnits, 0) = 12;     // harmless by itself
    intent(kUnits + 2, 1) = 4;  // needs a drain, which shows only behind the rail
    rail_is_harmless = true;
    const Report report = good();
    EXPECT_EQ(states[kRails + 1].state, State::converged);
    EXPECT_EQ(states[kUnits].state, State::deferred);
    EXPECT_EQ(states[kUnits + 2].state, State::deferred);
    EXPECT_EQ(report.deferred, 2u);
    EXPECT_EQ(writes_to(kUnits), 0u);

    intent(kUnits + 2, 1) = 3;  // nothing needs one
    hardware.words[kRails + 1][0] = hardware.words[kRails + 1][2] = 0;
    EXPECT_TRUE(good().complete());
    EXPECT_EQ(hardware.words[kUnits][0], 12u);
    rail_is_harmless = false;
}

TEST_F(Converge, DrainsIfAllowedAndOpensTheGateAgain) {
    good();
    traffic();
    intent(kUnits + 1, 1) = 4;
    policy.drain = true;
    const Report report = good();
    EXPECT_TRUE(report.complete());
    const std::vector<std::uint32_t> expected{kGate, 0x4004, kGate};
    EXPECT_EQ(hardware.writes, expected);
    EXPECT_EQ(hardware.words[kSys][1], kOpen);
}

TEST_F(Converge, DrainThatDoesNotEndIsADeadline) {
    good();
    traffic();
    intent(kUnits + 1, 1) = 4;
    policy.drain = true;
    policy.drain_us = 1000;
    hardware.drain_takes = 5'000'000;
    const bus::Result<Report> report = run();
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, Code::deadline);
    EXPECT_EQ(hardware.words[kUnits + 1][1], 3u);
    EXPECT_EQ(hardware.words[kSys][1] & kOpen, kOpen) << "traffic may go on";
}

TEST_F(Converge, DrainThatRunsIntoTheDeadlineOpensTheGateToo) {
    good();
    traffic();
    intent(kUnits + 1, 1) = 4;
    policy.drain = true;
    policy.deadline_ns = 1'000'000;
    hardware.drain_takes = 5'000'000;
    EXPECT_EQ(run().error().code, Code::deadline);
    EXPECT_EQ(hardware.words[kSys][1] & kOpen, kOpen) << "traffic may go on";
}

TEST_F(Converge, AGateThatIsUpsetWhileItDrainsIsShutAgain) {
    good();
    traffic();
    intent(kUnits + 1, 1) = 4;
    policy.drain = true;
    hardware.drain_takes = 500'000;
    hardware.after_wait = [](Hardware& h) {
        if (h.waits == 1) h.words[kSys][1] |= kOpen;
    };
    EXPECT_TRUE(good().complete());
    const std::vector<std::uint32_t> expected{kGate, kGate, 0x4004, kGate};
    EXPECT_EQ(hardware.writes, expected);
}

TEST_F(Converge, AGateThatRefusesAWriteIsLookedAtAgain) {
    for (const std::uint32_t refusals : {1u, 3u, Hardware::kAlways}) {
        hardware = {};
        intent(kUnits + 1, 1) = 3;
        policy.drain = false;
        good();
        traffic();
        intent(kUnits + 1, 1) = 4;
        policy.drain = true;
        hardware.deaf[kSys] = refusals;
        const bus::Result<Report> report = run();
        if (refusals == Hardware::kAlways) {
            EXPECT_EQ(report.error().code, Code::deadline) << "one that always does";
            continue;
        }
        ASSERT_TRUE(report.has_value()) << refusals;
        EXPECT_TRUE(report->complete());
        EXPECT_EQ(hardware.words[kUnits + 1][1], 4u);
        EXPECT_EQ(hardware.words[kSys][1], kOpen);
    }
}

TEST_F(Converge, WhoIsFencedOffWhileItDrainsSaysSoWhetherTheGateIsOpenOrShutMeanwhile) {
    for (const std::uint32_t gate : {kOpen, 0U}) {
        hardware = {};
        good();
        traffic();
        intent(kUnits + 1, 1) = 4;
        policy.drain = true;
        policy.drain_us = 1000;
        hardware.after_wait = [gate](Hardware& h) {
            h.fenced = true;
            h.words[kSys][1] = gate | kActive;
            h.drained_at = ~bus::Nanoseconds{0};
        };
        const bus::Result<Report> report = run();
        ASSERT_FALSE(report.has_value());
        EXPECT_EQ(report.error().code, Code::fenced) << gate;
        EXPECT_EQ(hardware.writes, std::vector<std::uint32_t>{kGate}) << "its own, before it was fenced off";
        intent(kUnits + 1, 1) = 3;
        policy.drain = false;
    }
}

TEST_F(Converge, ABrokenBlockIsIsolatedOnlyAfterADrain) {
    good();
    traffic();
    hardware.words[kOdd][0] = 7;
    intent(kOdd) = kBroken;
    const Report under_traffic = good();
    EXPECT_EQ(under_traffic.deferred, 1u);
    EXPECT_STREQ(states[kOdd].why, "dead");
    EXPECT_EQ(hardware.words[kOdd][0], 7u);
    EXPECT_FALSE(given_up(kOdd));

    policy.drain = true;
    EXPECT_EQ(good().broken, 1u);
    EXPECT_EQ(hardware.words[kOdd][0], 0u);
    EXPECT_TRUE(given_up(kOdd));
}

TEST_F(Converge, FreshOneReleasesAnOrphanedHold) {
    good();
    hardware.words[kSys][1] = kActive;  // somebody shut the gate and died
    hardware.drained_at = ~bus::Nanoseconds{0};
    intent(kUnits + 1, 1) = 4;
    EXPECT_EQ(good().deferred, 1u);
    EXPECT_EQ(hardware.words[kSys][1], kOpen | kActive);
}

TEST_F(Converge, FailedGuardMeansLookingAgain) {
    good();
    hardware.words[kSys][1] = 0;
    intent(kUnits + 1, 1) = 4;
    hardware.before_guard = [](Hardware& h) { h.words[kSys][1] = kOpen | kActive; };  // traffic starts just then
    const Report report = good();
    EXPECT_EQ(report.deferred, 1u);
    EXPECT_EQ(hardware.words[kUnits + 1][1], 3u);
    EXPECT_TRUE(hardware.writes.empty());
}

TEST_F(Converge, WithoutGuardsNoneIsSent) {
    policy.guards = false;
    EXPECT_TRUE(good().complete());
    EXPECT_EQ(hardware.guards, 0u);
}

}  // namespace
}  // namespace hal::converge::fake
