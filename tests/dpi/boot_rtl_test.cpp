// The same HAL over the pins of the RTL and over the model's link: the same registers afterwards, the same accesses.
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>

#include "tests/dpi/bench.hpp"

namespace tests::dpi {
namespace {

using transports::dpi::default_policy;

void expect_equal(RtlSide& rtl, const ModelSide& model, const char* when) {
    const Comparison c = Subject::get().compare(rtl.words(), model.words());
    std::printf("%s: %zu words, %zu fields compared, %zu of them not zero, %zu differ\n", when, c.words, c.fields,
                c.non_zero, c.differences.size());
    EXPECT_EQ(c.differences.size(), 0U) << c.text();
    EXPECT_GT(c.non_zero, 0U);
}

void print_run(const char* what, RtlSide& rtl) {
    const Process& p = rtl.last();
    std::printf(
        "%s: %u of %zu as intended, %u reads, %u writes, %u waits; %llu frames, %llu bytes, %llu busy, %llu "
        "repeated; %llu clocks, %llu us\n",
        what, p.report.converged + p.report.off, p.states.size(), p.report.reads, p.report.writes, p.report.waits,
        static_cast<unsigned long long>(p.link.frames), static_cast<unsigned long long>(p.link.wire_bytes),
        static_cast<unsigned long long>(p.link.busy), static_cast<unsigned long long>(p.link.retries),
        static_cast<unsigned long long>(rtl.simulation.clocks()),
        static_cast<unsigned long long>(rtl.host().now() / 1000));
}

TEST(RtlReset, EveryStoredWordIsThatOfTheModel) {
    RtlSide rtl;
    const ModelSide model;
    expect_equal(rtl, model, "after cold reset");
}

TEST(RtlBoot, TheSameHalBootsBothToTheSameRegisters) {
    RtlSide rtl;
    ModelSide model;
    EXPECT_TRUE(model.run(Subject::get().training, default_policy()));
    const std::clock_t start = std::clock();
    EXPECT_TRUE(rtl.run(Subject::get().training, default_policy()));
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    print_run("boot", rtl);
    std::printf("boot: %.2f s of CPU\n", seconds);
    EXPECT_EQ(rtl.last().link.frames, model.link.frames);
    EXPECT_EQ(rtl.last().link.busy, 0U);
    expect_equal(rtl, model, "after boot");

    // A further HAL finds everything as it is.
    const Words before = rtl.words();
    EXPECT_TRUE(rtl.run(Subject::get().training, default_policy()));
    EXPECT_EQ(rtl.last().report.writes, 0U);
    print_run("resume", rtl);
    EXPECT_EQ(Subject::get().digest(rtl.words()), Subject::get().digest(before));
    EXPECT_TRUE(model.run(Subject::get().training, default_policy()));
    expect_equal(rtl, model, "after resume");

    // Live update under traffic.
    rtl.let_pass(10'000);
    model.chip.advance(10'000);
    expect_equal(rtl, model, "under traffic");
    EXPECT_TRUE(model.run(Subject::get().inference, with_drain()));
    EXPECT_TRUE(rtl.run(Subject::get().inference, with_drain()));
    print_run("update", rtl);
    EXPECT_GT(rtl.last().report.writes, 0U);
    expect_equal(rtl, model, "after update");
}

TEST(RtlBoot, OneAccessInEachFrameBootsToTheSameRegisters) {
    RtlSide rtl;
    ModelSide model;
    EXPECT_TRUE(model.run(Subject::get().training, default_policy()));
    const std::clock_t start = std::clock();
    rtl.start(Subject::get().training, default_policy(), nullptr, Path::single);
    EXPECT_TRUE(rtl.simulation.run());
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    EXPECT_TRUE(rtl.last().as_intended());
    print_run("boot, an access in each frame", rtl);
    const auto frames = static_cast<double>(rtl.last().link.frames);
    std::printf("%.0f frames in %.2f s of CPU: %.0f frames a second\n", frames, seconds, frames / seconds);
    EXPECT_GT(rtl.last().link.frames, 10 * model.link.frames);
    expect_equal(rtl, model, "after that boot");
}

TEST(RtlBoot, AHostThatDoesNotPauseIsAnsweredBusyAndGetsThereAllTheSame) {
    const Subject& subject = Subject::get();
    RtlSide rtl;
    rtl.host().pauses = false;
    EXPECT_TRUE(rtl.run(subject.training, default_policy()));
    print_run("boot without pauses", rtl);
    EXPECT_GT(rtl.last().link.busy + rtl.last().link.retries, 0U);
    ModelSide model;
    EXPECT_TRUE(model.run(subject.training, default_policy()));
    // It has waited longer; what counts down is over on both sides by then.
    rtl.let_pass(1'000'000);
    model.chip.advance(1'000'000);
    const Comparison c = subject.compare(rtl.words(), model.words());
    std::printf("after it: %zu fields compared, %zu not zero, %zu differ\n", c.fields, c.non_zero,
                c.differences.size());
    EXPECT_EQ(c.differences.size(), 0U) << c.text();
    EXPECT_GT(c.non_zero, 0U);
}

struct Boot {
    std::uint64_t clocks, digest;
    bool operator==(const Boot& o) const { return clocks == o.clocks && digest == o.digest; }
};

Boot boot(unsigned power_on) {
    RtlSide rtl(power_on);
    EXPECT_TRUE(rtl.run(Subject::get().training, default_policy()));
    const std::uint64_t clocks = rtl.simulation.clocks();
    return {clocks, Subject::get().digest(rtl.words())};
}

TEST(RtlBoot, RepeatedRunsTakeTheSameClocksAndEndInTheSameState) {
    const Boot first = boot(0);
    for (int run = 1; run < 3; ++run) EXPECT_EQ(boot(0), first);
    std::printf("3 boots: %llu clocks and state %016llx each\n", static_cast<unsigned long long>(first.clocks),
                static_cast<unsigned long long>(first.digest));
}

/// A simulator with two states shows no X; a register that nobody initialises shows by what it starts as.
TEST(RtlBoot, NothingDependsOnWhatPowerOnLeavesInRegistersWithoutReset) {
    const Boot zeros = boot(0);
    for (unsigned power_on = 1; power_on <= 4; ++power_on) EXPECT_EQ(boot(power_on), zeros) << power_on;
    std::printf("4 boots from random power-on contents: %llu clocks and state %016llx, as from zeros\n",
                static_cast<unsigned long long>(zeros.clocks), static_cast<unsigned long long>(zeros.digest));
}

}  // namespace
}  // namespace tests::dpi
