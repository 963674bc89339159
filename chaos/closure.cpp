#include "chaos/closure.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

#include "chaos/in_parallel.hpp"
#include "chaos/known_states.hpp"

namespace chaos {

using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

namespace {

/// The run of one of the HALs that may be started, from one state.
struct Leg {
    Trail trail;
    std::uint64_t moments = 0;
    std::uint64_t cost = 0, cost_us = 0;  // of its recovery
    Least least;                          // of those of its kind that died here
};

struct Node {
    Hash hash;
    Snapshot state;  // dropped once it has been run
    Origin origin;
    std::vector<Leg> legs;  // by starter
    bool audited = false, lost = false;
    Deaths deaths;
};

/// A merge that is to be audited: the run `arriving` came to `node`, which another run had met before.
struct Merge {
    std::uint32_t node, arriving;
    std::uint32_t starter;  // of the arriving run
    std::uint32_t boundary;
    bool outage;
    Trail trail;
    std::uint64_t shifted = 0;
};

/// Where only one HAL is started, nobody has to be told which.
std::string letter(std::size_t starter, std::size_t starters) {
    return starters == 1 ? std::string() : std::string(1, static_cast<char>('a' + starter));
}

/// How the run of `starter` from `node` came about.
std::string path_of(const std::vector<Node>& nodes, std::uint32_t node, std::size_t starter) {
    const std::size_t starters = nodes[node].legs.size();
    std::string path = letter(starter, starters);
    for (; node != 0; node = nodes[node].origin.run) {
        const Origin& o = nodes[node].origin;
        path = fmt::format("{}{}{}{}{}", letter(o.starter, starters), o.boundary, o.outage ? "q" : "",
                           path.empty() ? "" : ".", path);
    }
    return path.empty() ? "-" : path;
}

class Explorer {
public:
    Explorer(const Scenario& scenario, const ClosureOptions& options)
        : scenario_(scenario),
          options_(options),
          layout_(layout_of(scenario, options)),
          starters_(1 + scenario.others.size()) {
        for (unsigned t = 0; t < std::max(1u, options.threads); ++t) {
            judges_.push_back(std::make_unique<Judge>(scenario, layout_, options.oracles));
        }
    }

    ClosureResult run(const std::function<void(const ClosureProgress&)>& progress) {
        for (std::size_t s = starters_; s-- > 0;) {
            judges_[0]->use(s);
            result_.reference = judges_[0]->reference();
            references_.insert(references_.begin(), result_.reference);
            for (auto& judge : judges_) {
                judge->use(s);
                judge->set_reference(result_.reference);
            }
        }
        const Snapshot start = judges_[0]->start();
        std::size_t next = 0;
        states_.number(start.hash, next) = 0;
        new_node().state = start;
        nodes_[0].hash = start.hash;
        std::uint32_t first = 0;
        while (first < nodes_.size() && nodes_.size() <= options_.max_states) {
            const std::uint32_t last = static_cast<std::uint32_t>(nodes_.size());
            if (options_.recorded != nullptr) options_.recorded->next_generation();
            generation(first, last, progress);
            first = last;
            ++result_.generations;
        }
        result_.closed = first == nodes_.size();
        result_.states = nodes_.size();
        compare_merges();
        look_at_costs();
        count_pairs();
        sum_up();
        return result_;
    }

private:
    Node& new_node() {
        Node& node = nodes_.emplace_back();
        node.legs.resize(starters_);
        return node;
    }

    static Layout layout_of(const Scenario& scenario, const ClosureOptions& options) {
        Layout layout(*scenario.chip);
        if (options.plant_wrong_hash) layout.hash_mask[cell_that_matters(layout)] = 0;
        return layout;
    }

    /// The first register that disturbs traffic in a block that hangs on others than the system block.
    static std::uint32_t cell_that_matters(const Layout& layout) {
        for (std::size_t i = 0; i < layout.type.size(); ++i) {
            const auto& words = layout.type[i]->words;
            if (layout.chip.instances[i].wave < 2 || !layout.type[i]->workload) continue;
            for (std::uint32_t w = 0; w < words.size(); ++w) {
                if (words[w].disruptive != 0) return layout.first_cell[i] + w;
            }
        }
        throw std::invalid_argument("--plant wrong-hash: no block of this chip has a register to plant it in");
    }

