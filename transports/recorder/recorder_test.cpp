#include "transports/recorder/recorder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace transports::recorder {
namespace {

using hal::bus::Access;
using hal::bus::Op;

/// Answers every read with its address; fails as told.
struct Below final : hal::bus::Transport {
    hal::bus::Nanoseconds time = 1000;
    std::uint32_t fail_at = ~0u;
    hal::bus::Effect effect = hal::bus::Effect::none;
    std::uint32_t batches = 0;

    hal::bus::Result<void> execute(hal::bus::Span<const Access> batch) override {
        ++batches;
        time += 10;
        for (std::uint32_t i = 0; i < batch.size(); ++i) {
            if (i == fail_at) {
                hal::bus::Error error;
                error.code = hal::bus::Code::bus_error;
                error.effect = effect;
                error.completed = i;
                return hal::bus::fail(error);
            }
            for (std::uint32_t k = 0; batch[i].into != nullptr && k < batch[i].count; ++k) {
                batch[i].into[k] = batch[i].address + 4 * k;
            }
        }
        return {};
    }
    hal::bus::Nanoseconds now() override { return time; }
    void wait_until(hal::bus::Nanoseconds deadline) override { time = deadline; }
};

struct RecorderTest : testing::Test {
    names::ChipNames names{{sizeof(hal_chip), 1, 1}};
    Below below;
    std::string path = testing::TempDir() + "/recorder-" + std::to_string(::getpid()) + ".jsonl";

    ~RecorderTest() override { ::unlink(path.c_str()); }
    std::vector<nlohmann::json> lines() const {
        std::vector<nlohmann::json> all;
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) all.push_back(nlohmann::json::parse(line));
        return all;
    }
};

TEST_F(RecorderTest, EveryAccessAndWaitIsALine) {
    Recorder recorder(below, names, path);
    std::uint32_t into[2] = {};
    const std::uint32_t from[2] = {3, 1};
    const std::uint32_t pll = names.address(names.find("pll[1].ctrl"));
    const Access batch[] = {
        {Op::guard, pll, 1, nullptr, from}, {Op::read, pll, 2, into, nullptr}, {Op::write, pll, 1, nullptr, from}};
    ASSERT_TRUE(recorder.execute(batch));
    recorder.wait_until(5000);
    EXPECT_EQ(recorder.now(), 5000u);
    EXPECT_EQ(recorder.finish(), "");
    const auto all = lines();
    ASSERT_EQ(all.size(), 5u);
    EXPECT_EQ(all[0]["version"], 1);
    EXPECT_EQ(all[1]["mask"], "0x00000003");
    EXPECT_EQ(all[2]["name"], "pll[1].ctrl");
    EXPECT_EQ(all[2]["words"], (nlohmann::json{"0x00021000", "0x00021004"}));
    EXPECT_EQ(all[2]["t"], 1010);
    EXPECT_EQ(all[3]["op"], "write");
    EXPECT_EQ(all[4], (nlohmann::json{{"t", 1010}, {"op", "wait"}, {"until", 5000}, {"now", 5000}}));
}

TEST_F(RecorderTest, WhatDidNotHappenIsNotRecorded) {
    Recorder recorder(below, names, path);
    std::uint32_t into[3] = {};
    const Access batch[] = {
        {Op::read, 0, 1, &into[0], nullptr}, {Op::read, 4, 1, &into[1], nullptr}, {Op::read, 8, 1, &into[2], nullptr}};
    below.fail_at = 1;
    ASSERT_FALSE(recorder.execute(batch));
    below.effect = hal::bus::Effect::unknown;
    ASSERT_FALSE(recorder.execute(batch));
    recorder.finish();
    const auto all = lines();
    ASSERT_EQ(all.size(), 1u + 2u + 3u);
    EXPECT_FALSE(all[1].contains("effect"));
    EXPECT_EQ(all[2]["effect"], "none");
    EXPECT_EQ(all[2]["error"], "bus_error");
    EXPECT_FALSE(all[2].contains("words"));
    EXPECT_EQ(all[5]["effect"], "unknown");
}

TEST_F(RecorderTest, AFullDiskDoesNotStopTheHal) {
    Recorder recorder(below, names, "/dev/full");
    std::uint32_t into[128] = {};
    const Access batch[] = {{Op::read, 0, 128, into, nullptr}};
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(recorder.execute(batch));
    EXPECT_EQ(below.batches, 100u);
    EXPECT_NE(recorder.finish().find("/dev/full: No space left on device; the recording is incomplete"),
              std::string::npos);
    EXPECT_EQ(recorder.finish(), recorder.finish());
}

TEST_F(RecorderTest, AFileThatCannotBeCreatedIsRefusedAtOnce) {
    EXPECT_THROW(Recorder(below, names, "/nowhere/at/all"), std::invalid_argument);
}

}  // namespace
}  // namespace transports::recorder
