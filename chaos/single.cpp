#include "chaos/single.hpp"

#include <chrono>
#include <ctime>

#include <fmt/format.h>

namespace chaos {

namespace {

class Prober final : public Boundary {
public:
    Prober(Judge& judge, bool by_bytes, SingleResult& result, const std::function<void(std::uint64_t)>& progress)
        : judge_(judge), by_bytes_(by_bytes), result_(result), progress_(progress) {}

    bool reached(std::uint32_t index, Moment moment, std::size_t bytes) override {
        ++result_.moments;
        if (moment == Moment::before) result_.points += by_bytes_ ? bytes + 1 : 2;
        Rig& rig = judge_.rig();
        const transports::model::Hash hash = rig.chip.hash();
        if (hash == last_) return true;
        last_ = hash;
        const transports::model::Mark here = rig.chip.mark();
        const transports::model::BridgeSession session = rig.session;
        const transports::model::WindowSession window = rig.window_session;
        const Judged judged = judge_.judge();
        rig.chip.roll_back(here);
        rig.session = session;
        rig.window_session = window;
        count(index, judged);
        return true;
    }

private:
    void count(std::uint32_t index, const Judged& judged) {
        constexpr std::size_t kKept = 20;
        ++result_.recoveries;
        result_.accesses += judged.run.accesses;
        result_.worst_accesses = std::max(result_.worst_accesses, judged.run.accesses);
        if (!judged.findings.empty()) {
            ++result_.lost;
            if (result_.losses.size() < kKept) result_.losses.push_back({std::to_string(index), judged.findings});
        }
        if (progress_ && result_.recoveries % 64 == 0) progress_(result_.moments);
    }

    Judge& judge_;
    const bool by_bytes_;
    SingleResult& result_;
    const std::function<void(std::uint64_t)>& progress_;
    transports::model::Hash last_;
};

}  // namespace

SingleResult single_kills(const Scenario& scenario, OracleSet oracles,
                          const std::function<void(std::uint64_t)>& progress) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    const transports::model::Layout layout(*scenario.chip);
    SingleResult result;
    Judge judge(scenario, layout, oracles);
    result.reference = judge.reference();
    Prober prober(judge, scenario.path == Path::spi, result, progress);
    const Run outer = judge.rig().run(scenario.intended, scenario.policy, &prober);
    // The probes must have left no trace: the outer HAL ends as it does alone.
    judge.rig().chip.finish_countdowns();
    if (!outer.result || judge.rig().chip.hash() != result.reference.end) {
        result.lost += 1;
        result.losses.push_back({"-", {{Oracle::same_end, "the probed run itself ends differently: harness broken"}}});
    }
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    return result;
}

}  // namespace chaos