    /// Runs nodes [first, last) on all threads, then merges their edges in order: the result doesn't depend on timing.
    void generation(std::uint32_t first, std::uint32_t last,
                    const std::function<void(const ClosureProgress&)>& progress) {
        constexpr std::uint32_t kSlice = 256;  // bounds what is kept between merges
        for (std::uint32_t from = first; from < last; from += kSlice) {
            const std::uint32_t to = std::min(last, from + kSlice);
            const auto starters = static_cast<std::uint32_t>(starters_);
            std::vector<Outcome> outcomes((to - from) * starters_);
            in_parallel(judges_, 0, (to - from) * starters, [&](Judge& judge, std::uint32_t k) {
                explore(judge, from + k / starters, k % starters, outcomes[k]);
            });
            const std::uint32_t merges = static_cast<std::uint32_t>(merges_.size());
            for (std::uint32_t k = 0; k < outcomes.size(); ++k) merge(from + k / starters, k % starters, outcomes[k]);
            in_parallel(judges_, merges, static_cast<std::uint32_t>(merges_.size()),
                        [&](Judge& judge, std::uint32_t m) { audit(judge, merges_[m]); });
            for (std::uint32_t n = from; n < to; ++n) nodes_[n].state = {};
            if (progress) progress({nodes_.size(), result_.runs, nodes_.size() - to, result_.lost});
        }
        if (options_.recorded != nullptr) take_arrivals();
    }

    /// What the recording keeps of edges that it doesn't have.
    void take_arrivals() {
        std::size_t next = 0;
        options_.recorded->each_arrival([&](const Arrivals& arrivals) {
            const std::uint32_t to = states_.number(arrivals.state, next);
            if (to == KnownStates::kUnnumbered) {
                throw certificate::Refused("a part has arrivals where no run leads to; run the shards again");
            }
            nodes_[to].legs[0].least.lower(arrivals.least);
            for (const auto& [place, moments] : arrivals.deaths.rows()) nodes_[to].deaths.add(place, moments);
        });
    }

    void explore(Judge& judge, std::uint32_t n, std::uint32_t starter, Outcome& outcome) {
        if (options_.recorded != nullptr) {
            options_.recorded->take(nodes_[n].hash, outcome);
            if (options_.certificate != nullptr) outcome.state = options_.recorded->changes(nodes_[n].hash);
            return;
        }
        judge.use(starter);
        if (options_.certificate != nullptr && starter == 0) {
            outcome.state = certificate::changes(judge.start().cells, nodes_[n].state.cells, layout_.hash_mask);
        }
        run_from(judge, nodes_[n].state, states_, options_.outages, scenario_.path == Path::spi, options_.twice,
                 outcome);
    }

    void merge(std::uint32_t n, std::uint32_t starter, Outcome& outcome) {
        ++result_.runs;
        const auto& run = outcome.judged.run.result;
        result_.deferred += run && run->deferred != 0 ? 1 : 0;
        result_.points += outcome.points;
        result_.boundaries += outcome.boundaries;
        result_.merged += outcome.passed;
        const std::uint64_t cost = outcome.judged.run.accesses;
        result_.accesses += cost;
        Leg& leg = nodes_[n].legs[starter];
        leg.cost = cost;
        leg.cost_us = outcome.cost_us;
        leg.moments = outcome.boundaries;
        leg.trail = outcome.trail;
        add_to_digest(outcome.trail);
        if (options_.twice) count(result_.repeated, outcome.trail, outcome.differs_again, path_of(nodes_, n, starter));
        if (cost > result_.worst_accesses) {
            result_.worst_accesses = cost;
            result_.worst_id = path_of(nodes_, n, starter);
            result_.worst_us = outcome.cost_us;
        }
        if (!outcome.judged.findings.empty()) lose(n, starter, std::move(outcome.judged.findings));
        std::vector<std::uint32_t> reached;  // by edge
        reached.reserve(outcome.edges.size());
        const std::size_t merges = merges_.size();
        std::size_t next = 0;
        for (const Edge& edge : outcome.edges) {
            reached.push_back(arrive(n, starter, edge, next));
            Least& least = nodes_[reached.back()].legs[starter].least;
            least.lower(least_of(outcome, edge, references_[starter].sweep));
            if (n == 0) first_run_.emplace_back(reached.back(), edge.moments);
        }
        for (const DeathCount& count : outcome.deaths) {
            nodes_[reached[count.edge]].deaths.add(count.place, count.moments);
        }
        if (merges_.size() != merges && options_.recorded != nullptr) {  // audits start from it
            nodes_[n].state = snapshot_of(*judges_[0], options_.recorded->changes(nodes_[n].hash));
        }
        if (options_.certificate != nullptr) certify(n, starter, outcome, std::move(reached));
    }

