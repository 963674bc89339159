#include "chaos/cluster.hpp"

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

namespace chaos {

using hal::converge::InstanceRow;
using transports::model::Chip;
using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

Cluster::Cluster(const hal::converge::Chip& chip, std::uint16_t of)
    : whole_(chip),
      chip_{chip.name, chip.scale_numerator, chip.scale_denominator, chip.identity, chip.types, {}, nullptr,
            0,         chip.services} {
    std::set<std::uint16_t> members{0};  // the system block is part of every chip
    const std::function<void(std::uint16_t)> add = [&](std::uint16_t i) {
        members.insert(i);
        const InstanceRow& row = chip.instances[i];
        for (std::uint16_t k = 0; k < row.parents; ++k) add(chip.parents[row.first_parent + k]);
    };
    add(of);
    members_.assign(members.begin(), members.end());
    std::unordered_map<std::uint16_t, std::uint16_t> number;
    for (const std::uint16_t i : members_) number.emplace(i, static_cast<std::uint16_t>(number.size()));
    for (const std::uint16_t i : members_) {
        InstanceRow row = chip.instances[i];
        const std::uint16_t first = row.first_parent;
        row.first_parent = static_cast<std::uint16_t>(parents_.size());
        for (std::uint16_t k = 0; k < row.parents; ++k) parents_.push_back(number.at(chip.parents[first + k]));
        rows_.push_back(row);
        chip_.waves = std::max<std::uint32_t>(chip_.waves, row.wave + 1u);
    }
    chip_.instances = {rows_.data(), rows_.size()};
    chip_.parents = parents_.data();
}

Intended Cluster::part_of(const Intended& whole) const {
    Intended part;
    for (const std::uint16_t i : members_) {
        const std::uint32_t begin = hal::converge::intent_offset(whole_, i);
        const std::uint32_t end = hal::converge::intent_offset(whole_, static_cast<std::uint16_t>(i + 1));
        part.words.insert(part.words.end(), whole.words.begin() + begin, whole.words.begin() + end);
        if (!whole.groups.empty()) part.groups.push_back(whole.groups[i]);
    }
    part.images = whole.images;
    part.firmware = whole.firmware;
    return part;
}

Scenario Cluster::part_of(const Scenario& whole) const {
    Scenario part = whole;
    part.chip = &chip_;
    part.intended = part_of(whole.intended);
    part.earlier = part_of(whole.earlier);
    part.hal = HalLibrary::direct();
    return part;
}

namespace {

struct Key {
    Hash hash;
    std::uint64_t learnt;
    friend bool operator==(const Key& a, const Key& b) { return a.hash == b.hash && a.learnt == b.learnt; }
};
struct KeyHash {
    std::size_t operator()(const Key& k) const { return static_cast<std::size_t>(k.hash.low ^ (k.learnt * 31)); }
    std::size_t operator()(const Hash& h) const { return static_cast<std::size_t>(h.low); }
};

using Script = std::vector<std::uint16_t>;  // one choice per moment at which hardware could move

class ClusterExplorer;

/// One run under a script of hardware's choices. Behind the script's end nothing moves until it must.
class Chooser final : public Boundary {
public:
    Chooser(ClusterExplorer& explorer, Rig& rig, const Script& script)
        : explorer_(explorer), rig_(rig), script_(script) {}

    bool reached(std::uint32_t, Moment moment, std::size_t) override;
    void heard(const std::uint8_t* reply, std::size_t bytes) override {
        for (std::size_t i = 0; i < bytes; ++i) learnt_ = (learnt_ ^ reply[i]) * 1099511628211u;  // FNV-1a
    }

private:
    static constexpr std::uint16_t kTraffic = 0xFFFF;  // among the numbers of countdowns

    void move(std::uint16_t choice, const std::vector<std::uint16_t>& running);
    void finish_all();

    ClusterExplorer& explorer_;
    Rig& rig_;
    const Script& script_;
    Script taken_;
    std::uint64_t learnt_ = 14695981039346656037u;
    unsigned waits_ = 0;  // in a row without an answer that shows progress: hardware keeps its declared bound
};

class ClusterExplorer {
public:
    ClusterExplorer(const Scenario& part, OracleSet oracles, std::uint64_t max_runs)
        : layout_(*part.chip), judge_(part, layout_, of_a_cluster(oracles)), max_runs_(max_runs) {}

    ClusterResult run() {
        judge_.ignore_phase_of_traffic();
        judge_.reference();
        judge_.rig().chip.stop_countdowns(true);
        meet(judge_.start());
        while (!states_.empty() && result_.runs < max_runs_) {
            start_ = std::move(states_.back());
            states_.pop_back();
            scripts_.assign(1, Script());
            while (!scripts_.empty() && result_.runs < max_runs_) {
                const Script script = std::move(scripts_.back());
                scripts_.pop_back();
                run_once(script);
            }
        }
        result_.closed = states_.empty() && scripts_.empty();
        result_.states = met_.size();
        result_.moments = moments_.size();
        result_.blocks = static_cast<std::uint32_t>(layout_.chip.instances.size());
        return result_;
    }

