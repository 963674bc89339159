#include "chaos/shards/rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <queue>
#include <stdexcept>
#include <thread>
#include <unordered_set>

#include "chaos/in_parallel.hpp"
#include "chaos/shards/met_states.hpp"
#include "chaos/shards/outcomes.hpp"

namespace chaos::shards {

using certificate::Certificate;
using certificate::Change;
using certificate::Refused;
using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

namespace {

constexpr certificate::Kind kRuns{"reconverge_round_runs", "round of runs", 4};

struct State {
    EdgePath path;
    Snapshot snapshot;
};

class Rounds {
public:
    Rounds(const Scenario& scenario, const nlohmann::json& subject, const Shard& shard, const RoundsOptions& options,
           const std::function<void(const RoundsProgress&)>& progress)
        : scenario_(scenario),
          subject_(subject),
          shard_(shard),
          options_(options),
          progress_(progress),
          layout_(*scenario.chip) {
        for (unsigned t = 0; t < std::max(1u, options.closure.threads); ++t) {
            judges_.push_back(std::make_unique<Judge>(scenario, layout_, options.closure.oracles));
        }
        const Reference reference = judges_[0]->reference();
        for (auto& judge : judges_) judge->set_reference(reference);
        writing_ = {reference.sweep, options.closure.audit_percent, options.all_edges};
    }

    bool run(const std::string& file) {
        for (;; ++round_) {
            if (round_ != 0 && !wait_for_all(round_ - 1)) return false;
            const bool known = std::filesystem::exists(name("states", round_, shard_.number));  // of an earlier process
            if ((known ? each_new([](const EdgePath&, const Snapshot&) {}) : run_round()) == 0) break;
        }
        write(file);
        return true;
    }

private:
    std::string name(const char* what, std::uint64_t round, std::uint32_t shard) const {
        return fmt::format("{}/round-{:04}-shard-{:04}.{}", options_.folder, round, shard, what);
    }

    void tell(std::uint32_t waits_for) const {
        if (progress_) progress_({round_, runs_in_.size(), runs_, waits_for});
    }

    /// Runs what the round before has left to this shard, and writes what comes of it. What has been met goes to the
    /// file at once and comes back from there: only hashes stay. Returns what each_new() does; after 0 nothing is
    /// written.
    std::uint64_t run_round() {
        constexpr std::size_t kSlice = 64;  // bounds what is kept in memory
        certificate::Writer runs(certificate::Writer::kFast);
        MetStatesWriter states(layout_, judges_[0]->start());
        RunWriter::Options writing = writing_;
        writing.all_edges |= round_ == 0;  // pairs of kills are counted by them
        RunWriter writer(runs, writing);
        std::vector<State> slice;
        std::uint64_t all = 0;
        const auto run_slice = [&] {
            std::vector<Outcome> outcomes(slice.size());
            in_parallel(judges_, 0, static_cast<std::uint32_t>(slice.size()), [&](Judge& judge, std::uint32_t n) {
                run_from(judge, slice[n].snapshot, states_, options_.closure.outages, scenario_.path == Path::spi,
                         options_.closure.twice, outcomes[n]);
            });
            for (std::size_t n = 0; n < slice.size(); ++n) write_run(slice[n], outcomes[n], writer, states);
            all += slice.size();
            runs_ += slice.size();
            slice.clear();
            tell(0);
        };
        const std::uint64_t left = each_new([&](const EdgePath& path, const Snapshot& state) {
            slice.push_back({path, state});
            if (slice.size() == kSlice) run_slice();
        });
        if (left == 0) return 0;
        run_slice();
        writer.finish(round_);
        const nlohmann::json header = {
            {"subject", subject_}, {"round", round_}, {"shard", shard_.number}, {"runs", all}};
        if (all != 0) runs.write(name("runs", round_, shard_.number), header, kRuns);
        states.write(name("states", round_, shard_.number), header);  // says that the round is done
        return left;
    }

