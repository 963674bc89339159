#include "tests/chip/wren/blocks/thermo/thermo.hpp"

#include <gtest/gtest.h>

#include "hal/converge/bench_test.hpp"
#include "hal/registers/thermo.hpp"

namespace hal::blocks::thermo {
namespace {

namespace r = hal::registers::thermo;
using converge::Verdict;

struct ThermoTest : testing::Test {
    ThermoTest() : bench(kDriver, r::kWords) { bench.reset<r::Ctrl, r::Alarm>(); }

    converge::Bench bench;
};

TEST_F(ThermoTest, TheAlarmIsArmedBehindTheFirstConversion) {
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Alarm>(), 1U);
    EXPECT_EQ(bench.written<r::Alarm>().get<r::Alarm::Armed>(), 0U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::wait);
    bench.set<r::Status::Valid>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.written<r::Alarm>().get<r::Alarm::Armed>(), 1U);
    bench.apply();
    EXPECT_EQ(bench.decide().verdict(), Verdict::converged);
}

TEST_F(ThermoTest, AnAlarmIsAcknowledgedWithTheLimitInForce) {
    bench.set<r::Status::Valid>(1);
    bench.decide();
    bench.apply();
    bench.set<r::Status::Raised>(1);
    EXPECT_EQ(bench.decide().verdict(), Verdict::act);
    EXPECT_EQ(bench.writes<r::Status>(), 1U);
    EXPECT_EQ(bench.writes<r::Alarm>(), 0U);
}

TEST_F(ThermoTest, ASensorThatNeverConvertsIsSwitchedOff) {
    bench.decide();
    bench.apply();
    EXPECT_EQ(bench.decide(r::Status::kLatencyMaxUs).verdict(), Verdict::broken);
    EXPECT_EQ(bench.written<r::Ctrl>().get<r::Ctrl::Enable>(), 0U);
}

TEST_F(ThermoTest, EveryPrefixLeadsToTheSameEnd) { expect_every_prefix_to_lead_to_the_same_end(bench); }

}  // namespace
}  // namespace hal::blocks::thermo
