#include "chaos/verify/verify.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "chaos/identity.hpp"
#include "chaos/judge.hpp"
#include "chaos/verify/follower.hpp"

namespace chaos::verify {

using certificate::Certificate;
using certificate::Leaf;
using certificate::Refused;
using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

namespace {

constexpr std::uint64_t kAny = ~std::uint64_t{0};

struct Rerun {
    std::uint32_t number = 0, starter = 0;
    std::shared_ptr<const Leaf> leaf;
    Judged judged;
    std::uint64_t moments = 0;
    std::vector<Passed> passed;
};

/// What is kept of every leaf.
struct Row {
    struct Leg {
        std::uint64_t accesses = 0, us = 0;
        std::uint64_t left = kAny, left_us = kAny;  // the least that a dying one had left before it came here
    };
    std::vector<Leg> legs;  // by starter
    std::uint32_t run = 0, starter = 0, boundary = 0;
    bool outage = false, confirmed = false;
};

class Checker {
public:
    Checker(const Certificate& certificate, const Scenario& scenario, const Options& options)
        : certificate_(certificate),
          scenario_(scenario),
          options_(options),
          layout_(*scenario.chip),
          starters_(1 + scenario.others.size()),
          references_(starters_) {
        expect_identity();
        for (unsigned t = 0; t < std::max(1u, options.threads); ++t) {
            judges_.push_back(std::make_unique<Judge>(scenario, layout_, OracleSet().set()));
        }
        for (std::size_t s = 0; s < starters_; ++s) {
            judges_[0]->use(s);
            references_[s] = judges_[0]->reference();
            for (auto& judge : judges_) {
                judge->use(s);
                judge->set_reference(references_[s]);
            }
        }
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
                const auto leaf =
                    std::make_shared<Leaf>(certificate::decode(bytes, size, layout_.cells, result_.leaves, starters_));
                for (std::uint32_t s = 0; s < starters_; ++s) {
                    Rerun& rerun = slice.emplace_back();
                    rerun.number = static_cast<std::uint32_t>(n);
                    rerun.starter = s;
                    rerun.leaf = leaf;
                }
                ++result_.run;
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
            if (h.at("starters").size() != starters_) {
                throw Refused(fmt::format("the certificate is about {} starters, here there are {}",
                                          h.at("starters").size(), starters_));
            }
            for (std::size_t s = 0; s < starters_; ++s) {
                const nlohmann::json& starter = h.at("starters").at(s);
                const StarterIdentity& ours = here.starters[s];
                const std::string of = starters_ == 1 ? "" : " as '" + ours.name + "'";
                same(("HAL" + of).c_str(), starter.at("hal"), ours.hal,
                     starters_ == 1 ? "name its libhal.so with --hal, or use that build"
                                    : "name the two libhal.so with --old and --new");
                same(("intent" + of).c_str(), starter.at("intent"), ours.intent,
                     starters_ == 1 ? "use the release of that intent" : "name the two with --old-intent and --intent");
                if (starters_ != 1 && starter.at("drain") != ours.drain) {
                    throw Refused("the certificate's starters may drain where these may not, or the other way round");
                }
            }
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
            const Leaf leaf = certificate::decode(bytes, size, layout_.cells, result_.leaves, starters_);
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
            for (const certificate::Recovery& r : leaf.recoveries) row.legs.push_back({r.accesses, r.us, kAny, kAny});
            row.run = leaf.run;
            row.starter = leaf.starter;
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
                    judge.use(rerun.starter);
                    restore(judge.rig().chip, *rerun.leaf);
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
        ++result_.runs;
        result_.moments += rerun.moments;
        const Judged& judged = rerun.judged;
        result_.accesses += judged.run.accesses;
        const std::string who = path_of(rerun.number, rerun.starter);
        const certificate::Recovery& said = rerun.leaf->recoveries[rerun.starter];
        for (const Finding& finding : judged.findings) {
            find("{}: {}: {}", who, oracles()[static_cast<std::size_t>(finding.oracle)].name, finding.what);
        }
        if (judged.run.accesses != said.accesses) {
            find("{}: recovery takes {} accesses, the leaf says {}", who, judged.run.accesses, said.accesses);
        }
        const std::uint64_t us = judged.run.result ? judged.run.result->elapsed_ns / 1000 : said.us;
        if (us != said.us) find("{}: recovery waits {} us, the leaf says {}", who, us, said.us);
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
            follow(rerun, place, judged.run.accesses, us);
        }
        result_.successors += successors.size();
        if (!outside && certificate::ranges(std::move(successors)) != said.successors) {
            find("{}: kills lead to other leaves than the leaf says", who);
        }
    }

