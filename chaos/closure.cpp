#include "chaos/closure.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

#include "chaos/probe.hpp"

namespace chaos {

using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

namespace {

struct HashKey {
    std::size_t operator()(const Hash& h) const { return static_cast<std::size_t>(h.low); }
};

struct Node {
    Snapshot state;  // dropped once it has been run
    Origin origin;
    std::uint64_t cost = 0;                     // accesses of its recovery
    std::uint64_t allowed = ~std::uint64_t{0};  // by the cheapest edge into it
};

/// A boundary met in some run: an edge of the graph.
struct Edge {
    Hash hash;
    std::uint32_t boundary;
    bool outage;
    std::uint64_t accesses;  // of the run, up to here
    std::uint32_t again;     // of them, those that the next HAL may have to repeat
};

struct Outcome {
    Judged judged;
    std::vector<Edge> edges;
    std::uint64_t points = 0, boundaries = 0;
};

/// Known states, shared by the workers; the first to meet a state keeps its snapshot.
class States {
public:
    /// True, and the state is now claimed, if nobody has met it before.
    bool claim(const Hash& hash) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return met_.emplace(hash, kUnnumbered).second;
    }
    void keep(const Hash& hash, Snapshot snapshot) {
        const std::lock_guard<std::mutex> lock(mutex_);
        fresh_.emplace(hash, std::move(snapshot));
    }
    // Between generations, single-threaded:
    std::uint32_t number(const Hash& hash) const { return met_.at(hash); }
    void set_number(const Hash& hash, std::uint32_t number) { met_[hash] = number; }
    Snapshot take(const Hash& hash) {
        auto it = fresh_.find(hash);
        Snapshot snapshot = std::move(it->second);
        fresh_.erase(it);
        return snapshot;
    }
    static constexpr std::uint32_t kUnnumbered = 0xFFFFFFFF;

private:
    std::mutex mutex_;
    std::unordered_map<Hash, std::uint32_t, HashKey> met_;
    std::unordered_map<Hash, Snapshot, HashKey> fresh_;
};

/// Watches one run: notes every boundary's state and keeps those not met before.
class Watcher final : public Boundary {
public:
    Watcher(Rig& rig, const PlanWatch& watch, States& states, bool outages, bool by_bytes, Outcome& outcome)
        : rig_(rig),
          watch_(watch),
          states_(states),
          outages_(outages),
          by_bytes_(by_bytes),
          outcome_(outcome),
          start_(rig.chip.monitor.accesses) {}

    bool reached(std::uint32_t index, Moment moment, std::size_t bytes) override {
        // A frame: before byte 0, ..., behind the last. An access through the window: before or after.
        if (moment == Moment::before) outcome_.points += by_bytes_ ? bytes + 1 : 2;
        note(index, false);
        if (outages_ && rig_.chip.next_event() != 0) {
            const auto here = rig_.chip.mark();
            rig_.chip.settle();
            note(index, true);
            rig_.chip.roll_back(here);
        }
        return true;
    }

private:
    void note(std::uint32_t index, bool outage) {
        const Hash hash = rig_.chip.hash();
        ++outcome_.boundaries;
        const std::uint64_t accesses = rig_.chip.monitor.accesses - start_;
        if (!outcome_.edges.empty() && outcome_.edges.back().hash == hash) {
            outcome_.edges.back().accesses = accesses;  // the same state: what is left is what the last one leaves
            outcome_.edges.back().again = again();
            return;
        }
        outcome_.edges.push_back({hash, index, outage, accesses, again()});
        if (states_.claim(hash)) states_.keep(hash, rig_.chip.snapshot());
    }

    /// Of the plan that is cut short here, what may be done again from its beginning.
    std::uint32_t again() const {
        const PlanWatch::Unfinished plan = watch_.unfinished();
        return std::min(plan.words, rig_.chip.layout().type[plan.instance]->repeated);
    }

