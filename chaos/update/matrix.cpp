#include "chaos/update/matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "chaos/update/takeover.hpp"

namespace chaos::update {

using transports::model::Hash;
using transports::model::Layout;

namespace {

constexpr std::size_t kLossesTold = 20;

/// What one thread found in one row.
struct Share {
    Row row;
    std::map<Place, std::array<std::uint64_t, 2>> places;
    std::vector<std::pair<std::uint64_t, Loss>> losses;  // with their moments
    std::uint64_t accesses = 0;
};

class Worker final : public Boundary {
public:
    Worker(Stage& stage, const std::vector<Point>& points, const MatrixOptions& options, unsigned thread, Share& share,
           const std::function<void(bool)>& tell)
        : stage_(stage), points_(points), options_(options), thread_(thread), share_(share), tell_(tell) {}

    void run() {
        std::uint64_t asked = 0;
        Chip& chip = stage_.judge().rig().chip;
        stage_.outgoing(this, std::nullopt, asked);
        share_.accesses += chip.monitor.accesses;
        share_.row.moments = points_.size();
        share_.row.states = states_.size();
        std::sort(safe_points_.begin(), safe_points_.end());
        safe_points_.erase(std::unique(safe_points_.begin(), safe_points_.end()), safe_points_.end());
        if (asked == 0) safe_points_.clear();  // an older interface: there is nobody to tell
        share_.row.safe_points = safe_points_.size();
        const std::vector<std::uint32_t> overlaps = to_overlap();
        for (std::size_t n = thread_; n < overlaps.size(); n += options_.threads) {
            if (!wanted(End::overlapped, overlaps[n])) continue;
            note(End::overlapped, overlaps[n], stage_.overlap(overlaps[n], n));
            share_.accesses += chip.monitor.accesses;
        }
        for (std::size_t n = thread_; n < safe_points_.size(); n += options_.threads) {
            const std::uint64_t at = safe_points_[n];
            if (!wanted(End::stopped, at)) continue;
            const Run stopped = stage_.outgoing(nullptr, at, asked);
            note(End::stopped, at, stage_.take_over_from(stopped, asked - std::min(asked, at + 1)));
            share_.accesses += chip.monitor.accesses;
        }
    }

    bool reached(std::uint32_t index, Moment, std::size_t) override {
        safe_points_.push_back(stage_.asked());
        const Hash hash = stage_.judge().rig().chip.hash();
        if (!states_.empty() && hash == last_) return true;
        last_ = hash;
        states_.push_back(index);
        if ((states_.size() - 1) % options_.threads != thread_) return true;
        if (wanted(End::killed, index)) {
            aside([&] { note(End::killed, index, stage_.take_over()); });
        }
        if (wanted(End::befallen, index)) {
            const std::uint64_t turn = states_.size();
            const auto event = static_cast<transports::model::Event>(turn % transports::model::kEvents);
            aside([&] {
                if (const auto takeover = stage_.befall_and_take_over(event, turn)) {
                    note(End::befallen, index, *takeover);
                }
            });
        }
        return true;
    }

private:
    using Chip = transports::model::Chip;

    /// The outgoing HAL goes on as if nothing had happened meanwhile.
    template <typename Act>
    void aside(const Act& act) {
        Rig& rig = stage_.judge().rig();
        const transports::model::Mark here = rig.chip.mark();
        const transports::model::BridgeSession session = rig.session;
        const transports::model::WindowSession window = rig.window_session;
        act();
        share_.accesses += rig.chip.monitor.accesses - here.monitor.accesses;
        rig.chip.roll_back(here);
        rig.session = session;
        rig.window_session = window;
    }

    /// One that lives on has seen more at each moment, also where the chip is the same. The last one before a change is
    /// where it has seen all that it acts on.
    std::vector<std::uint32_t> to_overlap() const {
        std::vector<std::uint32_t> moments;
        const auto changes = [this](std::uint32_t at) {
            return std::binary_search(states_.begin(), states_.end(), at);
        };
        for (std::uint32_t n = 0; n < points_.size(); ++n) {
            if (n % options_.every == 0 || changes(n) || changes(n + 1) || n + 1 == points_.size())
                moments.push_back(n);
        }
        return moments;
    }

    std::string id(End end, std::uint64_t at) const {
        const Row& row = share_.row;
        return fmt::format("{}>{}/{}/{}/{}", row.from, row.to, name(row.work), name(end), at);
    }
    bool wanted(End end, std::uint64_t at) const { return options_.only.empty() || options_.only == id(end, at); }

    void note(End end, std::uint64_t at, const Takeover& takeover) {
        Row& row = share_.row;
        Count& count = row.ends[static_cast<std::size_t>(end)];
        const bool survived = takeover.findings.empty();
        ++count.runs;
        count.survived += survived ? 1 : 0;
        count.deferred += survived && takeover.deferred ? 1 : 0;
        count.fenced += takeover.fenced ? 1 : 0;
        // Of equal ones the last by name, so that the workers' shares don't matter.
        if (takeover.stall_us != 0 && std::make_pair(takeover.stall_us, id(end, at)) > row.worst()) {
            row.worst_stall_us = takeover.stall_us;
            row.worst_stall = id(end, at);
        }
        const Point& point = points_[end == End::stopped ? 0 : static_cast<std::size_t>(at)];
        const auto& chip = stage_.judge().rig().chip.layout().chip;
        const Place place = end == End::stopped ? Place{"link", "stop", "safe point", name(end)}
                                                : Place{chip.types[chip.instances[point.instance].type].name,
                                                        chaos::name(point.op), faults::name(point.moment), name(end)};
        ++share_.places[place][survived ? 0 : 1];
        tell_(survived);
        if (survived || share_.losses.size() >= kLossesTold) return;
        share_.losses.push_back({at, {id(end, at), takeover.findings, place.block, place.op, place.phase}});
    }

