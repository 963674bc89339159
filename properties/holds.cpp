#include "properties/holds.hpp"

#include <cstdlib>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "properties/table.hpp"
#include "transports/console/console.hpp"

namespace properties {

namespace {

/// Shrinking has no bound of its own in RapidCheck: a case that runs a whole chip must not be shrunk for hours.
class Quiet final : public rc::detail::TestListener {
public:
    void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
    void onShrinkTried(const rc::detail::CaseDescription&, bool) override { ++shrinks; }
    void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
    std::uint64_t shrinks = 0;
};

constexpr std::uint64_t kMostShrinks = 3'000;

int times_asked() {
    const char* const text = std::getenv("RECONVERGE_CASES");
    const int times = text == nullptr ? 1 : std::atoi(text);
    return times > 0 ? times : 1;
}

}  // namespace

void hold(const char* name, int cases, Tally& tally, const std::function<void()>& body) {
    namespace d = rc::detail;
    const Row* const row = find(name);
    ASSERT_NE(row, nullptr) << "no property '" << name << "' in the table";
    d::Configuration defaults;
    defaults.testParams.seed = 1;
    defaults.testParams.maxSuccess = cases * times_asked();
    const char* const asked = std::getenv("RC_PARAMS");
    const d::Configuration configuration = d::configFromString(asked == nullptr ? "" : asked, defaults);
    Quiet quiet;
    const auto bounded = [&] {
        if (quiet.shrinks <= kMostShrinks) body();
    };
    const d::TestResult result = d::checkTestable(bounded, d::TestMetadata{name, row->claim}, configuration.testParams,
                                                  quiet, configuration.reproduce);
    std::ostringstream told;
    d::printResultMessage(result, told);
    if (!result.is<d::SuccessResult>()) {
        d::Configuration again = defaults;
        if (result.is<d::FailureResult>()) again.reproduce.emplace(name, result.get<d::FailureResult>().reproduce);
        FAIL() << name << ": " << row->claim << '\n'
               << told.str() << "\nAgain: RC_PARAMS='" << d::configToMinimalString(again)
               << "' properties_test --gtest_filter='*" << testing::UnitTest::GetInstance()->current_test_info()->name()
               << "'";
    }
    std::string looked_at;
    for (const auto& [what, n] : tally.counts()) {
        looked_at += fmt::format(", {} {}", transports::console::grouped(n), what);
    }
    fmt::print("{}: {} cases{}\n", name,
               transports::console::grouped(static_cast<std::uint64_t>(result.get<d::SuccessResult>().numSuccess)),
               looked_at);
    if (!configuration.reproduce.empty()) return;
    for (const auto& [what, n] : tally.counts()) EXPECT_GT(n, 0u) << name << ": looked at no " << what;
}

}  // namespace properties