    Rig& rig_;
    const PlanWatch& watch_;
    States& states_;
    const bool outages_, by_bytes_;
    Outcome& outcome_;
    const std::uint64_t start_;
};

std::string path_of(const std::vector<Node>& nodes, std::uint32_t node) {
    std::string path;
    for (; node != 0; node = nodes[node].origin.run) {
        const Origin& o = nodes[node].origin;
        path = fmt::format("{}{}{}{}", o.boundary, o.outage ? "q" : "", path.empty() ? "" : ".", path);
    }
    return path.empty() ? "-" : path;
}

class Explorer {
public:
    Explorer(const Scenario& scenario, const ClosureOptions& options)
        : scenario_(scenario), options_(options), layout_(*scenario.chip) {
        for (unsigned t = 0; t < std::max(1u, options.threads); ++t) {
            judges_.push_back(std::make_unique<Judge>(scenario, layout_, options.oracles));
        }
    }

    ClosureResult run(const std::function<void(const ClosureProgress&)>& progress) {
        result_.reference = judges_[0]->reference();
        for (auto& judge : judges_) judge->set_reference(result_.reference);
        const Snapshot start = judges_[0]->start();
        states_.claim(start.hash);
        states_.set_number(start.hash, 0);
        nodes_.push_back({start, {}, 0, ~std::uint64_t{0}});
        std::uint32_t first = 0;
        while (first < nodes_.size() && nodes_.size() <= options_.max_states) {
            const std::uint32_t last = static_cast<std::uint32_t>(nodes_.size());
            generation(first, last, progress);
            first = last;
            ++result_.generations;
        }
        result_.closed = first == nodes_.size();
        check_costs();
        result_.states = nodes_.size();
        return result_;
    }

private:
    /// Runs nodes [first, last) on all threads, then merges their edges in order: the result doesn't depend on timing.
    void generation(std::uint32_t first, std::uint32_t last,
                    const std::function<void(const ClosureProgress&)>& progress) {
        constexpr std::uint32_t kSlice = 256;  // bounds what is kept between merges
        for (std::uint32_t from = first; from < last; from += kSlice) {
            const std::uint32_t to = std::min(last, from + kSlice);
            std::vector<Outcome> outcomes(to - from);
            std::atomic<std::uint32_t> next{from};
            const auto work = [&](Judge& judge) {
                for (std::uint32_t n = next++; n < to; n = next++) explore(judge, nodes_[n], outcomes[n - from]);
            };
            std::vector<std::thread> threads;
            for (std::size_t t = 1; t < judges_.size(); ++t) threads.emplace_back(work, std::ref(*judges_[t]));
            work(*judges_[0]);
            for (std::thread& thread : threads) thread.join();
            for (std::uint32_t n = from; n < to; ++n) merge(n, outcomes[n - from]);
            if (progress) progress({nodes_.size(), result_.runs, nodes_.size() - to, result_.lost});
        }
    }

    void explore(Judge& judge, Node& node, Outcome& outcome) {
        judge.rig().chip.restore(node.state);
        judge.rig().forget_sessions();
        node.state = {};
        Watcher watcher(judge.rig(), judge.watch(), states_, options_.outages, scenario_.path == Path::spi, outcome);
        outcome.judged = judge.judge(&watcher);
    }

    void merge(std::uint32_t n, Outcome& outcome) {
        ++result_.runs;
        result_.points += outcome.points;
        result_.boundaries += outcome.boundaries;
        const std::uint64_t cost = outcome.judged.run.accesses;
        result_.accesses += cost;
        nodes_[n].cost = cost;
        if (cost > result_.worst_accesses) {
            result_.worst_accesses = cost;
            result_.worst_id = path_of(nodes_, n);
            result_.worst_us = outcome.judged.run.result ? outcome.judged.run.result->elapsed_ns / 1000 : 0;
        }
        if (!outcome.judged.findings.empty()) lose(n, std::move(outcome.judged.findings));
        for (const Edge& edge : outcome.edges) {
            std::uint32_t to = states_.number(edge.hash);
            if (to == States::kUnnumbered) {
                to = static_cast<std::uint32_t>(nodes_.size());
                states_.set_number(edge.hash, to);
                nodes_.push_back({states_.take(edge.hash), {n, edge.boundary, edge.outage}, 0, ~std::uint64_t{0}});
            } else {
                ++result_.merged;
            }
            const std::uint64_t left = cost - std::min(cost, edge.accesses);
            nodes_[to].allowed =
                std::min(nodes_[to].allowed, left + edge.again + result_.reference.sweep + kAttachAccesses);
        }
    }

