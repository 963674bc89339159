#include "chaos/real/paired.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include "chaos/judge.hpp"
#include "chaos/real/served_chip.hpp"
#include "transports/spi/protocol.hpp"

namespace chaos::real {

using transports::model::Chip;
using transports::model::Hash;

namespace {

constexpr std::uint64_t kPauseUs = 50'000;
constexpr std::uint64_t kRecoverOneIn = 65;
constexpr std::uint64_t kEdgesOneIn = 8;  // kills between frames and in waits, few among so many bytes

/// What a run passes: the state at every moment, and the frames between them.
class Passage final : public ProcessBoundary {
public:
    explicit Passage(const Chip& chip) : chip_(chip) {}
    bool reached(std::uint32_t, Moment moment, std::size_t bytes) override {
        states.push_back(chip_.hash());
        kinds.push_back(moment);
        sizes.push_back(static_cast<std::uint32_t>(bytes));
        requests.push_back(0);
        return true;
    }
    Fate fate(const Sent& sent) override {
        namespace spi = transports::spi;
        requests.back() =
            static_cast<std::uint32_t>(spi::kRequestHeader + spi::kCrcSize + sent.frame[spi::kAtPayloadSize] +
                                       256u * sent.frame[spi::kAtPayloadSize + 1]);
        return {};
    }
    std::vector<Hash> states;
    std::vector<Moment> kinds;
    std::vector<std::uint32_t> sizes, requests;  // bytes of the frame behind a moment `before`, and of its request

private:
    const Chip& chip_;
};

/// Where a process dies: at a moment, or when the chip has seen `bytes` of the frame behind it.
struct Point {
    std::uint32_t moment;
    std::uint32_t bytes;
};

class Killer final : public ProcessBoundary {
public:
    explicit Killer(Point point) : point_(point) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override {
        at_ = index;
        if (index != point_.moment + (point_.bytes == 0 ? 0 : 1)) return true;
        process->kill();
        return false;
    }
    Fate fate(const Sent& sent) override {
        if (at_ != point_.moment || point_.bytes >= sent.bytes) return {};
        return {Fate::Kind::cut, point_.bytes, 0};
    }

private:
    const Point point_;
    std::uint32_t at_ = 0;
};

/// Does something at one moment, with the process, if there is one, standing still; then notes what comes.
class Pauser final : public ProcessBoundary {
public:
    Pauser(const Chip& chip, std::uint32_t moment, std::function<void()> meanwhile)
        : chip_(chip), moment_(moment), meanwhile_(std::move(meanwhile)) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override {
        if (index == moment_) {
            if (process != nullptr) process->stop();
            meanwhile_();
            if (process != nullptr) process->go_on();
        }
        if (index >= moment_) after.push_back(chip_.hash());
        return true;
    }
    std::vector<Hash> after;

private:
    const Chip& chip_;
    const std::uint32_t moment_;
    const std::function<void()> meanwhile_;
};

class Pairing {
public:
    Pairing(const Scenario& scenario, const PairedOptions& options)
        : scenario_(scenario),
          options_(options),
          layout_(*scenario.chip),
          judge_(scenario, layout_, OracleSet().set()),
          simulated_(judge_.rig().chip),
          served_(scenario, layout_, options.halctl) {
        reference_ = judge_.reference();
        rewind();
        judge_.rig().run(scenario.intended, scenario.policy, &simulated_);
        align();
        for (std::uint32_t m = 0; m < simulated_.states.size(); ++m) {
            first_point_.push_back(result_.points);
            if (simulated_.kinds[m] == Moment::after) continue;
            edges_.push_back({m, 0});
            ++result_.points;
            if (simulated_.kinds[m] == Moment::waiting) continue;
            edges_.push_back({m, simulated_.sizes[m]});
            result_.points += simulated_.sizes[m];
            ++result_.frames;
        }
        result_.moments = simulated_.states.size();
        result_.passed = std::set<Hash>(simulated_.states.begin(), simulated_.states.end()).size();
    }

    PairedResult run(const std::function<void(const PairedResult&)>& progress) {
        const auto start = std::chrono::steady_clock::now();
        const std::uint64_t stride = coprime(result_.points);
        for (std::uint64_t k = 0; k < options_.kills; ++k) {
            const std::uint64_t n = options_.first + k;
            kill_at(n % kEdgesOneIn == 0 ? edges_[n / kEdgesOneIn % edges_.size()]
                                         : point(n % result_.points * stride % result_.points),
                    n);
            result_.states = left_.size();
            if (progress) progress(result_);
        }
        for (std::uint64_t k = 0; k < options_.stops; ++k) {
            const std::uint64_t moment = (options_.first + k) * 7919 % result_.moments;
            pause_at(static_cast<std::uint32_t>(moment));
            fence_at(static_cast<std::uint32_t>(moment));
            if (progress) progress(result_);
        }
        result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return result_;
    }

private:
    void rewind() {
        judge_.rig().chip.restore(judge_.start());
        judge_.rig().forget_sessions();
    }