    /// Runs are merged state by state: a leaf is written when that of its last starter is.
    void certify(std::uint32_t n, std::uint32_t starter, Outcome& outcome, std::vector<std::uint32_t> reached) {
        const Origin& from = nodes_[n].origin;
        if (starter == 0) leaf_ = {std::move(outcome.state), from.run, from.starter, from.boundary, from.outage, {}};
        const Leg& leg = nodes_[n].legs[starter];
        leaf_.recoveries.push_back({leg.cost, leg.cost_us, certificate::ranges(std::move(reached))});
        if (starter + 1 == starters_) options_.certificate->add(certificate::encode(leaf_));
    }

    /// The number of the state that an edge of run n leads to; a new one gets the next, a known one may be audited.
    std::uint32_t arrive(std::uint32_t n, std::uint32_t starter, const Edge& edge, std::size_t& next) {
        std::uint32_t& to = states_.number(edge.hash, next);
        if (to == KnownStates::kUnnumbered) {
            to = static_cast<std::uint32_t>(nodes_.size());
            Node& node = new_node();
            node.hash = edge.hash;
            node.state = states_.take(edge.hash);
            node.origin = {n, starter, edge.boundary, edge.outage, edge.place};
            --result_.merged;  // the only edge that isn't
            return to;
        }
        if (n != to && n != nodes_[to].origin.run && !nodes_[to].audited &&
            is_audited(edge.hash, options_.audit_percent)) {
            nodes_[to].audited = true;
            merges_.push_back({to, n, starter, edge.boundary, edge.outage, {}});
        }
        return to;
    }

    void audit(Judge& judge, Merge& merge) {
        const Arrival arrival{nodes_[merge.arriving].state, merge.starter, merge.boundary, merge.outage};
        merge.trail = audit_arrival(judge, arrival, audited(merge), merge.node, options_.outages, &merge.shifted);
    }

    /// Of the runs from a merged state, the one that is compared: each in turn.
    std::size_t audited(const Merge& merge) const { return merge.node % starters_; }

    void compare_merges() {
        for (const Merge& merge : merges_) {
            const Leg& leg = nodes_[merge.node].legs[audited(merge)];
            if (leg.moments == 0) continue;  // not run: beyond the budget
            result_.audited.shifted += merge.shifted;
            const std::string differs = difference(leg.trail, merge.trail);
            const std::string other = path_of(nodes_, merge.arriving, merge.starter);
            count(result_.audited, merge.trail, differs,
                  fmt::format("{} and {}{}{}", path_of(nodes_, merge.node, audited(merge)),
                              other == "-" ? "" : other + (starters_ == 1 ? "." : ""), merge.boundary,
                              merge.outage ? "q" : ""));
        }
    }

    static void count(Repeats& repeats, const Trail& trail, const std::string& differs, const std::string& where) {
        ++repeats.runs;
        repeats.writes += trail.writes;
        if (differs.empty()) return;
        if (repeats.differ++ == 0) repeats.first_difference = where + ": " + differs;
    }

    void add_to_digest(const Trail& t) {
        for (const std::uint64_t word :
             {t.accesses, t.writes, t.writes_digest, t.states_digest, t.verdict_digest, t.end.low, t.end.high}) {
            result_.digest = (result_.digest ^ word) * 1099511628211u;
        }
    }

