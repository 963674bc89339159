#include "chaos/shards/rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "chaos/certificate/leaves.hpp"
#include "chaos/in_parallel.hpp"
#include "chaos/shards/outcomes.hpp"

namespace chaos::shards {

using certificate::Certificate;
using certificate::Change;
using certificate::Refused;
using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

namespace {

constexpr certificate::Kind kRuns{"reconverge_round_runs", "round of runs", 1};
constexpr certificate::Kind kStates{"reconverge_round_states", "round of states", 1};

struct State {
    Hash hash;
    std::vector<Change> changes;
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
    }

    bool run(const std::string& file) {
        const Hash start = judges_[0]->start().hash;
        std::vector<State> frontier;
        if (shard_.holds(start.low)) {
            states_.claim(start);
            runs_in_.insert(start);
            ++own_;
            frontier.push_back({start, {}});
        }
        for (;; ++round_) {
            if (!std::filesystem::exists(name("states", round_, shard_.number))) run_round(frontier);
            if (!collect(frontier)) return false;
            if (over_) break;
        }
        write(file);
        return true;
    }

private:
    std::string name(const char* what, std::uint64_t round, std::uint32_t shard) const {
        return fmt::format("{}/round-{:04}-shard-{:04}.{}", options_.folder, round, shard, what);
    }

    void tell(std::uint32_t waits_for) const {
        if (progress_) progress_({round_, own_, runs_, waits_for});
    }

    /// Runs what has fallen to this shard, and writes what came of it.
    void run_round(const std::vector<State>& frontier) {
        constexpr std::uint32_t kSlice = 256;
        certificate::Writer runs, states;
        RunWriter run_writer(runs);
        std::map<Hash, std::vector<Change>> met;
        const auto all = static_cast<std::uint32_t>(frontier.size());
        for (std::uint32_t from = 0; from < all; from += kSlice) {
            const std::uint32_t to = std::min(all, from + kSlice);
            std::vector<RecordedRun> slice(to - from);
            in_parallel(judges_, from, to, [&](Judge& judge, std::uint32_t n) {
                slice[n - from].generation = round_;
                slice[n - from].start = frontier[n].hash;
                explore(judge, frontier[n], slice[n - from].outcome);
            });
            for (const RecordedRun& run : slice) {
                run_writer.add(run);
                for (const Edge& edge : run.outcome.edges) note(edge.hash, met);
            }
            runs_ += slice.size();
            tell(0);
        }
        states.add({});  // a file has at least one record
        for (const auto& [hash, changes] : met) {
            Bytes out;
            put(out, hash);
            put(out, changes);
            states.add(out);
        }
        const nlohmann::json header = {
            {"subject", subject_}, {"round", round_}, {"shard", shard_.number}, {"runs", frontier.size()}};
        if (all != 0) runs.write(name("runs", round_, shard_.number), header, kRuns);
        states.write(name("states", round_, shard_.number), header, kStates);  // says that the round is done
    }

    void explore(Judge& judge, const State& state, Outcome& outcome) {
        const Snapshot start = snapshot_of(judge, state.changes);
        if (start.hash != state.hash) throw std::runtime_error("a state that was written comes back as another one");
        judge.rig().chip.restore(start);
        judge.rig().forget_sessions();
        outcome.state = state.changes;
        Watcher watcher(judge, states_, options_.closure.outages, scenario_.path == Path::spi, outcome);
        outcome.judged = judge.judge(&watcher);
        outcome.trail = trail_of(outcome.judged, watcher.digest());
        watcher.finish();
        if (!options_.closure.twice) return;
        outcome.differs_again = difference(outcome.trail, run_again(judge, start, options_.closure.outages));
    }

    void note(const Hash& hash, std::map<Hash, std::vector<Change>>& met) {
        const Snapshot snapshot = states_.take(hash);
        if (snapshot.cells.empty()) return;  // known
        met.emplace(hash, certificate::changes(judges_[0]->start().cells, snapshot.cells, layout_.hash_mask));
    }

    Certificate read(const char* what, std::uint64_t round, std::uint32_t shard, const certificate::Kind& kind) const {
        const std::string file = name(what, round, shard);
        Certificate content = Certificate::read(file, kind);
        if (content.header().value("subject", nlohmann::json()) != subject_) {
            throw Refused(file + " is of another campaign; choose another --exchange folder, or empty this one");
        }
        return content;
    }

    bool wait_for(const std::string& file, std::uint32_t shard) const {
        auto pause = std::chrono::milliseconds(5);
        constexpr auto kLongest = std::chrono::milliseconds(500);
        while (!std::filesystem::exists(file)) {
            if (!options_.wait) return false;
            tell(shard);
            std::this_thread::sleep_for(pause);
            pause = std::min(kLongest, pause * 2);
        }
        return true;
    }

