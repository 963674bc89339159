#include "hal/blocks/mailbox/mailbox.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/mailbox.hpp"

namespace hal::blocks::mailbox {
namespace {

namespace r = hal::registers::mailbox;
using converge::Verdict;

struct MailboxTest : testing::Test {
    MailboxTest() : bench(kDriver, r::kWords) { bench.reset<r::Ctrl, r::Status, r::Limits, r::Channel>(); }
    void set_up() {
        bench.set<r::Status::Holder>(1);
        bench.decide();
        bench.apply();
        bench.set<r::Status::Holder>(0);
    }
    void message(std::uint32_t type, std::uint32_t length, std::uint32_t second) {
        bench.set<r::Peek::Word>(type << 16 | 0x21 << 8 | length, 0);
        bench.set<r::Peek::Word>(second, 1);
        bench.set<r::Status::Count>(4);
    }
    converge::Bench bench;
};

TEST_F(MailboxTest, TakesTheSemaphoreBeforeItSetsUp) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    ASSERT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.plan.items()[0].op, bus::Op::consume);
    EXPECT_EQ(bench.plan.items()[0].index, r::Semaphore::kIndex);
}

TEST_F(MailboxTest, WaitsForTheHostsSemaphoreAndThenGivesUp) {
    bench.set<r::Status::Holder>(2);
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.plan.items().size(), 0U);
}

TEST_F(MailboxTest, EveryPrefixOfTheSetUpGoesOnUnderTheInheritedSemaphoreAndGivesItBack) {
    bench.set<r::Status::Holder>(1);
    const auto reset = bench.words;
    const auto full = static_cast<std::uint32_t>(bench.decide().items().size());
    EXPECT_EQ(bench.place<r::Ctrl>(), static_cast<int>(full) - 2);
    for (std::uint32_t n = 0; n < full; ++n) {
        bench.words = reset;
        bench.decide();
        bench.apply(n);
        ASSERT_EQ(bench.decide().verdict(), Verdict::act) << n;
        ASSERT_EQ(bench.plan.items().size(), full - n) << n;
        ASSERT_EQ(bench.place<r::Semaphore>(), static_cast<int>(full - n) - 1) << n;
    }
}

TEST_F(MailboxTest, AnOrphanedSemaphoreIsGivenBack) {
    set_up();
    bench.set<r::Status::Holder>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.written<r::Semaphore>().word(), 0U);
}

TEST_F(MailboxTest, AGreetingIsAnsweredBeforeItIsRemoved) {
    set_up();
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    message(1, 4, 2);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Ack>(), 0U) << "the answer is seen first";
    EXPECT_EQ(bench.written<r::Reply>().get<r::Reply::Version>(), 2U);  // the older of the two sides' newest
    bench.apply();
    EXPECT_EQ(bench.decide().items().size(), 1U);  // killed before the acknowledgement: only that is missing
    EXPECT_EQ(bench.written<r::Ack>().word(), 0x21U);
}

TEST_F(MailboxTest, AHalfTakenMessageIsMadeWholeFirst) {
    set_up();
    message(1, 4, 3);
    bench.set<r::Status::HalfTaken>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.plan.items().size(), 1U);
    EXPECT_EQ(bench.written<r::Command>().word(), r::Command::Rewind::kMask);
}

TEST_F(MailboxTest, UnknownMessagesAreRefusedAndNonsenseIsFlushed) {
    set_up();
    message(9, 2, 0);
    bench.decide();
    EXPECT_EQ(bench.written<r::Reply>().get<r::Reply::Refused>(), 1U);
    message(1, 0, 0);
    bench.decide();
    EXPECT_TRUE(bench.plan.disruptive());
    EXPECT_EQ(bench.written<r::Command>().word(), r::Command::Flush::kMask);
}

TEST_F(MailboxTest, AskedOnceForAnotherGreetingTheHostIsGivenUp) {
    set_up();
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Command>(), 1U);
    bench.set<r::Status::Flushed>(1);
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
}

TEST_F(MailboxTest, AnAgreementOnTheIntendedVersionIsConvergedAnotherIsNot) {
    set_up();
    bench.set<r::Status::Greeted>(1);
    bench.set<r::Session::Newest>(5);
    bench.set<r::Session::Agreed>(bench.intent[kVersion]);
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
    bench.intent[kVersion] += 1;
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_TRUE(bench.plan.disruptive());
}

}  // namespace
}  // namespace hal::blocks::mailbox