    void lose(std::uint32_t n, std::vector<Finding> findings) {
        constexpr std::size_t kKept = 20;
        ++result_.lost;
        if (result_.losses.size() < kKept) result_.losses.push_back({path_of(nodes_, n), std::move(findings)});
    }

    /// No livelock: on every kill edge the cost that remains is bounded by what the parent had left.
    void check_costs() {
        if (!options_.oracles.test(static_cast<std::size_t>(Oracle::bounded))) return;
        for (std::uint32_t n = 1; n < nodes_.size(); ++n) {
            if (nodes_[n].cost <= nodes_[n].allowed) continue;
            lose(n, {{Oracle::bounded, fmt::format("recovery takes {} accesses where {} were left and a sweep",
                                                   nodes_[n].cost, nodes_[n].allowed)}});
        }
    }

    const Scenario& scenario_;
    const ClosureOptions& options_;
    const Layout layout_;
    std::vector<std::unique_ptr<Judge>> judges_;
    States states_;
    std::vector<Node> nodes_;
    ClosureResult result_;
};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

ClosureResult close(const Scenario& scenario, const ClosureOptions& options,
                    const std::function<void(const ClosureProgress&)>& progress) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    ClosureResult result = Explorer(scenario, options).run(progress);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.cpu_seconds = cpu_seconds() - cpu;
    return result;
}

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
    std::uint32_t boundary;
    bool outage;
};

std::vector<Step> parse_path(const std::string& path) {
    std::vector<Step> steps;
    if (path == "-") return steps;
    std::size_t at = 0;
    while (at < path.size()) {
        std::size_t end = path.find('.', at);
        if (end == std::string::npos) end = path.size();
        std::string part = path.substr(at, end - at);
        const bool outage = !part.empty() && part.back() == 'q';
        if (outage) part.pop_back();
        if (part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != std::string::npos) {
            throw std::invalid_argument("'" + path + "' is no path of kills: numbers joined by dots, as in 12.5q.3");
        }
        steps.push_back({static_cast<std::uint32_t>(std::stoul(part)), outage});
        at = end + 1;
    }
    return steps;
}

}  // namespace

Judged replay_path(const Scenario& scenario, const std::string& path, const std::function<void(std::string)>& tell) {
    const std::vector<Step> steps = parse_path(path);
    const Layout layout(*scenario.chip);
    Judge judge(scenario, layout, OracleSet().set());
    judge.set_reference(judge.reference());
    Rig& rig = judge.rig();
    tell(fmt::format("start: {}", scenario.name));
    for (const Step& step : steps) {
        const std::uint64_t before = rig.chip.monitor.accesses;
        Killer killer(step.boundary, scenario.path == Path::spi ? "frame" : "access");
        rig.run(scenario.intended, scenario.policy, &killer);
        if (!killer.dead())
            throw std::invalid_argument("that run ends before boundary " + std::to_string(step.boundary));
        tell(fmt::format("a fresh HAL; killed {} (moment {}), after {} accesses", killer.where(), step.boundary,
                         rig.chip.monitor.accesses - before));
        if (step.outage) {
            rig.chip.settle();
            tell("an outage: hardware comes to rest");
        }
    }
    tell("a fresh HAL runs to its end");
    return judge.judge();
}

}  // namespace chaos
