#include "chaos/explore.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "chaos/known_states.hpp"

namespace chaos {

using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

namespace {

constexpr std::size_t kCellsKept = 30;  // worth of losses

std::size_t digits(std::uint64_t n) {
    std::size_t count = 0;
    for (; n != 0; n >>= 1) ++count;
    return count;
}

/// States in which a HAL may die; each is handed out once.
class Frontier final : public StateSink {
public:
    explicit Frontier(std::uint64_t max) : max_(max) {}

    struct State {
        Snapshot snapshot;
        faults::Plan so_far;
    };

    void met(transports::model::Chip& chip, const faults::Plan& so_far) override {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!met_.insert(chip.hash()).second) return;
        ++fresh_;
        if (chip.hash().low % one_in_ != 0) return set_aside(chip.hash(), Recovery::Fate::left_out);
        if (handed_out_ + queue_.size() >= max_) return set_aside(chip.hash(), Recovery::Fate::waiting);
        queue_.push_back({chip.snapshot(), so_far});
    }
    bool take(State& state) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (queue_.empty()) return false;
        state = std::move(queue_.back());
        queue_.pop_back();
        ++handed_out_;
        return true;
    }
    /// What was met so far is known; of what comes, one state in `one_in` is handed out.
    void sample(std::uint32_t one_in) {
        fresh_ = 0;
        one_in_ = one_in;
    }
    std::uint64_t fresh() const { return fresh_; }
    /// Those that are not handed out.
    const std::vector<Recovery>& aside() const { return aside_; }

private:
    void set_aside(const Hash& state, Recovery::Fate fate) { aside_.push_back({state, fate, true, {}, {}}); }

    std::mutex mutex_;
    std::unordered_set<Hash, HashKey> met_;
    std::vector<State> queue_;
    const std::uint64_t max_;
    std::vector<Recovery> aside_;
    std::uint32_t one_in_ = 1;
    std::uint64_t fresh_ = 0, handed_out_ = 0;
};

class Exploration {
public:
    Exploration(const Scenario& scenario, const std::vector<Job>& jobs, const ExploreOptions& options,
                const std::function<void(const ExploreProgress&)>& progress)
        : jobs_(jobs), options_(options), progress_(progress), layout_(*scenario.chip), frontier_(options.max_states) {
        for (unsigned t = 0; t < std::max(1u, options.threads); ++t) {
            trials_.push_back(std::make_unique<Trials>(scenario, layout_, options.oracles));
        }
    }

    Recording run() {
        if (options_.kills_after) {  // any number of kills alone: what is known is not met again
            trials_[0]->recover(trials_[0]->judge().start(), {}, &frontier_);
            work(false);
            frontier_.sample(options_.one_state_in);
        }
        for (std::size_t n = 0; n < jobs_.size(); ++n) {
            if (!options_.mine || options_.mine(n)) mine_.push_back(n);
        }
        next_ = 0;
        results_.resize(mine_.size());
        work(true);
        for (std::size_t k = 0; k < mine_.size(); ++k) {
            recording_.trials.emplace_hint(recording_.trials.end(), mine_[k], std::move(results_[k]));
        }
        for (const Recovery& recovery : frontier_.aside()) recording_.recoveries.emplace(recovery.state, recovery);
        return std::move(recording_);
    }

private:
    /// Recovers from every state met, and from those that this leaves behind; only when none is left the next job
    /// adds to them, so that few wait in memory. Ends when there is neither.
    void work(bool further) {
        std::vector<std::thread> others;
        for (std::size_t t = 1; t < trials_.size(); ++t) {
            others.emplace_back([this, t, further] { work(*trials_[t], further, false); });
        }
        work(*trials_[0], further, true);
        for (std::thread& other : others) other.join();
    }

    void work(Trials& trials, bool further, bool tells) {
        Frontier::State state;
        for (;;) {
            ++busy_;
            const bool meets = frontier_.take(state);
            const std::size_t job = meets ? mine_.size() : next_++;
            if (meets) {
                recover(trials, state, further);
            } else if (job < mine_.size()) {
                run_job(trials, job);
            } else if (--busy_ == 0) {
                return;  // nobody can meet new states any more
            } else {
                std::this_thread::yield();
                continue;
            }
            --busy_;
            if (tells && progress_) progress_({done_, mine_.size(), lost_, frontier_.fresh()});
        }
    }

    void run_job(Trials& trials, std::size_t k) {
        const Job& job = jobs_[mine_[k]];
        results_[k] = trials.run(job.plan, options_.kills_after && sinks(job) ? &frontier_ : nullptr);
        lost_ += results_[k].verdict == Verdict::lost ? 1 : 0;
        ++done_;
    }

    /// What strikes the chip leaves new states behind at every later moment; those deaths are jobs of their own.
    static bool sinks(const Job& job) { return !faults::strikes_chip(faults::row(job.cell.fault)); }

    void recover(Trials& trials, const Frontier::State& state, bool further) {
        const Trial trial = trials.recover(state.snapshot, state.so_far, &frontier_);
        lost_ += trial.verdict == Verdict::lost ? 1 : 0;
        const std::lock_guard<std::mutex> lock(mutex_);
        const bool told = trial.verdict == Verdict::lost || trial.accesses >= dearest_;
        dearest_ = std::max(dearest_, trial.accesses);
        const Hash& hash = state.snapshot.hash;
        recording_.recoveries.emplace(
            hash, Recovery{hash, Recovery::Fate::tried, further, trial, told ? text(state.so_far) : std::string()});
    }

