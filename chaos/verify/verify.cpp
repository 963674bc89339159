#include "chaos/verify/verify.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

#include "chaos/identity.hpp"
#include "chaos/judge.hpp"

namespace chaos::verify {

using certificate::Certificate;
using certificate::Leaf;
using certificate::Refused;
using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

namespace {

constexpr std::uint32_t kNowhere = 0xFFFF'FFFF;
constexpr std::uint64_t kAny = ~std::uint64_t{0};

struct HashKey {
    std::size_t operator()(const Hash& h) const { return static_cast<std::size_t>(h.high); }
};
using Members = std::unordered_map<Hash, std::uint32_t, HashKey>;

/// A place that a run passes.
struct Passed {
    std::uint32_t leaf, boundary;
    bool outage;
    std::uint64_t accesses, us;  // of the run up to here
    std::uint64_t again;         // of the accesses, those that the next HAL may have to repeat
};

/// Looks up every state that a run passes.
class Follower final : public Boundary {
public:
    Follower(Judge& judge, const Members& members, bool outages)
        : judge_(judge),
          rig_(judge.rig()),
          members_(members),
          outages_(outages),
          accesses_(rig_.chip.monitor.accesses),
          start_ns_(rig_.chip.now()) {}

    bool reached(std::uint32_t index, Moment, std::size_t) override {
        look(index, false);
        if (outages_ && rig_.chip.next_event() != 0) {
            const auto here = rig_.chip.mark();
            rig_.chip.settle();
            look(index, true);
            if (while_dead.empty()) judge_.look_at_conduct(here.monitor, while_dead);
            rig_.chip.roll_back(here);
        }
        return true;
    }

    std::uint64_t moments = 0;
    std::vector<Passed> passed;  // one entry for a state that stays the same
    std::vector<Finding> while_dead;

private:
    void look(std::uint32_t index, bool outage) {
        ++moments;
        const auto member = members_.find(rig_.chip.hash());
        const std::uint32_t leaf = member == members_.end() ? kNowhere : member->second;
        const std::uint64_t accesses = rig_.chip.monitor.accesses - accesses_;
        if (!outage) us_ = (rig_.chip.now() - start_ns_) / 1000;
        if (passed.empty() || passed.back().leaf != leaf) {
            passed.push_back({leaf, index, outage, accesses, us_, judge_.accesses_again()});
        } else {
            passed.back().accesses = accesses;
            passed.back().us = us_;
            passed.back().again = judge_.accesses_again();
        }
    }

    const Judge& judge_;
    Rig& rig_;
    const Members& members_;
    const bool outages_;
    const std::uint64_t accesses_, start_ns_;
    std::uint64_t us_ = 0;
};

struct Rerun {
    std::uint32_t number = 0;
    Leaf leaf;
    Judged judged;
    std::uint64_t moments = 0;
    std::vector<Passed> passed;
};

/// What is kept of every leaf.
struct Row {
    std::uint64_t accesses = 0, us = 0;
    std::uint64_t left = kAny, left_us = kAny;  // the least that a dying HAL had left before it came here
    std::uint32_t run = 0, boundary = 0;
    bool outage = false, confirmed = false;
};

class Checker {
public:
    Checker(const Certificate& certificate, const Scenario& scenario, const Options& options)
        : certificate_(certificate), scenario_(scenario), options_(options), layout_(*scenario.chip) {
        expect_identity();
        for (unsigned t = 0; t < std::max(1u, options.threads); ++t) {
            judges_.push_back(std::make_unique<Judge>(scenario, layout_, OracleSet().set()));
        }
        reference_ = judges_[0]->reference();
        for (auto& judge : judges_) judge->set_reference(reference_);
        start_ = judges_[0]->start();
    }

