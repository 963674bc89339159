#include "tests/bench/rivals/arena.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace rivals {

using chaos::faults::Plan;

namespace {

std::uint64_t runs = 0;

[[noreturn]] void end(nlohmann::json line) {
    line["runs"] = runs;
    line["cpu"] = cpu_seconds();
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
    ::_exit(0);  // from within somebody else's loop
}

chaos::Scenario make(const std::string& name, chaos::Path path, const std::string& hal) {
    chaos::Scenario scenario = chaos::make_scenario(name, 1, 8);
    scenario.path = path;
    if (!hal.empty()) scenario.hal = chaos::HalLibrary::load(hal);
    return scenario;
}

/// When each moment ends: bytes take their time on the wire, waits what the hardware takes.
class Clock final : public chaos::Boundary {
public:
    Clock(transports::model::Chip& chip, bool spi) : chip_(chip), spi_(spi), waited_(chip.now()) {}

    bool reached(std::uint32_t, chaos::Moment moment, std::size_t bytes) override {
        constexpr std::uint64_t kNsPerByte = 8 * 40, kNsPerAccess = 1'000;
        now_ += chip_.now() - waited_;
        waited_ = chip_.now();
        if (moment == chaos::Moment::before) now_ += spi_ ? bytes * kNsPerByte : kNsPerAccess;
        ends.push_back(now_);
        return true;
    }

    std::vector<std::uint64_t> ends;

private:
    transports::model::Chip& chip_;
    const bool spi_;
    std::uint64_t waited_, now_ = 0;
};

}  // namespace

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void give_up() { end({{"found", false}}); }

Arena::Arena(const std::string& scenario, chaos::Path path, const std::string& suspect)
    : untouched_(make(scenario, path, "")), scenario_(make(scenario, path, suspect)), layout_(*scenario_.chip) {
    const chaos::OracleSet all = chaos::OracleSet().set();
    other_ = std::make_unique<chaos::Trials>(untouched_, layout_, all);
    try {
        suspect_ = std::make_unique<chaos::Trials>(scenario_, layout_, all);
    } catch (const std::runtime_error& refused) {  // the scenario fails without any fault
        end({{"found", true}, {"oracle", "bench"}, {"what", refused.what()}, {"id", ""}});
    }
    learn_times();
}

void Arena::learn_times() {
    chaos::Judge& judge = other_->judge();
    judge.rig().chip.restore(judge.start());
    judge.rig().forget_sessions();
    Clock clock(judge.rig().chip, spi());
    judge.let_die(clock);
    ends_ns_ = std::move(clock.ends);
}

std::uint32_t Arena::moment_at(double share) const {
    const auto at = static_cast<std::uint64_t>(share * static_cast<double>(ends_ns_.back()));
    const auto found = std::upper_bound(ends_ns_.begin(), ends_ns_.end(), at);
    return static_cast<std::uint32_t>(std::min<std::ptrdiff_t>(found - ends_ns_.begin(), moments() - 1));
}

bool Arena::survives(const Plan& plan) {
    ++runs;
    const chaos::Trial trial = suspect_->run(plan);
    if (trial.verdict != chaos::Verdict::lost) return trial.verdict == chaos::Verdict::survived;
    if (other_->run(plan).verdict == chaos::Verdict::lost) return true;
    const chaos::Finding& first = trial.findings.front();
    end({{"found", true},
         {"oracle", chaos::oracles()[static_cast<std::size_t>(first.oracle)].name},
         {"what", first.what},
         {"id", scenario_.name + "@1/8@" + (spi() ? "spi:" : "pcie:") + chaos::faults::text(plan)}});
}

Arenas::Arenas(std::string suspect) : suspect_(std::move(suspect)), made_(2 * chaos::scenarios().size()) {}

Arena& Arenas::operator[](std::size_t n) {
    if (made_[n] == nullptr) {
        const chaos::Path path = n % 2 == 0 ? chaos::Path::spi : chaos::Path::pcie;
        made_[n] = std::make_unique<Arena>(chaos::scenarios()[n / 2].name, path, suspect_);
    }
    return *made_[n];
}

}  // namespace rivals
