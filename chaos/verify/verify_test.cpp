#include "chaos/verify/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>

#include "chaos/closure.hpp"
#include "chaos/small_scenario_test.hpp"

namespace chaos::verify {
namespace {

using certificate::Certificate;
using certificate::Leaf;
using certificate::Refused;
using certificate::Writer;
using testing::HasSubstr;

std::string bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// A certificate of a small chip, and what forgers do to it.
struct VerifyTest : testing::Test {
    VerifyTest()
        : file(testing::TempDir() + "verify_test_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
        explore(small.scenario, file);
    }
    ~VerifyTest() override { std::remove(file.c_str()); }

    static void explore(const Scenario& scenario, const std::string& to, bool outages = false, unsigned threads = 1) {
        Writer writer;
        ClosureOptions options;
        options.outages = outages;
        options.threads = threads;
        options.certificate = &writer;
        const ClosureResult result = close(scenario, options);
        ASSERT_TRUE(result.closed);
        ASSERT_EQ(result.lost, 0U);
        writer.write(to, certificate_header(scenario, "1/8", options, result));
    }

    Result check(bool all = true) const {
        Options options;
        options.all = all;
        options.sample = 5;
        return verify::verify(Certificate::read(file), small.scenario, options);
    }

    std::string refusal() const {
        try {
            check();
        } catch (const Refused& refused) {
            return refused.what();
        }
        return "not refused";
    }

    using Leaves = std::vector<Leaf>;
    /// A certificate whose digests are all right and whose contents are not.
    void forge(const std::function<void(Leaves&, nlohmann::json&)>& change) const {
        const Certificate real = Certificate::read(file);
        nlohmann::json header = real.header();
        Leaves leaves;
        real.each([&](std::uint64_t, const std::uint8_t* at, std::size_t size) {
            leaves.push_back(certificate::decode(at, size, header.at("chip").at("cells"), real.leaves(),
                                                 header.at("starters").size()));
        });
        change(leaves, header);
        Writer writer;
        for (const Leaf& leaf : leaves) writer.add(certificate::encode(leaf));
        writer.write(file, header);
    }

