// One judged run: a fresh HAL from some chip state to its end, and what the oracles say about it.
#pragma once

#include <bitset>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chaos/oracles.hpp"
#include "chaos/scenario.hpp"

namespace chaos {

/// Which oracles are asked.
using OracleSet = std::bitset<kOracles>;

struct Judged {
    Run run;
    std::vector<Finding> findings;    ///< Empty: the contract was kept.
    std::uint64_t writes = 0;         ///< Words written,
    std::uint64_t writes_digest = 0;  ///< and their addresses and values in order.
    transports::model::Hash end{};    ///< The state that the chip is heading for.
};

/// Do two reports say the same about every block? Costs aside.
bool same_outcome(const hal::converge::Report& a, const hal::converge::Report& b);
/// A report in words; names the first block that isn't as intended.
std::string outcome(const hal::converge::Chip& chip, const hal::converge::Report& report,
                    hal::bus::Span<const hal::converge::InstanceState> states);

/// Is everything else than what waits for a drain as intended?
bool only_deferred(const hal::converge::Report& report);

/// Owns a rig and judges runs on it. One per thread.
class Judge {
public:
    Judge(const Scenario& scenario, const transports::model::Layout& layout, OracleSet asked);

    /// The fault-free run. Must come first; throws std::runtime_error if the scenario doesn't even work without faults.
    Reference reference();
    void set_reference(const Reference& reference) { side_->reference = reference; }

    /// Of the HALs that may be started, the one whose runs are meant from now on: 0 is the scenario's own. Each has a
    /// reference of its own.
    void use(std::size_t starter) { side_ = &sides_[starter]; }
    std::size_t starters() const { return sides_.size(); }
    /// A fresh one of it, until its end or until `boundary` lets it die; nothing is judged or watched.
    Run run_starter(std::size_t starter, Boundary* boundary = nullptr);

    /// Runs a fresh HAL on the rig's chip as it is and judges it; `boundary` watches. Of a HAL that it lets die, only
    /// the conduct up to there is judged.
    Judged judge(Boundary* boundary = nullptr);
    /// Ends are compared in one phase of traffic: for explorers that let it move when they like. Before reference().
    void ignore_phase_of_traffic() { any_phase_ = true; }

    /// Judges the chip as somebody else's HAL has left it: its end, and what was done to it since `before`.
    std::vector<Finding> judge_end(const transports::model::Monitor& before);

    /// Runs a fresh HAL until `boundary` lets it die; nothing is judged.
    void let_die(Boundary& boundary) { run_side(*side_->policy, &boundary, nullptr); }
    /// Runs a fresh HAL to its end and judges nothing. `stray`: it wrote what no plan of its own had named.
    Run run(const hal::converge::Policy& policy, Boundary* boundary, bool& stray);
    /// The same for another intent than the scenario's.
    Run run(const Intended& intended, const hal::converge::Policy& policy, Boundary* boundary, bool& stray);
    /// Does a further HAL leave the chip alone? The host stores errors in its own time, and only then may they be
    /// cleared: up to two more come, each when traffic has been through all its phases.
    bool left_alone(const hal::converge::Policy& policy, bool& stray);

    /// What was done to the chip since `before` that nobody may do, added to `findings`.
    void look_at_conduct(const transports::model::Monitor& before, std::vector<Finding>& findings) const;

    Rig& rig() { return rig_; }
    const Rig& rig() const { return rig_; }
    /// If the HAL that is being judged were killed here: the words of the plan that would be cut short, which the next
    /// one may have to write again.
    std::uint32_t words_again() const;
    /// The same in accesses: under traffic the whole chip is looked at, too, before anything is written.
    std::uint64_t accesses_again() const;
    const transports::model::Snapshot& start() const { return start_; }
    PlanWatch& watch() { return watch_; }

private:
    /// A HAL that may be started, and what is known of its runs.
    struct Side {
        const HalLibrary* hal;
        const Intended* intended;
        const hal::converge::Policy* policy;
        Reference reference;
        /// Ends already looked at: what depends on the end state alone is judged once per state.
        std::map<transports::model::Hash, std::vector<Finding>> ends;
    };
    Run run_side(const hal::converge::Policy& policy, Boundary* boundary, PlanListener* listener) {
        return rig_.run_with(*side_->hal, *side_->intended, policy, boundary, listener);
    }
    hal::converge::Policy reference_policy() const;
    bool may_wait_for_drain(const Run& run) const;
    std::vector<std::uint32_t> settled_cells();
    void learn_determined();
    bool ends_like_reference(const transports::model::Hash& end);
    void find(std::vector<Finding>& findings, Oracle oracle, std::string what) const {
        if (asks(oracle)) findings.push_back({oracle, std::move(what)});
    }
    void look_at_report(Judged& judged) const;
    void look_at_end(Judged& judged);
    std::string further_hal(const hal::converge::Report& expected);
    transports::model::Hash settled_hash();
    bool asks(Oracle oracle) const { return asked_.test(static_cast<std::size_t>(oracle)); }

    const Scenario& scenario_;
    const OracleSet asked_;
    Rig rig_;
    PlanWatch watch_;
    std::vector<Side> sides_;
    Side* side_;
    transports::model::Snapshot start_;
    bool any_phase_ = false;
};

}  // namespace chaos
