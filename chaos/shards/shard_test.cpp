#include "chaos/shards/shard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace chaos::shards {
namespace {

std::optional<Shard> in(const std::map<std::string, std::string>& environment) {
    return from_environment([&](const char* name) {
        const auto it = environment.find(name);
        return it == environment.end() ? nullptr : it->second.c_str();
    });
}

TEST(ShardTest, EveryJobFallsToOneShardAndTheSharesAreEven) {
    for (const std::uint32_t jobs : {0u, 1u, 15u, 16u, 17u, 1'000u, 19'601u}) {
        for (const std::uint32_t shards : {1u, 2u, 3u, 16u}) {
            std::map<std::uint32_t, std::uint64_t> shares;
            for (std::uint64_t job = 0; job < jobs; ++job) {
                std::size_t holders = 0;
                for (std::uint32_t i = 1; i <= shards; ++i) {
                    if (!Shard{i, shards}.has_turn(job, jobs)) continue;
                    ++holders;
                    ++shares[i];
                }
                ASSERT_EQ(holders, 1U) << job;
            }
            const std::uint64_t stretch = jobs / (shards * 16) + 1;
            EXPECT_EQ(shares.size(), std::min<std::uint64_t>(shards, (jobs + stretch - 1) / stretch));
            for (const auto& [shard, share] : shares) {
                EXPECT_LE(share, jobs / shards + jobs / shards / 8 + 1) << shard;
            }
        }
    }
}

TEST(ShardTest, EveryStateFallsToOneShardAndTheSharesAreEven) {
    constexpr std::uint32_t kShards = 16;
    std::map<std::uint32_t, int> shares;
    for (std::uint64_t n = 1; n <= 16'000; ++n) {
        const std::uint64_t hash = n * 0xD1342543DE82EF95u;
        int holders = 0;
        for (std::uint32_t i = 1; i <= kShards; ++i) holders += Shard{i, kShards}.holds(hash) ? 1 : 0;
        ASSERT_EQ(holders, 1);
        ++shares[Shard::owner(hash, kShards)];
    }
    EXPECT_EQ(shares.size(), kShards);
    for (const auto& [shard, share] : shares) EXPECT_NEAR(share, 1000, 150) << shard;
}

TEST(ShardTest, AShardIsReadAsPeopleWriteIt) {
    EXPECT_EQ(parse("2/4").number, 2U);
    EXPECT_EQ(parse("2/4").of, 4U);
    for (const char* const bad :
         {"", "2", "0/4", "5/4", "a/4", "2/", "/4", "2/4/", "-1/4", "1/0", " 1/2", "1/9999999"}) {
        EXPECT_THROW(parse(bad), std::invalid_argument) << bad;
    }
}

TEST(ShardTest, JobArraysAreAskedInTheirOrder) {
    const std::map<std::string, std::string> all = {{"SLURM_ARRAY_TASK_ID", "7"},    {"SLURM_ARRAY_TASK_MIN", "5"},
                                                    {"SLURM_ARRAY_TASK_COUNT", "8"}, {"LSB_JOBINDEX", "2"},
                                                    {"LSB_JOBINDEX_END", "4"},       {"JOB_COMPLETION_INDEX", "0"},
                                                    {"GTEST_SHARD_INDEX", "1"},      {"GTEST_TOTAL_SHARDS", "2"}};
    auto left = all;
    EXPECT_EQ(in(left)->number, 3U);
    EXPECT_EQ(in(left)->of, 8U);
    left.erase("SLURM_ARRAY_TASK_ID");
    EXPECT_EQ(in(left)->number, 2U);
    EXPECT_EQ(in(left)->of, 4U);
    left["LSB_JOBINDEX"] = "0";  // LSF, no array: the next in turn, which doesn't say how many
    EXPECT_THROW(in(left), std::invalid_argument);
    left.erase("JOB_COMPLETION_INDEX");
    EXPECT_EQ(in(left)->number, 2U);
    EXPECT_EQ(in(left)->of, 2U);
    EXPECT_FALSE(in({}).has_value());
}

TEST(ShardTest, TheCountMayBeGivenAndCountsForTasksThatAreSubmittedAgain) {
    EXPECT_EQ(in({{"JOB_COMPLETION_INDEX", "0"}, {"RECONVERGE_SHARDS", "3"}})->number, 1U);
    const auto again = in({{"SLURM_ARRAY_TASK_ID", "3"},
                           {"SLURM_ARRAY_TASK_MIN", "3"},
                           {"SLURM_ARRAY_TASK_COUNT", "1"},
                           {"RECONVERGE_SHARDS", "4"}});
    EXPECT_EQ(again->number, 3U);
    EXPECT_EQ(again->of, 4U);
}

TEST(ShardTest, HalfAStatementIsRefused) {
    EXPECT_THROW(in({{"SLURM_ARRAY_TASK_ID", "7"}}), std::invalid_argument);
    EXPECT_THROW(in({{"SLURM_ARRAY_TASK_ID", "x"}, {"SLURM_ARRAY_TASK_COUNT", "2"}}), std::invalid_argument);
    EXPECT_THROW(in({{"GTEST_SHARD_INDEX", "2"}, {"GTEST_TOTAL_SHARDS", "2"}}), std::invalid_argument);
}

}  // namespace
}  // namespace chaos::shards