    const std::vector<Job>& jobs_;
    const ExploreOptions& options_;
    const std::function<void(const ExploreProgress&)>& progress_;
    const Layout layout_;
    Frontier frontier_;
    std::vector<std::unique_ptr<Trials>> trials_;
    std::vector<std::size_t> mine_;  // of the jobs
    std::vector<Trial> results_;     // of these
    std::atomic<std::size_t> next_{0}, done_{0};
    std::atomic<unsigned> busy_{0};
    std::atomic<std::uint64_t> lost_{0};
    std::mutex mutex_;
    std::uint64_t dearest_ = 0;
    Recording recording_;
};

}  // namespace

void Tally::count(const Job& job, const Trial& trial) {
    ++runs;
    accesses += trial.accesses;
    ++verdicts[static_cast<std::size_t>(trial.verdict)];
    Verdicts& cell = cells[job.cell];
    ++cell[static_cast<std::size_t>(trial.verdict)];
    if (trial.verdict == Verdict::not_measured) return;
    ++costs[digits(trial.accesses)];
    if (trial.accesses > worst_accesses) {
        worst_accesses = trial.accesses;
        worst_id = text(job.plan);
    }
    if (trial.verdict == Verdict::survived) {
        ++outcomes[static_cast<std::size_t>(job.cell.fault)][static_cast<std::size_t>(trial.outcome)];
        if (job.label != nullptr) ++labelled[job.label][static_cast<std::size_t>(trial.outcome)];
    }
    const std::uint64_t lost_here = cell[static_cast<std::size_t>(Verdict::lost)];
    if (trial.verdict == Verdict::lost && lost_here <= kept_per_cell && losses.size() < kCellsKept * kept_per_cell) {
        losses.push_back({{text(job.plan), trial.findings}, job.cell});
    }
}

void Tally::count(const Recovery& recovery) {
    if (recovery.further) ++states;
    if (recovery.fate == Recovery::Fate::left_out) ++left_out;
    if (recovery.fate == Recovery::Fate::waiting) ++waiting;
    if (recovery.fate != Recovery::Fate::tried) return;
    const Trial& trial = recovery.trial;
    ++recoveries;
    accesses += trial.accesses;
    ++costs[digits(trial.accesses)];
    if (trial.accesses > worst_accesses) {
        worst_accesses = trial.accesses;
        worst_id = recovery.plan;
    }
    if (trial.verdict != Verdict::lost) return;
    ++unrecovered;
    if (losses.size() < kCellsKept * kept_per_cell) losses.push_back({{recovery.plan, trial.findings}, {}});
}

void Tally::add(const Tally& other) {
    for (std::size_t v = 0; v < kVerdicts; ++v) verdicts[v] += other.verdicts[v];
    for (const auto& [cell, counts] : other.cells) {
        for (std::size_t v = 0; v < kVerdicts; ++v) cells[cell][v] += counts[v];
    }
    for (std::size_t f = 0; f < faults::kFaults; ++f) {
        for (std::size_t o = 0; o < faults::kOutcomes; ++o) outcomes[f][o] += other.outcomes[f][o];
    }
    for (std::size_t d = 0; d < costs.size(); ++d) costs[d] += other.costs[d];
    losses.insert(losses.end(), other.losses.begin(), other.losses.end());
    for (const auto& [label, counts] : other.labelled) {
        for (std::size_t o = 0; o < faults::kOutcomes; ++o) labelled[label][o] += counts[o];
    }
    recoveries += other.recoveries;
    unrecovered += other.unrecovered;
    runs += other.runs;
    accesses += other.accesses;
    states += other.states;
    left_out += other.left_out;
    waiting += other.waiting;
    if (other.worst_accesses > worst_accesses) {
        worst_accesses = other.worst_accesses;
        worst_id = other.worst_id;
    }
    seconds += other.seconds;
    cpu_seconds += other.cpu_seconds;
}

std::vector<Cost> Tally::histogram() const {
    std::vector<Cost> all;
    for (std::size_t d = 0; d < costs.size(); ++d) {
        const std::uint64_t from = d == 0 ? 0 : std::uint64_t{1} << (d - 1), to = (std::uint64_t{1} << d) - 1;
        if (costs[d] != 0) all.push_back({from, to, costs[d]});
    }
    return all;
}

Recording record(const Scenario& scenario, const std::vector<Job>& jobs, const ExploreOptions& options,
                 const std::function<void(const ExploreProgress&)>& progress) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    Recording recording = Exploration(scenario, jobs, options, progress).run();
    recording.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    recording.cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    return recording;
}

Tally tally_of(const std::vector<Job>& jobs, const Recording& recording, const ExploreOptions& options) {
    Tally tally;
    tally.kept_per_cell = options.kept_per_cell;
    for (const auto& [number, trial] : recording.trials) tally.count(jobs.at(number), trial);
    for (const auto& [state, recovery] : recording.recoveries) tally.count(recovery);
    tally.seconds = recording.seconds;
    tally.cpu_seconds = recording.cpu_seconds;
    return tally;
}

Tally explore(const Scenario& scenario, const std::vector<Job>& jobs, const ExploreOptions& options,
              const std::function<void(const ExploreProgress&)>& progress) {
    return tally_of(jobs, record(scenario, jobs, options, progress), options);
}

}  // namespace chaos