    const SmallScenario small{hal::chip::Type::cru};
    const std::string file;
};

TEST_F(VerifyTest, ARealCertificateHoldsAndEverythingInItIsCompared) {
    const Result r = check();
    EXPECT_EQ(r.wrong, 0U) << (r.findings.empty() ? "" : r.findings.front());
    EXPECT_EQ(r.run, r.leaves);
    EXPECT_GT(r.leaves, 10U);
    EXPECT_GT(r.successors, r.leaves);
    EXPECT_GT(r.moments, r.successors);
    std::cout << r.run << " leaves run, " << r.moments << " moments, " << r.successors << " successors compared\n";
}

TEST_F(VerifyTest, ASpotCheckRunsSomeLeavesAndSaysHowMany) {
    const Result r = check(false);
    EXPECT_EQ(r.wrong, 0U);
    EXPECT_GE(r.run, 5U);
    EXPECT_LT(r.run, r.leaves);
}

TEST_F(VerifyTest, OutagesAndThePciePathAreCheckedAlike) {
    for (const bool outages : {false, true}) {
        for (const Path path : {Path::spi, Path::pcie}) {
            const SmallScenario other(hal::chip::Type::cru, path);
            explore(other.scenario, file, outages);
            Options options;
            options.all = true;
            options.threads = 2;
            const Result r = verify::verify(Certificate::read(file), other.scenario, options);
            EXPECT_EQ(r.wrong, 0U) << (r.findings.empty() ? "" : r.findings.front());
            EXPECT_EQ(r.run, r.leaves);
        }
    }
}

/// Two HALs take turns on it: they want another divider.
struct InTurn : SmallScenario {
    InTurn() : SmallScenario(hal::chip::Type::cru) {
        scenario.starter = "old";
        Starter other;
        other.name = "new";
        other.hal = HalLibrary::direct();
        other.intended = scenario.intended;
        const auto last = static_cast<std::uint16_t>(scenario.chip->instances.size() - 1);
        other.intended.words[hal::converge::intent_offset(*scenario.chip, last)] = 4;
        scenario.others = {other};
    }
};

TEST_F(VerifyTest, ACertificateOfSeveralHalsNamesThemAndIsCheckedForEachOfThem) {
    const InTurn turns;
    explore(turns.scenario, file);
    const auto check_turns = [&] {
        Options options;
        options.all = true;
        options.threads = 2;
        return verify::verify(Certificate::read(file), turns.scenario, options);
    };
    const Result r = check_turns();
    EXPECT_EQ(r.wrong, 0U) << (r.findings.empty() ? "" : r.findings.front());
    EXPECT_EQ(r.run, r.leaves);
    EXPECT_EQ(r.runs, 2 * r.leaves);
    const nlohmann::json starters = Certificate::read(file).header().at("starters");
    ASSERT_EQ(starters.size(), 2U);
    EXPECT_EQ(starters[0].at("name"), "old");
    EXPECT_EQ(starters[1].at("name"), "new");
    EXPECT_NE(starters[0].at("intent"), starters[1].at("intent"));
    EXPECT_THAT(refusal(), HasSubstr("about 2 starters, here there are 1"));

    const std::string real = bytes_of(file);
    forge([](Leaves& leaves, nlohmann::json&) { ++leaves[leaves.size() / 2].recoveries[1].accesses; });
    EXPECT_THAT(check_turns().findings, testing::Contains(HasSubstr("accesses, the leaf says")));
    std::ofstream(file, std::ios::binary) << real;
    forge([](Leaves& leaves, nlohmann::json&) {
        Leaf& leaf = leaves[leaves.size() / 2];
        leaf.starter = 1 - leaf.starter;
    });
    EXPECT_THAT(check_turns().findings, testing::Contains(HasSubstr("doesn't lead to this leaf")));
    forge([](Leaves&, nlohmann::json& header) { header["starters"][1]["intent"] = std::string(64, 'a'); });
    EXPECT_THROW(check_turns(), Refused);
    std::cout << r.leaves << " leaves, " << r.runs << " runs\n";
}

TEST_F(VerifyTest, TheFileDoesNotDependOnTheNumberOfThreads) {
    const std::string one = bytes_of(file);
    explore(small.scenario, file, false, 3);
    EXPECT_EQ(bytes_of(file), one);
    EXPECT_GT(one.size(), 1000U);
}

TEST_F(VerifyTest, EveryFlippedByteIsRefused) {
    const std::string real = bytes_of(file);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < real.size(); ++at) {
        std::string other = real;
        other[at] = static_cast<char>(other[at] ^ (1 << at % 8));
        std::ofstream(file, std::ios::binary) << other;
        EXPECT_THROW(Certificate::read(file), Refused) << "byte " << at;
        ++refused;
    }
    std::cout << refused << " bytes flipped, one at a time\n";
    EXPECT_GT(refused, 1000U);
}

TEST_F(VerifyTest, ATruncatedFileIsRefused) {
    const std::string real = bytes_of(file);
    for (std::size_t size = 0; size < real.size(); size += 7) {
        std::ofstream(file, std::ios::binary) << real.substr(0, size);
        EXPECT_THROW(Certificate::read(file), Refused) << size << " bytes";
    }
    std::remove(file.c_str());
    EXPECT_THAT(refusal(), HasSubstr("cannot read"));
}

TEST_F(VerifyTest, AnotherHalChipOrIntentIsRefused) {
    const nlohmann::json real = Certificate::read(file).header();
    const auto with = [&](const char* at, const char* word) {
        forge([&](Leaves&, nlohmann::json& header) {
            header = real;
            header[nlohmann::json::json_pointer(at)] = std::string(64, 'a');
        });
        EXPECT_THAT(refusal(), HasSubstr(word));
        EXPECT_THAT(refusal(), HasSubstr("aaaaaaaaaaaa"));
    };
    with("/starters/0/hal", "another HAL");
    with("/starters/0/intent", "another intent");
    with("/chip/rdl", "another chip");
    with("/chip/model", "another chip model");
    const SmallScenario pll(hal::chip::Type::pll);
    explore(pll.scenario, file);
    EXPECT_THAT(refusal(), HasSubstr("another"));
}

TEST_F(VerifyTest, LeavesThatTheHeaderDoesNotNameAreRefused) {
    forge([](Leaves& leaves, nlohmann::json&) { leaves.push_back(leaves.back()); });
    EXPECT_THAT(refusal(), HasSubstr("there twice"));
    forge([](Leaves& leaves, nlohmann::json&) {
        leaves.pop_back();
        leaves.front().state = {{0, 1}};
    });
    EXPECT_THAT(refusal(), HasSubstr("isn't the scenario's first state"));
}

TEST_F(VerifyTest, ADeletedLeafIsMissed) {
    // The last one: nothing comes from it, so that only its absence can tell. Ranges are mended as a forger would.
    forge([](Leaves& leaves, nlohmann::json& header) {
        leaves.pop_back();
        const auto gone = static_cast<std::uint32_t>(leaves.size());
        for (Leaf& leaf : leaves) {
            auto& successors = leaf.recoveries[0].successors;
            if (successors.empty() || successors.back().first + successors.back().count <= gone) continue;
            if (--successors.back().count == 0) successors.pop_back();
        }
        header["counts"]["states"] = gone;
    });
    const Result r = check();
    EXPECT_GT(r.wrong, 0U);
    EXPECT_THAT(r.findings.front(), HasSubstr("a state that is no leaf"));
}

TEST_F(VerifyTest, EveryLieInALeafIsFound) {
    const auto finds = [&](const char* what, const std::function<void(Leaf&)>& lie) {
        const std::string real = bytes_of(file);
        forge([&](Leaves& leaves, nlohmann::json&) { lie(leaves[leaves.size() / 2]); });
        const Result r = check();
        EXPECT_GT(r.wrong, 0U) << what;
        EXPECT_THAT(r.findings, testing::Contains(HasSubstr(what)));
        std::ofstream(file, std::ios::binary) << real;
    };
    finds("accesses, the leaf says", [](Leaf& leaf) { ++leaf.recoveries[0].accesses; });
    finds("us, the leaf says", [](Leaf& leaf) { ++leaf.recoveries[0].us; });
    finds("to other leaves than the leaf says", [](Leaf& leaf) {
        auto& successors = leaf.recoveries[0].successors;
        if (--successors.back().count == 0) successors.pop_back();
    });
    finds("doesn't lead to this leaf", [](Leaf& leaf) { ++leaf.boundary; });
    finds("a state that is no leaf", [](Leaf& leaf) { leaf.state.pop_back(); });
}

TEST_F(VerifyTest, EveryCountOfTheHeaderIsCountedAgain) {
    for (const char* at :
         {"/counts/states", "/counts/runs", "/counts/moments", "/counts/accesses", "/worst_recovery/accesses",
          "/progress/least_uptime_accesses", "/progress/redone_us_at_most", "/fault_free/sweep"}) {
        const std::string real = bytes_of(file);
        forge([&](Leaves&, nlohmann::json& header) {
            auto& value = header.at(nlohmann::json::json_pointer(at));
            value = value.get<std::uint64_t>() + 1;
        });
        EXPECT_EQ(check().wrong, 1U) << at;
        std::ofstream(file, std::ios::binary) << real;
    }
}

}  // namespace
}  // namespace chaos::verify