    void follow(const Rerun& from, const Passed& place, std::uint64_t cost, std::uint64_t us) {
        Row& row = rows_[place.leaf];
        Row::Leg& leg = row.legs[from.starter];
        const std::uint64_t left = cost - std::min(cost, place.accesses);
        leg.left = std::min(leg.left, left);
        leg.left_us = std::min(leg.left_us, us - std::min(us, place.us));
        if (place.leaf != 0 && row.run == from.number && row.starter == from.starter &&
            row.boundary == place.boundary && row.outage == place.outage) {
            row.confirmed = true;
        }
        const std::uint64_t allowed = left + place.again + references_[from.starter].sweep + kAttachAccesses;
        if (leg.accesses > allowed) {
            find("{}: recovery takes {} accesses where {} are allowed", path_of(place.leaf, from.starter), leg.accesses,
                 allowed);
        }
    }

    /// Everything that the header counts.
    void look_at_whole() {
        std::uint64_t setback = 0, setback_us = 0, worst = 0;
        for (std::uint32_t n = 0; n < rows_.size(); ++n) {
            const Row& row = rows_[n];
            if (n != 0 && !row.confirmed) find("{}: that path doesn't lead to this leaf", path_of(n, 0));
            for (const Row::Leg& leg : row.legs) {
                worst = std::max(worst, leg.accesses);
                if (leg.left == kAny) continue;
                setback = std::max(setback, leg.accesses - std::min(leg.accesses, leg.left));
                setback_us = std::max(setback_us, leg.us - std::min(leg.us, leg.left_us));
            }
        }
        const nlohmann::json& h = certificate_.header();
        const auto equal = [&](const char* what, const char* at, std::uint64_t counted) {
            const nlohmann::json::json_pointer pointer(at);
            if (!h.contains(pointer) || h.at(pointer) != counted) {
                find("the header's {} isn't the {} counted", what, counted);
            }
        };
        equal("number of states", "/counts/states", result_.run);
        equal("number of runs", "/counts/runs", result_.runs);
        equal("number of moments", "/counts/moments", result_.moments);
        equal("number of accesses", "/counts/accesses", result_.accesses);
        equal("worst recovery", "/worst_recovery/accesses", worst);
        equal("least uptime", "/progress/least_uptime_accesses", setback + 1);
        equal("waiting that comes back", "/progress/redone_us_at_most", setback_us);
        equal("fault-free accesses", "/fault_free/accesses", references_[0].accesses);
        equal("sweep", "/fault_free/sweep", references_[0].sweep);
    }

    /// Where only one HAL is started, nobody has to be told which.
    std::string letter(std::uint32_t starter) const {
        return starters_ == 1 ? std::string() : std::string(1, static_cast<char>('a' + starter));
    }

    /// The id of a run from a leaf, or as much of it as can be told.
    std::string path_of(std::uint32_t n, std::uint32_t starter) const {
        const nlohmann::json& h = certificate_.header();
        std::string path = letter(starter);
        for (; n != 0; n = rows_[n].run) {
            path = fmt::format("{}{}{}{}{}", letter(rows_[n].starter), rows_[n].boundary, rows_[n].outage ? "q" : "",
                               path.empty() ? "" : ".", path);
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
    const std::size_t starters_;
    std::vector<Reference> references_;
    bool outages_ = false;
    std::vector<std::unique_ptr<Judge>> judges_;
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