    /// halctl looks at the chip's identity before it claims; behind that both runs must be the same.
    void align() {
        served_.restore();
        Passage real(served_.rig.chip);
        if (const int status = served_.converge(real); status != 0) {
            throw std::runtime_error(
                fmt::format("{} doesn't converge without any kill: exit code {}", options_.halctl, status));
        }
        if (real.states.size() < simulated_.states.size()) {
            throw std::runtime_error("halctl passes fewer moments than the HAL in process");
        }
        ahead_ = static_cast<std::uint32_t>(real.states.size() - simulated_.states.size());
        for (std::size_t m = 0; m < simulated_.states.size(); ++m) {
            if (real.states[m + ahead_] == simulated_.states[m] && real.kinds[m + ahead_] == simulated_.kinds[m] &&
                real.sizes[m + ahead_] == simulated_.sizes[m]) {
                continue;
            }
            throw std::runtime_error(fmt::format("halctl and the HAL in process part at moment {}", m));
        }
    }

    static std::uint64_t coprime(std::uint64_t n) {
        std::uint64_t stride = n * 618 / 1000 + 1;  // near the golden section: spreads evenly
        while (std::gcd(stride, n) != 1) ++stride;
        return stride;
    }

    Point point(std::uint64_t number) const {
        const auto next = std::upper_bound(first_point_.begin(), first_point_.end(), number);
        const auto moment = static_cast<std::uint32_t>(next - first_point_.begin() - 1);
        return {moment, static_cast<std::uint32_t>(number - first_point_[moment])};
    }

    void count(std::uint64_t& counter, const std::string& what) {
        if (result_.differ + result_.lost == 0) result_.first = what;
        ++counter;
    }
    void differs(const std::string& what) { count(result_.differ, what); }
    void loses(const std::string& what) { count(result_.lost, what); }

    void kill_at(Point point, std::uint64_t number) {
        const bool waits = simulated_.kinds[point.moment] == Moment::waiting;
        // The bridge executes a frame as soon as its request is whole.
        const bool executed = !waits && point.bytes >= simulated_.requests[point.moment];
        const Hash expected = simulated_.states[point.moment + (executed ? 1 : 0)];
        ++(waits                                          ? result_.waiting
           : point.bytes == 0                             ? result_.before
           : point.bytes < simulated_.sizes[point.moment] ? result_.inside
                                                          : result_.behind);
        served_.restore();
        Killer killer({point.moment + ahead_, point.bytes});
        const int status = served_.converge(killer);
        ++result_.kills;
        const std::string where = fmt::format("moment {}, byte {}", point.moment, point.bytes);
        if (status != -9) return differs(fmt::format("{}: halctl ended by {} before it was killed", where, status));
        const Hash left = served_.rig.chip.hash();
        left_.insert(left);
        if (left != expected) return differs(where + ": the real kill leaves another chip");
        if (number % kRecoverOneIn != 0) return;
        Passage fresh(served_.rig.chip);
        const int recovered = served_.converge(fresh);
        served_.rig.chip.finish_countdowns();
        if (recovered != 0 || served_.rig.chip.hash() != reference_.end) {
            return loses(where + ": a fresh halctl doesn't bring the chip where one without kills does");
        }
        ++result_.recovered;
    }

    /// Stands still while hardware goes on.
    void pause_at(std::uint32_t moment) {
        rewind();
        Rig& rig = judge_.rig();
        Pauser simulated(rig.chip, moment, [&] { rig.chip.advance(kPauseUs); });
        rig.run(scenario_.intended, scenario_.policy, &simulated);
        served_.restore();
        Chip& chip = served_.rig.chip;
        Pauser real(chip, moment + ahead_, [&] { chip.advance(kPauseUs); });
        const int status = served_.converge(real);
        if (status != 0 || real.after != simulated.after) {
            return differs(
                fmt::format("paused at moment {}: goes on in another way than simulated ({})", moment, status));
        }
        ++result_.paused;
    }

    /// Stands still while another HAL takes the port and does the work: what it had seen is no longer acted on.
    void fence_at(std::uint32_t moment) {
        served_.restore();
        Chip& chip = served_.rig.chip;
        std::uint64_t writes = 0, at_ns = 0;
        Hash done{};
        Pauser real(chip, moment + ahead_, [&] {
            served_.rig.run(scenario_.intended, scenario_.policy);
            writes = chip.monitor.writes;
            done = chip.hash();
            at_ns = chip.now();
        });
        const int status = served_.converge(real);
        // Before its first frame it had seen nothing, and takes over in its turn; behind its last it has nothing to
        // send.
        const bool unaware = moment == 0 || moment + 1 == simulated_.states.size();
        const bool changed = chip.now() == at_ns && chip.hash() != done;  // in a longer wait hardware goes on by itself
        if (status != (unaware ? 0 : 3) || chip.monitor.writes != writes || changed) {
            return loses(fmt::format("another HAL took over at moment {}: exit code {}, {} words written after that",
                                     moment, status, chip.monitor.writes - writes));
        }
        ++result_.fenced;
    }

    const Scenario& scenario_;
    const PairedOptions& options_;
    const transports::model::Layout layout_;
    Judge judge_;
    Passage simulated_;
    ServedChip served_;
    Reference reference_;
    std::uint32_t ahead_ = 0;
    std::vector<std::uint64_t> first_point_;  // by moment
    std::vector<Point> edges_;                // before and behind frames, and in waits
    std::set<Hash> left_;
    PairedResult result_;
};

}  // namespace

PairedResult compare_kills(const Scenario& scenario, const PairedOptions& options,
                           const std::function<void(const PairedResult&)>& progress) {
    return Pairing(scenario, options).run(progress);
}

}  // namespace chaos::real
