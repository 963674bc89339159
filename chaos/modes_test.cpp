#include "chaos/modes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

namespace chaos {
namespace {

Scenario boot(Path path) {
    Scenario scenario = make_scenario("boot", 1, 8);
    scenario.path = path;
    return scenario;
}

TEST(ModesTest, PairsAreTwoFaultsOfOneCallEachInItsOrder) {
    const std::vector<Job> all = pairs(boot(Path::spi), 0, 1);
    ASSERT_GT(all.size(), 100'000U);
    for (const Job& job : all) {
        ASSERT_EQ(job.plan.lives.size(), 1U);
        ASSERT_EQ(job.plan.lives[0].strikes.size(), 2U);
        ASSERT_LT(job.plan.lives[0].strikes[0].moment, job.plan.lives[0].strikes[1].moment);
    }
    std::printf("%zu pairs\n", all.size());
}

// Pauses have many times more moments than lost stores: without strata they would be most of a sample.
TEST(ModesTest, ASampleOfPairsHasAsManyOfEachKindAndOnlyDependsOnItsSeed) {
    for (const Path path : {Path::spi, Path::pcie}) {
        const Scenario scenario = boot(path);
        const std::vector<Job> sample = pairs(scenario, 1200, 7), again = pairs(scenario, 1200, 7),
                               other = pairs(scenario, 1200, 8);
        std::map<std::string, int> kinds;
        for (const Job& job : sample) ++kinds[job.label];
        ASSERT_GE(kinds.size(), 12U);
        int most = 0, fewest = 1200;
        for (const auto& [kind, n] : kinds) most = std::max(most, n), fewest = std::min(fewest, n);
        EXPECT_LE(most - fewest, 1);
        ASSERT_EQ(again.size(), sample.size());
        int differ = 0;
        for (std::size_t n = 0; n < sample.size(); ++n) {
            EXPECT_EQ(text(sample[n].plan), text(again[n].plan));
            differ += text(sample[n].plan) == text(other[n].plan) ? 0 : 1;
        }
        EXPECT_GT(differ, 1000);
        std::printf("%zu plans of %zu kinds, %d to %d of each\n", sample.size(), kinds.size(), fewest, most);
    }
}

}  // namespace
}  // namespace chaos