    Result run(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
        const auto began = std::chrono::steady_clock::now();
        result_.leaves = certificate_.leaves();
        read_leaves();
        const std::uint64_t step =
            options_.all ? 1 : std::max<std::uint64_t>(1, result_.leaves / std::max<std::uint64_t>(1, options_.sample));
        const std::uint64_t chosen = (result_.leaves + step - 1) / step;
        std::vector<Rerun> slice;
        certificate_.each([&](std::uint64_t n, const std::uint8_t* bytes, std::size_t size) {
            if (n % step == 0) {
                Rerun& rerun = slice.emplace_back();
                rerun.number = static_cast<std::uint32_t>(n);
                rerun.leaf = certificate::decode(bytes, size, layout_.cells, result_.leaves);
            }
            constexpr std::size_t kSlice = 256;
            if (slice.size() < kSlice && n + 1 < result_.leaves) return;
            run_slice(slice);
            for (const Rerun& rerun : slice) look_at(rerun);
            slice.clear();
            if (progress) progress(result_.run, chosen);
        });
        if (options_.all) look_at_whole();
        result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        return result_;
    }

private:
    void expect_identity() {
        const Identity here = identity_of(scenario_, layout_);
        const nlohmann::json& h = certificate_.header();
        const auto same = [&](const char* what, const std::string& theirs, const std::string& ours, const char* next) {
            if (theirs == ours) return;
            throw Refused(fmt::format("the certificate is about another {} ({}, here it is {}); {}", what,
                                      theirs.substr(0, 12), ours.substr(0, 12), next));
        };
        try {
            if (h.at("claim") != "A") throw Refused("the certificate's claim isn't A; use the release that wrote it");
            outages_ = h.at("outages");
            same("chip (registers and their behaviour)", h.at("chip").at("rdl"), here.rdl,
                 "use the release of that chip");
            same("chip model", h.at("chip").at("model"), here.model, "use the build that explored it");
            const nlohmann::json& starter = h.at("starters").at(0);
            if (h.at("starters").size() != 1)
                throw Refused("the certificate has several starters; this program checks one");
            same("HAL", starter.at("hal"), here.hal, "name its libhal.so with --hal, or use that build");
            same("intent", starter.at("intent"), here.intent, "use the release of that intent");
            if (h.at("chip").at("cells") != layout_.cells) throw Refused("the certificate's chip has another size");
        } catch (const nlohmann::json::exception& e) {
            throw Refused(std::string("the certificate's header lacks something: ") + e.what());
        }
    }

    /// The state of a leaf, on that chip.
    Hash restore(transports::model::Chip& chip, const Leaf& leaf) const {
        chip.restore(start_);
        for (const certificate::Change& change : leaf.state) {
            chip.set_cell(change.cell, chip.cell(change.cell) ^ change.bits);
        }
        return chip.hash();
    }

    void read_leaves() {
        transports::model::Chip& chip = judges_[0]->rig().chip;
        rows_.resize(result_.leaves);
        members_.reserve(result_.leaves);
        certificate_.each([&](std::uint64_t n, const std::uint8_t* bytes, std::size_t size) {
            const Leaf leaf = certificate::decode(bytes, size, layout_.cells, result_.leaves);
            for (const certificate::Change& change : leaf.state) {
                if ((change.bits & ~layout_.hash_mask[change.cell]) != 0) {
                    throw Refused(fmt::format("leaf {} changes what is no part of a state", n));
                }
            }
            if (n == 0 && !leaf.state.empty()) throw Refused("the first leaf isn't the scenario's first state");
            if (n != 0 && leaf.run >= n) throw Refused(fmt::format("leaf {} comes from one behind it", n));
            if (!members_.emplace(restore(chip, leaf), static_cast<std::uint32_t>(n)).second) {
                throw Refused(fmt::format("leaf {} is there twice", n));
            }
            Row& row = rows_[n];
            row.accesses = leaf.accesses;
            row.us = leaf.us;
            row.run = leaf.run;
            row.boundary = leaf.boundary;
            row.outage = leaf.outage;
        });
    }

    void run_slice(std::vector<Rerun>& slice) {
        std::atomic<std::size_t> next{0};
        std::mutex mutex;
        std::exception_ptr trouble;
        const auto work = [&](Judge& judge) {
            try {
                for (std::size_t i = next++; i < slice.size(); i = next++) {
                    Rerun& rerun = slice[i];
                    restore(judge.rig().chip, rerun.leaf);
                    judge.rig().forget_sessions();
                    Follower follower(judge, members_, outages_);
                    rerun.judged = judge.judge(&follower);
                    auto& findings = rerun.judged.findings;
                    findings.insert(findings.end(), follower.while_dead.begin(), follower.while_dead.end());
                    rerun.moments = follower.moments;
                    rerun.passed = std::move(follower.passed);
                }
            } catch (...) {
                const std::lock_guard<std::mutex> lock(mutex);
                trouble = std::current_exception();
            }
        };
        std::vector<std::thread> threads;
        for (std::size_t t = 1; t < judges_.size(); ++t) threads.emplace_back(work, std::ref(*judges_[t]));
        work(*judges_[0]);
        for (std::thread& thread : threads) thread.join();
        if (trouble) std::rethrow_exception(trouble);
    }