    void meet(const Snapshot& state) {
        if (met_.insert(state.hash).second) states_.push_back(state);
    }
    bool new_moment(const Key& key) { return moments_.insert(key).second; }
    void branch(Script script) { scripts_.push_back(std::move(script)); }

private:
    static OracleSet of_a_cluster(OracleSet set) {
        set.reset(static_cast<std::size_t>(Oracle::delivers));  // needs the whole chip: routes lead through others
        set.reset(static_cast<std::size_t>(Oracle::bounded));
        return set;
    }

    void run_once(const Script& script) {
        judge_.rig().chip.restore(start_);
        judge_.rig().forget_sessions();
        Chooser chooser(*this, judge_.rig(), script);
        const Judged judged = judge_.judge(&chooser);
        ++result_.runs;
        result_.accesses += judged.run.accesses;
        // Of a run that was cut short what follows was explored from an equal moment; up to there its conduct counts.
        for (const Finding& finding : judged.findings) {
            if (result_.findings.size() < 5) result_.findings.push_back(finding);
        }
    }

    const Layout layout_;
    Judge judge_;
    const std::uint64_t max_runs_;
    Snapshot start_;
    std::vector<Snapshot> states_;
    std::vector<Script> scripts_;
    std::unordered_set<Hash, KeyHash> met_;
    std::unordered_set<Key, KeyHash> moments_;
    ClusterResult result_;
};

/// Everything that runs finishes, and what that starts; traffic, which never rests, ends its phase.
void Chooser::finish_all() {
    Chip& chip = rig_.chip;
    chip.finish_countdowns();
    if (chip.traffic_moves()) chip.move_traffic();
}

bool Chooser::reached(std::uint32_t, Moment moment, std::size_t) {
    explorer_.meet(rig_.chip.snapshot());
    if (moment == Moment::after) return true;
    std::vector<std::uint16_t> running = rig_.chip.running_countdowns();
    if (rig_.chip.traffic_moves()) running.push_back(kTraffic);
    if (running.empty()) {
        waits_ = 0;
        return true;
    }
    if (moment == Moment::waiting && ++waits_ >= 2) {  // its declared longest duration is over
        waits_ = 0;
        finish_all();
        explorer_.meet(rig_.chip.snapshot());
        return true;
    }
    // 0: nothing; 1..: each subset of up to 4, else each one alone and all; last: everything, chains included.
    const std::uint16_t subsets =
        static_cast<std::uint16_t>(running.size() <= 4 ? (1u << running.size()) - 1u : running.size() + 1u);
    const std::uint16_t options = static_cast<std::uint16_t>(subsets + 2);
    std::uint16_t choice = 0;
    if (taken_.size() < script_.size()) {
        choice = script_[taken_.size()];
    } else {
        if (!explorer_.new_moment({rig_.chip.hash(), learnt_ * 2 + waits_})) return false;
        for (std::uint16_t other = 1; other < options; ++other) {
            Script script = taken_;
            script.push_back(other);
            explorer_.branch(std::move(script));
        }
    }
    taken_.push_back(choice);
    move(choice, running);
    if (choice != 0) explorer_.meet(rig_.chip.snapshot());
    return true;
}

void Chooser::move(std::uint16_t choice, const std::vector<std::uint16_t>& running) {
    if (choice == 0) return;
    const bool small = running.size() <= 4;
    const std::size_t subsets = small ? (std::size_t{1} << running.size()) - 1 : running.size() + 1;
    if (choice > subsets) return finish_all();
    for (std::size_t k = 0; k < running.size(); ++k) {
        const bool moves = small ? ((choice >> k) & 1u) != 0 : choice == k + 1 || choice == running.size() + 1;
        if (!moves) continue;
        if (running[k] == kTraffic) {
            rig_.chip.move_traffic();
        } else {
            rig_.chip.expire(running[k]);
        }
    }
}

}  // namespace

ClusterResult close_cluster(const Scenario& part, OracleSet oracles, std::uint64_t max_runs) {
    return ClusterExplorer(part, oracles, max_runs).run();
}

ClustersResult close_clusters(const Scenario& scenario, OracleSet oracles, unsigned threads,
                              const std::function<void(std::size_t, std::size_t)>& progress) {
    constexpr std::uint64_t kMaxRuns = 1'000'000;
    const auto start = std::chrono::steady_clock::now();
    const std::size_t all = scenario.chip->instances.size();
    ClustersResult result;
    result.clusters.resize(all);
    std::atomic<std::size_t> next{0};
    const auto work = [&](bool tells) {
        for (std::size_t i = next++; i < all; i = next++) {
            const Cluster cluster(*scenario.chip, static_cast<std::uint16_t>(i));
            result.clusters[i] = close_cluster(cluster.part_of(scenario), oracles, kMaxRuns);
            result.clusters[i].name = instance_name(*scenario.chip, static_cast<std::uint16_t>(i));
            if (tells && progress) progress(i + 1, all);
        }
    };
    std::vector<std::thread> others;
    for (unsigned t = 1; t < threads; ++t) others.emplace_back(work, false);
    work(true);
    for (std::thread& thread : others) thread.join();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

}  // namespace chaos
