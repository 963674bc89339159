#include "chaos/judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "chaos/small_scenario_test.hpp"

namespace chaos {
namespace {

/// Does something at one moment; may let the HAL die there.
class At final : public Boundary {
public:
    At(std::uint32_t moment, std::function<bool()> act) : moment_(moment), act_(std::move(act)) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override {
        moments = index + 1;
        return index != moment_ || act_();
    }
    std::uint32_t moments = 0;

private:
    const std::uint32_t moment_;
    const std::function<bool()> act_;
};

struct JudgeTest : testing::Test {
    JudgeTest() : layout(*small.scenario.chip), judge(small.scenario, layout, OracleSet().set()) {
        judge.reference();
        At counts(0, [] { return true; });
        EXPECT_TRUE(run(counts).findings.empty());
        last = counts.moments - 1;
    }
    Judged run(At& boundary) {
        judge.rig().chip.restore(judge.start());
        judge.rig().forget_sessions();
        return judge.judge(&boundary);
    }
    /// What is found if `act` happens behind the HAL's last look.
    std::vector<Finding> behind(const std::function<void()>& act) {
        At boundary(last, [&] {
            act();
            return true;
        });
        return run(boundary).findings;
    }
    static std::string of(const std::vector<Finding>& findings, Oracle oracle) {
        const auto at =
            std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.oracle == oracle; });
        return at == findings.end() ? "" : at->what;
    }

    const SmallScenario small{hal::chip::Type::pll};
    const transports::model::Layout layout;
    Judge judge;
    std::uint32_t last = 0;
};

TEST_F(JudgeTest, AFurtherHalThatFailsIsNotIdempotent) {
    // A bridge that stays busy: the next one doesn't get through, so it writes nothing.
    const auto findings = behind([&] {
        judge.rig().chip.reset_suddenly(1);  // an end that hasn't been looked at yet
        judge.rig().session.busy_frames = 60'000;
    });
    EXPECT_NE(of(findings, Oracle::idempotent).find("a further HAL fails"), std::string::npos)
        << of(findings, Oracle::idempotent);
}

TEST_F(JudgeTest, AFurtherHalThatFindsSomethingElseIsNotIdempotent) {
    std::size_t told = 0;
    for (transports::model::Instance i = 1; i < layout.first_cell.size(); ++i) {
        const auto findings = behind([&] { judge.rig().chip.reset_suddenly(i); });
        told += of(findings, Oracle::idempotent).empty() ? 0 : 1;
        EXPECT_NE(of(findings, Oracle::same_end), "");
    }
    EXPECT_EQ(told, layout.first_cell.size() - 1);
    EXPECT_GT(told, 0U);
}

TEST_F(JudgeTest, OfAHalThatDiesItsConductCountsAndNothingElse) {
    At dies(2, [] { return false; });
    const Judged died = run(dies);
    EXPECT_TRUE(died.run.died);
    EXPECT_TRUE(died.findings.empty()) << died.findings[0].what;
    At sins(2, [&] {
        std::uint32_t value = 0;
        judge.rig().chip.read(0xFFFF'0000, value);
        return false;
    });
    const Judged sinned = run(sins);
    ASSERT_EQ(sinned.findings.size(), 1U);
    EXPECT_EQ(sinned.findings[0].oracle, Oracle::lawful);
}

TEST_F(JudgeTest, OfAnAtomicGroupThatIsDeferredNothingHasChanged) {
    const Scenario scenario = make_scenario("deferred", 1, 8);
    const transports::model::Layout whole(*scenario.chip);
    Judge careful(scenario, whole, OracleSet().set());
    const Reference reference = careful.reference();
    EXPECT_GT(reference.report.deferred, 0U);
    std::size_t changes = 0, kept = 0;
    for (std::size_t w = 0; w < scenario.intended.words.size(); ++w) {
        if (scenario.intended.words[w] == scenario.earlier.words[w]) continue;
        ++changes;
        kept += reference.expected.words[w] == scenario.earlier.words[w] ? 1 : 0;
    }
    std::printf("%zu words of the intent change, %zu of them are deferred\n", changes, kept);
    EXPECT_GT(kept, 0U);
}

TEST_F(JudgeTest, AStandardThatIsNotCompleteIsRefused) {
    Scenario scenario = make_scenario("update", 1, 8);
    scenario.policy.drain = false;
    const transports::model::Layout whole(*scenario.chip);
    Judge strict(scenario, whole, OracleSet().set());
    EXPECT_THROW(strict.reference(), std::runtime_error);
}

}  // namespace
}  // namespace chaos