    /// What the run met first goes to all shards.
    void write_run(const State& from, const Outcome& outcome, RunWriter& runs, MetStatesWriter& states) {
        const std::size_t met_before = runs.met().size();
        runs.add(from.snapshot.hash, outcome, [&] {
            return certificate::changes(judges_[0]->start().cells, from.snapshot.cells, layout_.hash_mask);
        });
        EdgePath path = from.path;
        path.push_back(0);
        for (std::size_t n = met_before; n < runs.met().size(); ++n) {
            const Snapshot snapshot = states_.take(runs.met()[n].state);
            if (snapshot.cells.empty()) continue;
            path.back() = runs.met()[n].position;
            states.add(path, snapshot);
        }
    }

    /// f(path, state) for each one that the round before has left to this shard and that no earlier round had, in the
    /// order of their paths: as one process would come to them. Returns how many states that round has left to all
    /// shards.
    std::uint64_t each_new(const std::function<void(const EdgePath&, const Snapshot&)>& f) {
        if (round_ == 0) {
            const Snapshot& start = judges_[0]->start();
            if (take_in(start.hash)) f({}, start);
            return 1;
        }
        const auto later = [](const Left& a, const Left& b) { return a.states->path() > b.states->path(); };
        std::priority_queue<Left, std::vector<Left>, decltype(later)> files(later);
        for (std::uint32_t shard = 1; shard <= shard_.of; ++shard) {
            auto states =
                std::make_shared<MetStates>(read("states", round_ - 1, shard, kStates), layout_, judges_[0]->start());
            if (states->next()) files.push({shard, std::move(states)});
        }
        std::uint64_t left = 0;
        for (; !files.empty(); ++left) {
            const Left first = files.top();
            files.pop();
            const Snapshot& state = first.states->state();
            // What this shard has written for others is not to be written again.
            if (!shard_.holds(state.hash.low) && first.by == shard_.number) leave_unwritten(state.hash);
            if (take_in(state.hash)) f(first.states->path(), state);
            if (first.states->next()) files.push(first);
        }
        return left;
    }

    void leave_unwritten(const Hash& hash) {
        std::size_t next = 0;
        states_.claim(hash, next);
    }

    bool take_in(const Hash& hash) {
        if (!shard_.holds(hash.low) || !runs_in_.insert(hash).second) return false;
        leave_unwritten(hash);
        if (runs_in_.size() > options_.closure.max_states) {
            throw std::runtime_error(
                fmt::format("not closed within {} states of this shard; use more shards", options_.closure.max_states));
        }
        return true;
    }

    Certificate read(const char* what, std::uint64_t round, std::uint32_t shard, const certificate::Kind& kind) const {
        const std::string file = name(what, round, shard);
        Certificate content = Certificate::read(file, kind);
        if (content.header().value("subject", nlohmann::json()) != subject_) {
            throw Refused(file + " is of another campaign; choose another --exchange folder, or empty this one");
        }
        return content;
    }

    /// False, without `wait`: some shard's round isn't there.
    bool wait_for_all(std::uint64_t round) const {
        for (std::uint32_t shard = 1; shard <= shard_.of; ++shard) {
            // By looking again, an eighth of the wait is lost at most.
            constexpr std::chrono::microseconds kShortest{1'000}, kLongest{500'000};
            auto waited = kShortest, pause = kShortest;
            while (!std::filesystem::exists(name("states", round, shard))) {
                if (!options_.wait) return false;
                tell(shard);
                std::this_thread::sleep_for(pause);
                waited += pause;
                pause = std::clamp(waited / 8, kShortest, kLongest);
            }
        }
        return true;
    }

    /// All rounds' runs in one file.
    void write(const std::string& file) {
        certificate::Writer records(certificate::Writer::kFast);
        records.add({});
        for (std::uint64_t round = 0; round <= round_; ++round) {
            if (!std::filesystem::exists(name("runs", round, shard_.number))) continue;
            read("runs", round, shard_.number, kRuns)
                .each([&](std::uint64_t, const std::uint8_t* bytes, std::size_t size) {
                    records.add(Bytes(bytes, bytes + size));
                });
        }
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
        const double cpu = static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC;
        write_part(file, subject_, shard_, seconds, cpu, records);
    }