    /// What this round has left to the shard for the next one. False: another shard's round isn't there.
    bool collect(std::vector<State>& frontier) {
        frontier.clear();
        std::uint64_t met = 0;
        for (std::uint32_t shard = 1; shard <= shard_.of; ++shard) {
            if (!wait_for(name("states", round_, shard), shard)) return false;
            const Certificate content = read("states", round_, shard, kStates);
            content.each([&](std::uint64_t n, const std::uint8_t* bytes, std::size_t size) {
                if (n == 0) return;
                ++met;
                const Bytes record(bytes, bytes + size);
                Record in(record);
                State state;
                state.hash = in.hash();
                const bool mine = shard_.holds(state.hash.low);
                if (!mine && shard == shard_.number) states_.claim(state.hash);  // not to be written again
                if (!mine || !runs_in_.insert(state.hash).second) return;
                states_.claim(state.hash);
                state.changes = changes_of(in, layout_.cells);
                frontier.push_back(std::move(state));
            });
        }
        own_ += frontier.size();
        if (own_ > options_.closure.max_states) {
            throw std::runtime_error(fmt::format("not closed within {} states of this shard; use more shards", own_));
        }
        std::sort(frontier.begin(), frontier.end(), [](const State& a, const State& b) { return a.hash < b.hash; });
        over_ = met == 0;
        return true;
    }

    /// All rounds' runs in one file.
    void write(const std::string& file) {
        certificate::Writer records;
        records.add({});
        RunWriter writer(records);
        for (std::uint64_t round = 0; round <= round_; ++round) {
            if (!std::filesystem::exists(name("runs", round, shard_.number))) continue;
            RunReader reader;
            read("runs", round, shard_.number, kRuns)
                .each([&](std::uint64_t, const std::uint8_t* bytes, std::size_t size) {
                    writer.add(reader.next(Bytes(bytes, bytes + size)));
                });
        }
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
        const double cpu = static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC;
        write_part(file, subject_, shard_, seconds, cpu, records);
    }

    const Scenario& scenario_;
    const nlohmann::json& subject_;
    const Shard shard_;
    const RoundsOptions& options_;
    const std::function<void(const RoundsProgress&)>& progress_;
    const Layout layout_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    const std::clock_t cpu_ = std::clock();
    std::vector<std::unique_ptr<Judge>> judges_;
    KnownStates states_;      // that needn't be written any more
    std::set<Hash> runs_in_;  // that have fallen to this shard
    std::uint64_t round_ = 0, own_ = 0, runs_ = 0;
    bool over_ = false;
};

}  // namespace

bool close_share(const Scenario& scenario, const nlohmann::json& subject, const Shard& shard,
                 const RoundsOptions& options, const std::string& file,
                 const std::function<void(const RoundsProgress&)>& progress) {
    return Rounds(scenario, subject, shard, options, progress).run(file);
}

struct PartRuns::Source {
    explicit Source(const Part& of) : part(of), leaves(of.content.compressed()) { advance(); }

    /// To the next run; the first record is none.
    void advance() {
        if (count++ == 0) leaves.next(record);
        there = leaves.next(record);
        if (there) run = reader.next(record);
    }

    const Part& part;
    certificate::Leaves leaves;
    RunReader reader;
    Bytes record;
    RecordedRun run;
    std::uint64_t count = 0;
    bool there = false;
};

PartRuns::PartRuns(const Campaign& campaign) {
    for (const Part& part : campaign.parts) sources_.push_back(std::make_unique<Source>(part));
}

PartRuns::~PartRuns() = default;

void PartRuns::next_generation() {
    ready_.clear();
    for (const auto& source : sources_) {
        for (; source->there && source->run.generation == generation_; source->advance()) {
            const Hash start = source->run.start;
            if (!source->part.shard.holds(start.low)) {
                throw Refused(source->part.file + " has a run of another shard; run that shard again");
            }
            ready_.emplace(start, std::move(source->run.outcome));
            ++read_;
        }
    }
    ++generation_;
}

void PartRuns::take(const Hash& state, Outcome& outcome) {
    const auto it = ready_.find(state);
    if (it == ready_.end()) {
        throw Refused("no part has the run from a state that another part leads to; run the shards again");
    }
    outcome = std::move(it->second);
    ++taken_;
}

void PartRuns::expect_all_taken() {
    for (const auto& source : sources_) {
        if (source->there) throw Refused(source->part.file + " has runs that nothing leads to; run that shard again");
    }
    if (taken_ != read_) throw Refused("the parts have runs that nothing leads to; run the shards again");
}

}  // namespace chaos::shards
