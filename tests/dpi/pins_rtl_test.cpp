// Faults at the pins while the HAL boots the chip: the link repairs them or the HAL starts again; the chip ends as
// intended either way.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "tests/dpi/bench.hpp"

namespace tests::dpi {
namespace {

using transports::dpi::default_policy;
using transports::dpi::Operation;

struct Fault {
    const char* name;
    int pin;
    unsigned clocks;  ///< How long it lasts.
};

constexpr Fault kFaults[] = {
    {"a flipped bit on MOSI", transports::dpi::kMosi, 4},
    {"a flipped bit on MISO", transports::dpi::kMiso, 4},
    {"a glitch on SCLK", transports::dpi::kSclk, 1},
    {"chip select lost for a moment", transports::dpi::kChipSelect, 3},
    {"chip select lost for a byte", transports::dpi::kChipSelect, 32},
};

/// Strikes once in `gap` clocks of frames on the average; the same each time.
class Striker {
public:
    Striker(const Fault& fault, unsigned seed, unsigned gap) : fault_(fault), random_(seed), gap_(gap) { aim(); }

    int operator()(const Host& host) {
        if (host.request().operation != Operation::frame) return 0;
        if (--next_ > 0) return 0;
        if (next_ == 0) ++strikes;
        if (next_ <= -static_cast<std::int64_t>(fault_.clocks)) aim();
        return fault_.pin;
    }
    std::uint64_t strikes = 0;

private:
    void aim() { next_ = 1 + static_cast<std::int64_t>(random_() % (2 * gap_)); }

    const Fault fault_;
    std::mt19937 random_;
    const unsigned gap_;
    std::int64_t next_ = 0;
};

class RtlPins : public testing::TestWithParam<Fault> {};

TEST_P(RtlPins, ABootUnderFaultsEndsAsWithoutThem) {
    const Subject& subject = Subject::get();
    ModelSide model;
    ASSERT_TRUE(model.run(subject.training, default_policy()));
    ASSERT_TRUE(model.run(subject.training, default_policy()));

    RtlSide rtl;
    Striker striker(GetParam(), 11, 150'000);  // a frame of the greatest size is 131,000 clocks long
    rtl.host().befall = [&striker](const Host& host) { return striker(host); };
    int processes = 1;
    std::uint64_t repeated = 0;
    while (!rtl.run(subject.training, default_policy()) && processes < 20) {
        ++processes;
        repeated += rtl.last().link.retries;
    }
    repeated += rtl.last().link.retries;
    EXPECT_TRUE(rtl.last().as_intended());
    rtl.host().befall = nullptr;
    ASSERT_TRUE(rtl.run(subject.training, default_policy()));
    EXPECT_EQ(rtl.last().report.writes, 0U);
    // Other times have passed; what is still counting down may differ, once more than the longest is over it doesn't.
    rtl.let_pass(1'000'000);
    model.chip.advance(1'000'000);
    Comparison c = subject.compare(rtl.words(), model.words());
    const auto is_workload = [](const Difference& d) { return d.where.rfind("workload", 0) == 0; };
    c.differences.erase(std::remove_if(c.differences.begin(), c.differences.end(), is_workload), c.differences.end());
    std::printf("%s: %llu times, %llu frames repeated, %d processes; %zu fields compared, %zu not zero, %zu differ\n",
                GetParam().name, static_cast<unsigned long long>(striker.strikes),
                static_cast<unsigned long long>(repeated), processes, c.fields, c.non_zero, c.differences.size());
    EXPECT_GT(striker.strikes, 3U);
    EXPECT_GT(repeated, 0U);
    EXPECT_EQ(c.differences.size(), 0U) << c.text();
}

INSTANTIATE_TEST_SUITE_P(All, RtlPins, testing::ValuesIn(kFaults));

}  // namespace
}  // namespace tests::dpi
