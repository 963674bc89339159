#include "chaos/faults/faults.hpp"

#include <gtest/gtest.h>
#include <fstream>
#include <set>
#include <sstream>

#include "chaos/faults/plan.hpp"

#include <nlohmann/json.hpp>

namespace chaos::faults {
namespace {

TEST(Faults, EveryRowIsWhereItsNumberSays) {
    ASSERT_EQ(rows().size(), kFaults);
    std::set<std::string> names;
    for (std::size_t f = 0; f < kFaults; ++f) {
        const Row& row = rows()[f];
        EXPECT_EQ(static_cast<std::size_t>(row.fault), f) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(find(row.name), &row);
        EXPECT_NE(row.outcomes, 0) << row.name;
        EXPECT_NE(row.moments, 0) << row.name;
        EXPECT_TRUE(row.spi || row.pcie) << row.name;
    }
    EXPECT_EQ(find("no_such_fault"), nullptr);
}

TEST(Faults, AnAccessIsStruckByFaultsOfItsKindOnly) {
    const std::set<std::string> loads = {"load_timed_out", "load_ones", "load_answer_lost"};
    const std::set<std::string> stores = {"store_lost", "stores_lost", "stores_late", "stores_swapped"};
    std::size_t both = 0;
    for (const Row& row : rows()) {
        if (row.level != Level::access) continue;
        const auto strikes = [&row](bool store) {
            return fate(row, {nullptr, 4, 0, store}, 0).kind != Fate::Kind::arrives;
        };
        const bool only = loads.count(row.name) + stores.count(row.name) != 0;
        EXPECT_EQ(strikes(true), !only || stores.count(row.name) != 0) << row.name;
        EXPECT_EQ(strikes(false), !only || loads.count(row.name) != 0) << row.name;
        both += only ? 0 : 1;
    }
    EXPECT_EQ(both, 2U);
}

TEST(Faults, ThePageIsCurrent) {
    std::ifstream file(RECONVERGE_SOURCE_DIR "/docs/faults.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), page()) << "run: reconverge faults --markdown > docs/faults.md";
}

TEST(Plan, EveryFormSaysTheSame) {
    const char* const kPlans[] = {"-",
                                  "12",
                                  "12.40q",
                                  "request_lost-7",
                                  "12.40q.request_lost-7",
                                  "paused-3-500,upset-9-4-2-31,77.outage-1-3",
                                  "outage_beyond-60.40"};
    for (const char* const plan : kPlans) {
        EXPECT_EQ(text(parse(plan)), plan);
        EXPECT_EQ(text(from_json(nlohmann::json::parse(to_json(parse(plan)).dump()))), plan);
    }
    EXPECT_EQ(parse("paused-3-500,upset-9-4-2-31,77.outage-1-3").size(), 4U);
}

TEST(Plan, StrikesComeInTheOrderInWhichTheyHappen) {
    EXPECT_EQ(text(parse("request_lost-9,reply_lost-2")), "reply_lost-2,request_lost-9");
}

TEST(Plan, NonsenseIsRefused) {
    const char* const kNonsense[] = {"",
                                     "x",
                                     "12.",
                                     "no_such_fault-3",
                                     "request_lost",
                                     "12,13",
                                     "request_lost-x",

                                     "99999999999",
                                     "killed-3",
                                     "upset-1-2-3-4-5"};
    for (const char* const plan : kNonsense) EXPECT_THROW(parse(plan), std::invalid_argument) << plan;
    EXPECT_THROW(from_json(nlohmann::json::parse("{}")), std::invalid_argument);
    EXPECT_THROW(from_json(nlohmann::json::parse(R"({"lives":[{"faults":[{"fault":7}]}]})")), std::invalid_argument);
    EXPECT_THROW(from_json(nlohmann::json::parse(R"({"lives":[{"killed_at":4294967296}]})")), std::invalid_argument);
}

}  // namespace
}  // namespace chaos::faults