    /// What a shard has left in the round before.
    struct Left {
        std::uint32_t by;
        std::shared_ptr<MetStates> states;
    };

    const Scenario& scenario_;
    const nlohmann::json& subject_;
    const Shard shard_;
    const RoundsOptions& options_;
    const std::function<void(const RoundsProgress&)>& progress_;
    const Layout layout_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    const std::clock_t cpu_ = std::clock();
    std::vector<std::unique_ptr<Judge>> judges_;
    RunWriter::Options writing_;
    KnownStates states_;                         // that needn't be written any more
    std::unordered_set<Hash, HashKey> runs_in_;  // that have fallen to this shard
    std::uint64_t round_ = 0, runs_ = 0;
};

}  // namespace

bool close_share(const Scenario& scenario, const nlohmann::json& subject, const Shard& shard,
                 const RoundsOptions& options, const std::string& file,
                 const std::function<void(const RoundsProgress&)>& progress) {
    return Rounds(scenario, subject, shard, options, progress).run(file);
}

struct PartRuns::Source {
    explicit Source(const Part& of) : part(of), leaves(of.content.compressed()) { advance(); }

    /// To the next round that has runs of this shard.
    void advance() {
        round.clear();
        there = false;
        while (leaves.next(record)) {
            if (record.empty()) continue;  // the first one
            there = true;
            if (!round.add(record)) return;
        }
        if (there) throw Refused(part.file + " ends within a round; run that shard again");
    }

    const Part& part;
    certificate::Leaves leaves;
    Bytes record;
    RecordedRound round;
    bool there = false;
};

PartRuns::PartRuns(const Campaign& campaign) {
    for (const Part& part : campaign.parts) sources_.push_back(std::make_unique<Source>(part));
}

PartRuns::~PartRuns() = default;

void PartRuns::next_generation() {
    for (const auto& source : sources_) {
        if (generation_ != 0 && source->there && source->round.round() == generation_ - 1) source->advance();
    }
    ready_.clear();
    for (const auto& source : sources_) {
        if (!source->there || source->round.round() != generation_) continue;
        for (std::size_t run = 0; run < source->round.runs(); ++run) {
            const Hash start = source->round.start(run);
            if (!source->part.shard.holds(start.low)) {
                throw Refused(source->part.file + " has a run of another shard; run that shard again");
            }
            ready_.emplace(start, Place{source.get(), run});
            ++read_;
        }
    }
    ++generation_;
}

const PartRuns::Place& PartRuns::place(const Hash& state) const {
    const auto it = ready_.find(state);
    if (it == ready_.end()) {
        throw Refused("no part has the run from a state that another part leads to; run the shards again");
    }
    return it->second;
}

void PartRuns::take(const Hash& state, Outcome& outcome) {
    const Place& at = place(state);
    outcome = at.source->round.outcome(at.run);
    ++taken_;
}

void PartRuns::each_arrival(const std::function<void(const Arrivals&)>& f) const {
    for (const auto& source : sources_) {
        if (!source->there || source->round.round() + 1 != generation_) continue;
        for (const Arrivals& arrivals : source->round.arrivals()) f(arrivals);
    }
}

std::vector<Change> PartRuns::changes(const Hash& state) const {
    const Place& at = place(state);
    return at.source->round.changes(at.run);
}

void PartRuns::expect_all_taken() {
    for (const auto& source : sources_) {
        if (source->there && source->round.round() >= generation_)
            throw Refused(source->part.file + " has runs that nothing leads to; run that shard again");
    }
    if (taken_ != read_) throw Refused("the parts have runs that nothing leads to; run the shards again");
}

}  // namespace chaos::shards
