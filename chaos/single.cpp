#include "chaos/single.hpp"

#include <chrono>
#include <ctime>

#include <fmt/format.h>

namespace chaos {

namespace {

class Prober final : public Boundary {
public:
    Prober(Judge& judge, const std::vector<Point>& moments, bool by_bytes, SingleResult& result,
           const std::function<void(std::uint64_t)>& progress)
        : judge_(judge), moments_(moments), by_bytes_(by_bytes), result_(result), progress_(progress) {}

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
        const Point& point = moments_[index];
        Job job;
        job.plan.lives[0].killed_at = index;
        job.plan.lives.emplace_back();
        job.cell = {judge_.rig().chip.layout().chip.instances[point.instance].type, point.op, point.moment,
                    faults::Fault::killed};
        Trial trial;
        trial.verdict = judged.findings.empty() ? Verdict::survived : Verdict::lost;
        trial.findings = judged.findings;
        trial.accesses = judged.run.accesses;
        result_.tally.count(job, trial);
        if (progress_ && result_.tally.runs % 64 == 0) progress_(result_.moments);
    }

    Judge& judge_;
    const std::vector<Point>& moments_;
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
    const std::vector<Point> moments = survey(judge, scenario);
    judge.rig().chip.restore(judge.start());
    judge.rig().forget_sessions();
    Prober prober(judge, moments, scenario.path == Path::spi, result, progress);
    const Run outer = judge.rig().run(scenario.intended, scenario.policy, &prober);
    // The probes must have left no trace: the outer HAL ends as it does alone.
    judge.rig().chip.finish_countdowns();
    if (!outer.result || judge.rig().chip.hash() != result.reference.end || moments.size() != result.moments) {
        Trial broken;
        broken.verdict = Verdict::harness_broken;
        broken.findings.push_back({Oracle::same_end, "the probed run itself ends differently: harness broken"});
        result.tally.count({}, broken);
    }
    result.tally.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.tally.cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    return result;
}

}  // namespace chaos
