// One trial: HALs live and die as a plan says, from a scenario's start; then it is judged whether every fault's
// contract was kept. The rungs of the judgement, from best to worst, are faults::Outcome.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "chaos/faults/injector.hpp"
#include "chaos/judge.hpp"

namespace chaos {

enum class Verdict : std::uint8_t {
    survived,        ///< Every contract was kept. The only pass.
    lost,            ///< One was not.
    excluded,        ///< A fault out of contract struck: nothing is claimed.
    not_measured,    ///< A fault was armed but never fired.
    harness_broken,  ///< The harness contradicts itself.
};
inline constexpr std::size_t kVerdicts = 5;
const char* name(Verdict verdict);

struct Trial {
    Verdict verdict = Verdict::survived;
    faults::Outcome outcome = faults::Outcome::same_call;
    std::vector<Finding> findings;
    std::uint64_t accesses = 0;  ///< From the first strike until the chip was as intended.
};

/// The chip as it rests when nothing is wrong: what ends are compared with. Cells that move by themselves on a healthy
/// chip (traffic's phases, sampling, the watchdog's time) are found by letting it run, and left out.
struct Rest {
    std::vector<std::uint32_t> cells, compared;
    std::vector<std::uint32_t> determined;  ///< Of what is compared: what another history ends in, too.
};

/// Told of every chip state in which a HAL could die after the first strike.
class StateSink {
public:
    virtual void met(transports::model::Chip& chip, const faults::Plan& so_far) = 0;

protected:
    ~StateSink() = default;
};

class SecondInstance;

/// Owns a judge and a chip. One per thread.
class Trials {
public:
    Trials(const Scenario& scenario, const transports::model::Layout& layout, OracleSet asked);
    ~Trials();

    /// From the scenario's start. `sink` may be null.
    Trial run(const faults::Plan& plan, StateSink* sink = nullptr);
    /// From some state that `so_far` leads to: a fresh HAL, without faults.
    Trial recover(const transports::model::Snapshot& state, const faults::Plan& so_far, StateSink* sink);
    /// Like run(), and tells what happens.
    Trial tell(const faults::Plan& plan, const std::function<void(const std::string&)>& say);

    const Reference& reference() const { return reference_; }
    Judge& judge() { return judge_; }
    const Scenario& scenario() const { return scenario_; }

private:
    struct Struck {
        transports::model::Snapshot chip;
        transports::model::Monitor monitor;
        std::uint64_t at_ns, accesses;
        std::vector<std::pair<std::uint64_t, faults::Strike>> strikes;  // when, after the first one
        bool chip_level = false;
        bool unlawful = false;
        std::uint32_t violations_of_call = 0;
    };

    void learn_rest();
    bool live(const faults::Plan& plan, StateSink* sink, Run& last, Trial& trial);
    std::uint8_t declared_outcomes(const faults::Strike& strike) const;
    std::uint8_t allowed_outcomes(const faults::Plan& plan) const;
    bool may_end_in(faults::Outcome outcome) const { return (allowed_ >> static_cast<unsigned>(outcome) & 1u) != 0; }
    void hold_to_contract(Trial& trial) const;
    void strike(const faults::Strike& strike);
    void overlap(std::uint32_t moments);
    Run finish_overlap(const Run& first);
    bool as_reference(const Run& run);
    bool rests();
    bool delivers(std::string& what);
    enum class Fields : std::uint8_t { all, managed_of_converged };
    std::string difference(Fields which) const;
    void climb(const Run& first, Trial& trial);
    void climb_degraded(Trial& trial);
    void climb_by_reset(Trial& trial);
    void lose(Trial& trial, Oracle oracle, const std::string& what) const;
    Run of_another_intent(const hal::converge::Policy& policy, Trial& trial);
    /// `told_to_retry`: of a HAL that was told to try again what had been given up.
    void check_conduct(Trial& trial, bool told_to_retry = false);
    std::uint32_t twin_disturbances();
    bool asks(Oracle oracle) const { return asked_.test(static_cast<std::size_t>(oracle)); }
    void say(const std::string& what) const {
        if (say_) say_(what);
    }
    void say(const char* who, const Run& run) {
        if (say_) say_(std::string(who) + ": " + told(run));
    }
    std::string told(const Run& run);

    const Scenario& scenario_;
    const OracleSet asked_;
    Judge judge_;
    Reference reference_;
    Rest rest_;
    faults::Ailments ailments_;
    std::optional<Struck> struck_;
    std::uint8_t allowed_ = 0;  ///< Outcomes that the contracts of the plan's faults allow.
    bool stray_ = false;
    bool reclaimed_ = false;  ///< One of two instances has claimed twice.
    bool unaware_ = false;    ///< Stores of one of two instances were dropped, and neither says that it is fenced off.
    std::uint32_t by_strikes_ = 0;  ///< Disturbances by the faults themselves, as they struck.
    std::unique_ptr<SecondInstance> second_;
    std::uint32_t dropped_ = 0;      ///< Stores and consuming loads of stale instances, before the second one started.
    std::uint32_t gated_ = 0;        ///< Accesses to gated blocks, when the first one went on.
    std::uint32_t stale_gated_ = 0;  ///< Those of the first one after it had lost the port: loads, by the read window.
    std::function<void(const std::string&)> say_;
};

/// Fault-free boundary knowledge: what a process does at each of its moments.
enum class Op : std::uint8_t { claim, read, write, consume, guarded, wait };
inline constexpr std::size_t kOps = 6;
const char* name(Op op);

struct Point {
    std::uint32_t index;
    Moment moment;
    Op op;
    std::uint16_t instance;  ///< That is accessed, written ones first; 0, the system block, for claims and waits.
    std::uint16_t words;     ///< Written.
    std::uint16_t word;      ///< Number of the last one written, in its block.
    std::uint32_t bytes;
    bool store;    ///< Through the window.
    bool changed;  ///< The chip's state differs from that of the point before.
    bool moving;   ///< Some hardware transition runs.
};

/// Is a fault of the chip or the process tried at this moment? After an access that changed nothing the next moment is
/// the same one, and before an access that follows on one with a change the last one was: nothing lies between.
inline bool tried_here(const std::vector<Point>& points, std::size_t index) {
    const bool follows = index != 0 && points[index - 1].changed && points[index - 1].moment == Moment::after;
    return points[index].changed || (points[index].moment == Moment::before && !follows);
}

/// Every moment of the scenario's fault-free run, in order.
std::vector<Point> survey(Judge& judge, const Scenario& scenario);
/// Likewise, of whatever `run` runs on the rig's chip as it is.
std::vector<Point> survey(const Rig& rig, const std::function<void(Boundary&)>& run);

}  // namespace chaos