    Stage& stage_;
    const std::vector<Point>& points_;
    const MatrixOptions& options_;
    const unsigned thread_;
    Share& share_;
    const std::function<void(bool)>& tell_;
    Hash last_{};
    std::vector<std::uint32_t> states_;
    std::vector<std::uint64_t> safe_points_;
};

void add(Row& row, const Row& other) {
    row.moments = other.moments;
    row.states = other.states;
    row.safe_points = other.safe_points;
    for (std::size_t e = 0; e < kEnds; ++e) {
        row.ends[e].runs += other.ends[e].runs;
        row.ends[e].survived += other.ends[e].survived;
        row.ends[e].deferred += other.ends[e].deferred;
        row.ends[e].fenced += other.ends[e].fenced;
    }
    if (other.worst() <= row.worst()) return;
    row.worst_stall_us = other.worst_stall_us;
    row.worst_stall = other.worst_stall;
}

class Matrix {
public:
    Matrix(const Update& update, const Scenario& scenario, const MatrixOptions& options,
           const std::function<void(std::uint64_t, std::uint64_t)>& progress)
        : update_(update), scenario_(scenario), options_(options), progress_(progress), layout_(*scenario.chip) {}

    MatrixResult run() {
        for (const Who from : {kOld, kNew}) {
            for (const Work work : {Work::keeps, Work::repairs, Work::applies, Work::boots}) row(from, work);
        }
        return std::move(result_);
    }

private:
    void row(Who from, Work work) {
        const Starter& out = from == kOld ? update_.older : update_.newer;
        const Starter& in = from == kOld ? update_.newer : update_.older;
        Row row{out.name, in.name, work, 0, 0, 0, {}, 0, {}};
        const std::string prefix = fmt::format("{}>{}/{}/", row.from, row.to, name(work));
        if (options_.only.compare(0, prefix.size(), prefix) != 0 && !options_.only.empty()) return;
        std::vector<Share> shares(options_.threads);
        std::vector<std::thread> threads;
        std::exception_ptr trouble;
        const auto guarded = [&](unsigned thread) {
            try {
                on_thread(from, work, thread, shares[thread]);
            } catch (...) {
                const std::lock_guard<std::mutex> lock(mutex_);
                trouble = std::current_exception();
            }
        };
        for (Share& share : shares) share.row = row;
        for (unsigned t = 1; t < options_.threads; ++t) threads.emplace_back(guarded, t);
        guarded(0);
        for (std::thread& thread : threads) thread.join();
        if (trouble) std::rethrow_exception(trouble);
        std::vector<std::pair<std::uint64_t, Loss>> losses;
        for (Share& share : shares) {
            add(row, share.row);
            result_.accesses += share.accesses;
            for (const auto& [place, counts] : share.places) {
                for (std::size_t k = 0; k < counts.size(); ++k) result_.places[place][k] += counts[k];
            }
            losses.insert(losses.end(), share.losses.begin(), share.losses.end());
        }
        std::sort(losses.begin(), losses.end(), [](const auto& a, const auto& b) {
            return std::tie(a.first, a.second.id) < std::tie(b.first, b.second.id);
        });
        for (auto& [at, loss] : losses) {
            if (result_.losses.size() < kLossesTold) result_.losses.push_back(std::move(loss));
        }
        for (const Count& count : row.ends) {
            result_.runs += count.runs;
            result_.lost += count.runs - count.survived;
        }
        result_.rows.push_back(std::move(row));
    }

    void on_thread(Who from, Work work, unsigned thread, Share& share) {
        Stage stage(update_, scenario_, layout_, options_, from, work);
        std::uint64_t asked = 0;
        const std::vector<Point> points =
            survey(stage.judge().rig(), [&](Boundary& surveyor) { stage.outgoing(&surveyor, std::nullopt, asked); });
        const std::function<void(bool)> tell = [this, thread](bool survived) {
            ++runs_;
            lost_ += survived ? 0 : 1;
            if (thread == 0 && progress_) progress_(runs_, lost_);
        };
        Worker(stage, points, options_, thread, share, tell).run();
    }

    const Update& update_;
    const Scenario& scenario_;
    const MatrixOptions& options_;
    const std::function<void(std::uint64_t, std::uint64_t)>& progress_;
    const Layout layout_;
    std::mutex mutex_;
    std::atomic<std::uint64_t> runs_{0}, lost_{0};
    MatrixResult result_;
};

}  // namespace

MatrixResult matrix(const Update& update, const Scenario& scenario, const MatrixOptions& options,
                    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    const auto start = std::chrono::steady_clock::now();
    MatrixResult result = Matrix(update, scenario, options, progress).run();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

}  // namespace chaos::update
