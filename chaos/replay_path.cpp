// One run of the explorer, again: the kills that lead to a state, then the run that was judged.
#include <fmt/format.h>

#include <stdexcept>

#include "chaos/closure.hpp"

namespace chaos {

namespace {

/// Dies at one moment.
class Killer final : public Boundary {
public:
    Killer(std::uint32_t at, const char* unit) : at_(at), unit_(unit) {}
    bool reached(std::uint32_t index, Moment moment, std::size_t) override {
        if (moment == Moment::before) ++frames_;
        if (index == at_) {
            dead_ = true;
            where_ = moment == Moment::waiting
                         ? fmt::format("waiting after {} {}", unit_, frames_)
                         : fmt::format("{} {} {}", moment == Moment::before ? "before" : "after", unit_, frames_);
        }
        return !dead_;
    }
    bool dead() const { return dead_; }
    const std::string& where() const { return where_; }

private:
    const std::uint32_t at_;
    const char* const unit_;
    std::uint32_t frames_ = 0;
    bool dead_ = false;
    std::string where_;
};

struct Step {
    std::size_t starter;
    std::uint32_t boundary;
    bool outage;
};

/// Takes the letter that says which of several HALs is meant off `part`; 0 if there is only one.
std::size_t take_starter(std::string& part, std::size_t starters) {
    if (starters == 1) return 0;
    const std::size_t starter = part.empty() || part[0] < 'a' ? starters : static_cast<std::size_t>(part[0] - 'a');
    if (starter >= starters) {
        throw std::invalid_argument(fmt::format("'{}' names no HAL: a letter from a to {} comes first", part,
                                                static_cast<char>('a' + starters - 1)));
    }
    part.erase(0, 1);
    return starter;
}

/// Of several HALs, `judged` is the one whose run is judged.
std::vector<Step> parse_path(std::string path, std::size_t starters, std::size_t& judged) {
    std::vector<Step> steps;
    judged = 0;
    if (starters != 1) {
        const std::size_t last = path.rfind('.') == std::string::npos ? 0 : path.rfind('.') + 1;
        std::string part = path.substr(last);
        judged = take_starter(part, starters);
        if (!part.empty()) throw std::invalid_argument("'" + path + "' ends with no letter: who runs to its end?");
        path.resize(last == 0 ? 0 : last - 1);
    }
    if (path == "-") return steps;
    std::size_t at = 0;
    while (at < path.size()) {
        std::size_t end = path.find('.', at);
        if (end == std::string::npos) end = path.size();
        std::string part = path.substr(at, end - at);
        const std::size_t starter = take_starter(part, starters);
        const bool outage = !part.empty() && part.back() == 'q';
        if (outage) part.pop_back();
        if (part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != std::string::npos) {
            throw std::invalid_argument("'" + path + "' is no path of kills: numbers joined by dots, as in 12.5q.3");
        }
        steps.push_back({starter, static_cast<std::uint32_t>(std::stoul(part)), outage});
        at = end + 1;
    }
    return steps;
}

}  // namespace

Judged replay_path(const Scenario& scenario, const std::string& path, const std::function<void(std::string)>& tell,
                   RunObserver* observer) {
    const transports::model::Layout layout(*scenario.chip);
    Judge judge(scenario, layout, OracleSet().set());
    std::size_t judged = 0;
    const std::vector<Step> steps = parse_path(path, judge.starters(), judged);
    judge.use(judged);
    judge.set_reference(judge.reference());
    const auto who = [&](std::size_t starter) {
        return starter == 0 ? std::string("a fresh HAL") : "a fresh HAL, " + scenario.others[starter - 1].name;
    };
    Rig& rig = judge.rig();
    rig.observer = observer;
    tell(fmt::format("start: {}", scenario.name));
    for (const Step& step : steps) {
        const std::uint64_t before = rig.chip.monitor.accesses;
        Killer killer(step.boundary, scenario.path == Path::spi ? "frame" : "access");
        judge.run_starter(step.starter, &killer);
        if (!killer.dead())
            throw std::invalid_argument("that run ends before boundary " + std::to_string(step.boundary));
        tell(fmt::format("{}; killed {} (moment {}), after {} accesses", who(step.starter), killer.where(),
                         step.boundary, rig.chip.monitor.accesses - before));
        if (step.outage) {
            rig.chip.settle();
            tell("an outage: hardware comes to rest");
        }
    }
    tell(who(judged) + " runs to its end");
    return judge.judge();
}

}  // namespace chaos
