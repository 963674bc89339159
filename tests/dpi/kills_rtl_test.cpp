// Death at every point of a boot over the RTL's pins: the process dies and its transfer completes unheard, or the
// microcontroller is reset in the middle of a frame. From each chip state that this leaves, a fresh HAL finishes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <random>
#include <set>

#include "tests/dpi/copies.hpp"
#include "tests/dpi/deaths.hpp"

namespace tests::dpi {
namespace {

using transports::dpi::default_policy;

std::uint64_t rss_kib() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t size = 0, resident = 0;
    statm >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

/// A boot at each of whose frames the HAL dies in a copy of the simulation; from each chip state that is new, a fresh
/// one finishes.
class Deaths {
public:
    explicit Deaths(std::uint64_t end) : end_(end) {}

    void walk(Path path, std::initializer_list<Death> deaths) {
        const Subject& subject = Subject::get();
        RtlSide rtl;
        rtl.start(subject.training, default_policy(), nullptr, path);
        std::uint64_t frames = 0;
        while (!rtl.host().idle() && !testing::Test::HasFailure()) {
            rtl.simulation.clock();
            if (!rtl.host().in_flight() || rtl.host().frames() == frames) continue;
            if (rtl.host().request().operation != transports::dpi::Operation::frame) continue;
            frames = rtl.host().frames();
            for (const Death death : deaths) die_here(rtl, death, frames);
        }
        EXPECT_TRUE(rtl.last().as_intended());
        EXPECT_EQ(subject.digest(rtl.words()), end_);
        const hal_report& report = rtl.last().report;
        std::printf(
            "boot of %u accesses in %llu frames (%llu bytes): died at %llu points in all, %zu distinct chip states, "
            "%llu recoveries, %llu of them to %016llx; worst %llu clocks, %llu words written in all\n",
            report.reads + report.writes, static_cast<unsigned long long>(frames),
            static_cast<unsigned long long>(rtl.last().link.wire_bytes), static_cast<unsigned long long>(points_),
            seen_.size(), static_cast<unsigned long long>(recoveries_), static_cast<unsigned long long>(recovered_),
            static_cast<unsigned long long>(end_), static_cast<unsigned long long>(clocks_),
            static_cast<unsigned long long>(writes_));
        EXPECT_GT(seen_.size(), 10U);
        EXPECT_GT(writes_, 0U);
    }

private:
    void die_here(RtlSide& rtl, Death death, std::uint64_t frame) {
        ++points_;
        // A reset falls into the request, so that nothing of it is executed; a death leaves it whole.
        const std::uint64_t at = 1 + frame * 97 % (8 * 4 * 18);
        const auto died = in_a_copy<Ending>([&] {
            Ending ending;
            die(rtl, death, at);
            ending.state = Subject::get().digest(rtl.words());
            if (seen_.count(ending.state) == 0) recover(rtl, ending);
            return ending;
        });
        ASSERT_TRUE(died.has_value()) << "frame " << frame;
        if (!died->whole) return;
        seen_.insert(died->state);
        ++recoveries_;
        clocks_ = std::max(clocks_, died->clocks);
        writes_ += died->writes;
        const bool good = died->recovered && died->end == end_;
        recovered_ += good ? 1 : 0;
        EXPECT_TRUE(good) << "frame " << frame << ": as intended " << died->recovered << ", the same state "
                          << (died->end == end_);
    }

    const std::uint64_t end_;
    std::set<std::uint64_t> seen_;
    std::uint64_t points_ = 0, recoveries_ = 0, recovered_ = 0, clocks_ = 0, writes_ = 0;
};

std::uint64_t end_of_boot() {
    RtlSide rtl;
    EXPECT_TRUE(rtl.run(Subject::get().training, default_policy()));
    const std::uint64_t end = Subject::get().digest(rtl.words());
    EXPECT_EQ(further_writes(rtl), 0U) << "from the state that all recoveries have to end in";
    return end;
}

TEST(RtlDeaths, AFreshHalRecoversFromEveryFrameAndEveryAccessOfTheBoot) {
    Deaths deaths(end_of_boot());
    deaths.walk(Path::pins, {Death::host, Death::process});
    deaths.walk(Path::single, {Death::process});
}

TEST(RtlKills, ACutAtAnyClockOfAFrameExecutesItWholeOrNotAtAll) {
    const Subject& subject = Subject::get();
    RtlSide rtl;
    rtl.start(subject.training, default_policy());
    // The first frames with writes are soon behind the claim.
    std::uint64_t frames = 0, cuts = 0, nothing = 0, whole = 0;
    while (whole == 0 && !rtl.host().idle()) {
        rtl.simulation.clock();
        if (!rtl.host().in_flight() || rtl.host().frames() == frames) continue;
        if (rtl.host().request().operation != transports::dpi::Operation::frame) continue;
        frames = rtl.host().frames();
        const std::uint64_t length = rtl.host().request().length * 32;
        std::set<std::uint64_t> states;
        for (std::uint64_t at = 1; at < length; at += 1 + length / 30) {
            const auto died = in_a_copy<Ending>([&] {
                Ending ending;
                die(rtl, Death::host, at);
                ending.state = subject.digest(rtl.words());
                return ending;
            });
            ASSERT_TRUE(died.has_value());
            ++cuts;
            states.insert(died->state);
        }
        EXPECT_LE(states.size(), 2U) << "frame " << frames;
        (states.size() == 2 ? whole : nothing) += 1;
    }
    std::printf("%llu cuts of %llu frames: one state or two, the second in the last of them\n",
                static_cast<unsigned long long>(cuts), static_cast<unsigned long long>(frames));
    EXPECT_EQ(whole, 1U);
}

TEST(RtlKills, FiveThousandDeathsLeaveNoMemoryBehind) {
    const Subject& subject = Subject::get();
    RtlSide rtl;
    std::mt19937 random(7);
    std::uint64_t before = 0, worst = 0;
    for (int i = 0; i < 5'000; ++i) {
        rtl.start(subject.training, default_policy());
        const std::uint64_t requests = rtl.host().requests() + 1 + random() % 3;
        const std::uint64_t clock = 1 + random() % 600;
        while (!rtl.host().idle() && (rtl.host().requests() < requests || rtl.host().clock_of_request() < clock)) {
            rtl.simulation.clock();
        }
        if (i % 2 == 0) {
            rtl.host().kill();
        } else {
            rtl.host().reset();
        }
        rtl.simulation.run();
        for (int k = 0; k < 8; ++k) rtl.simulation.clock();
        if (i == 100) before = rss_kib();
        if (i > 100) worst = std::max(worst, rss_kib());
    }
    std::printf("5,000 deaths: %llu KiB resident after 100 of them, %llu KiB at most afterwards; %zu stack mapped\n",
                static_cast<unsigned long long>(before), static_cast<unsigned long long>(worst),
                rtl.host().stacks().mapped());
    EXPECT_EQ(rtl.host().stacks().mapped(), 1U);
    EXPECT_LE(worst, before + 128);
    EXPECT_TRUE(rtl.run(subject.training, default_policy()));
}

}  // namespace
}  // namespace tests::dpi