    void lose(std::uint32_t n, std::size_t starter, std::vector<Finding> findings) {
        constexpr std::size_t kKept = 20;
        ++result_.lost;
        nodes_[n].lost = true;
        if (result_.losses.size() >= kKept) return;
        Loss& loss = result_.losses.emplace_back();
        loss.id = path_of(nodes_, n, starter);
        loss.findings = std::move(findings);
        const DeathPlace& place = nodes_[n].origin.place;
        if (place.block == DeathPlace::kNowhere) return;
        const CellSum cell = named(place);
        loss.block = cell.block;
        loss.op = cell.op;
        loss.phase = cell.phase;
    }

    /// No livelock: on every kill edge the cost that remains is bounded by what the parent had left. Of several HALs
    /// that take turns, for the one that died: another one may have to undo its work.
    void look_at_costs() {
        const bool judges = options_.oracles.test(static_cast<std::size_t>(Oracle::bounded));
        for (std::uint32_t k = 0; k < nodes_.size() * starters_; ++k) {
            const std::uint32_t n = k / static_cast<std::uint32_t>(starters_);
            const Leg& leg = nodes_[n].legs[k % starters_];
            const Least& least = leg.least;
            if (least.accesses == Least::kAny || leg.moments == 0) continue;
            result_.setback_accesses =
                std::max(result_.setback_accesses, leg.cost - std::min(leg.cost, least.accesses));
            result_.setback_us = std::max(result_.setback_us, leg.cost_us - std::min(leg.cost_us, least.us));
            if (!judges || leg.cost <= least.allowed) continue;
            lose(n, k % starters_,
                 {{Oracle::bounded,
                   fmt::format("recovery takes {} accesses where {} are allowed", leg.cost, least.allowed)}});
        }
    }

    CellSum named(const DeathPlace& cell) const {
        static const char* const kTouches[] = {"claim", "read", "write", "consume"};
        static const char* const kMoments[] = {"before", "after", "waiting"};
        return {cell.block == DeathPlace::kLink ? "link" : scenario_.chip->types[cell.block].name,
                kTouches[static_cast<std::size_t>(cell.touch)], kMoments[static_cast<std::size_t>(cell.moment)]};
    }

    void sum_up() {
        std::map<DeathPlace, CellSum> cells;
        std::uint64_t least = Least::kAny;
        for (const Node& node : nodes_) {
            for (const Leg& leg : node.legs) {
                if (leg.moments != 0) least = std::min(least, leg.cost);
            }
            for (const auto& [place, moments] : node.deaths.rows()) {
                CellSum& sum = cells.emplace(place, named(place)).first->second;
                (node.lost ? sum.lost : sum.survived) += moments;
            }
        }
        for (const auto& [cell, sum] : cells) result_.cells.push_back(sum);
        constexpr std::uint64_t kBins = 40;
        const std::uint64_t width = (result_.worst_accesses - std::min(least, result_.worst_accesses)) / kBins + 1;
        for (std::uint64_t from = least; from <= result_.worst_accesses; from += width) {
            result_.costs.push_back({from, from + width - 1, 0});
        }
        for (const Node& node : nodes_) {
            for (const Leg& leg : node.legs) {
                if (leg.moments != 0) ++result_.costs[(leg.cost - least) / width].n;
            }
        }
    }

    void count_pairs() {
        result_.unmerged_pairs = starters_;  // without a kill
        for (const auto& [to, moments] : first_run_) {
            // One kill, and each second one.
            for (const Leg& leg : nodes_[to].legs) result_.unmerged_pairs += moments * (1 + leg.moments * starters_);
        }
    }

    const Scenario& scenario_;
    const ClosureOptions& options_;
    const Layout layout_;
    std::vector<std::unique_ptr<Judge>> judges_;
    const std::size_t starters_;
    std::vector<Reference> references_;  // by starter
    KnownStates states_;
    std::vector<Node> nodes_;
    std::vector<Merge> merges_;
    certificate::Leaf leaf_;  // of the certificate, until all its runs are there
    std::vector<std::pair<std::uint32_t, std::uint32_t>> first_run_;  // where it passes, for how many moments
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

}  // namespace chaos