    void look_at(const Rerun& rerun) {
        ++result_.run;
        result_.moments += rerun.moments;
        const Judged& judged = rerun.judged;
        result_.accesses += judged.run.accesses;
        const std::string who = path_of(rerun.number);
        for (const Finding& finding : judged.findings) {
            find("{}: {}: {}", who, oracles()[static_cast<std::size_t>(finding.oracle)].name, finding.what);
        }
        if (judged.run.accesses != rerun.leaf.accesses) {
            find("{}: recovery takes {} accesses, the leaf says {}", who, judged.run.accesses, rerun.leaf.accesses);
        }
        const std::uint64_t us = judged.run.result ? judged.run.result->elapsed_ns / 1000 : rerun.leaf.us;
        if (us != rerun.leaf.us) find("{}: recovery waits {} us, the leaf says {}", who, us, rerun.leaf.us);
        std::vector<std::uint32_t> successors;
        bool outside = false;
        for (const Passed& place : rerun.passed) {
            if (place.leaf == kNowhere) {
                if (!outside) {
                    find("{}: a kill at moment {}{} leaves a state that is no leaf", who, place.boundary,
                         place.outage ? " and an outage" : "");
                }
                outside = true;
                continue;
            }
            successors.push_back(place.leaf);
            follow(rerun.number, place, judged.run.accesses, us);
        }
        result_.successors += successors.size();
        if (!outside && certificate::ranges(std::move(successors)) != rerun.leaf.successors) {
            find("{}: kills lead to other leaves than the leaf says", who);
        }
    }

    void follow(std::uint32_t from, const Passed& place, std::uint64_t cost, std::uint64_t us) {
        Row& row = rows_[place.leaf];
        const std::uint64_t left = cost - std::min(cost, place.accesses);
        row.left = std::min(row.left, left);
        row.left_us = std::min(row.left_us, us - std::min(us, place.us));
        if (place.leaf != 0 && row.run == from && row.boundary == place.boundary && row.outage == place.outage) {
            row.confirmed = true;
        }
        const std::uint64_t allowed = left + place.again + reference_.sweep + kAttachAccesses;
        if (row.accesses > allowed) {
            find("{}: recovery takes {} accesses where {} were left and a sweep", path_of(place.leaf), row.accesses,
                 allowed);
        }
    }

    /// Everything that the header counts.
    void look_at_whole() {
        std::uint64_t setback = 0, setback_us = 0, worst = 0;
        for (std::uint32_t n = 0; n < rows_.size(); ++n) {
            const Row& row = rows_[n];
            if (n != 0 && !row.confirmed) find("{}: that path doesn't lead to this leaf", path_of(n));
            worst = std::max(worst, row.accesses);
            if (row.left == kAny) continue;
            setback = std::max(setback, row.accesses - std::min(row.accesses, row.left));
            setback_us = std::max(setback_us, row.us - std::min(row.us, row.left_us));
        }
        const nlohmann::json& h = certificate_.header();
        const auto equal = [&](const char* what, const char* at, std::uint64_t counted) {
            const nlohmann::json::json_pointer pointer(at);
            if (!h.contains(pointer) || h.at(pointer) != counted) {
                find("the header's {} isn't the {} counted", what, counted);
            }
        };
        equal("number of states", "/counts/states", result_.run);
        equal("number of moments", "/counts/moments", result_.moments);
        equal("number of accesses", "/counts/accesses", result_.accesses);
        equal("worst recovery", "/worst_recovery/accesses", worst);
        equal("least uptime", "/progress/least_uptime_accesses", setback + 1);
        equal("waiting that comes back", "/progress/redone_us_at_most", setback_us);
        equal("fault-free accesses", "/fault_free/accesses", reference_.accesses);
        equal("sweep", "/fault_free/sweep", reference_.sweep);
    }

    /// The id of a leaf, or as much of it as can be told.
    std::string path_of(std::uint32_t n) const {
        const nlohmann::json& h = certificate_.header();
        std::string path;
        for (; n != 0; n = rows_[n].run) {
            path =
                fmt::format("{}{}{}{}", rows_[n].boundary, rows_[n].outage ? "q" : "", path.empty() ? "" : ".", path);
        }
        return fmt::format("{}@{}@{}:{}", scenario_.name, h.value("scale", "?"), name(scenario_.path),
                           path.empty() ? "-" : path);
    }

    template <typename... Values>
    void find(fmt::format_string<Values...> text, Values&&... values) {
        constexpr std::size_t kKept = 20;
        if (result_.wrong++ < kKept) result_.findings.push_back(fmt::format(text, std::forward<Values>(values)...));
    }

    const Certificate& certificate_;
    const Scenario& scenario_;
    const Options options_;
    const Layout layout_;
    bool outages_ = false;
    std::vector<std::unique_ptr<Judge>> judges_;
    Reference reference_;
    Snapshot start_;
    Members members_;
    std::vector<Row> rows_;
    Result result_;
};

}  // namespace

Result verify(const Certificate& certificate, const Scenario& scenario, const Options& options,
              const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    return Checker(certificate, scenario, options).run(progress);
}

}  // namespace chaos::verify
