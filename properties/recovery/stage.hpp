// Chips in any state that kills and upsets can leave, and the plan that leads there: its id is what
// `reconverge chaos --repro` takes.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "chaos/trial.hpp"

namespace properties::recovery {

/// One scenario over one path, at scale 1/8, made once.
class Stage {
public:
    Stage(const std::string& scenario, chaos::Path path, chaos::OracleSet asked);
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    const chaos::Scenario scenario;
    const transports::model::Layout layout;
    chaos::Trials trials;
    const std::vector<chaos::Point> points;  ///< Of the run without faults.
    struct Bit {
        std::uint16_t instance;
        std::uint32_t word, bit;
    };
    std::vector<Bit> managed;  ///< Stored bits that management may write.

    chaos::Rig& rig() { return trials.judge().rig(); }

    /// The chip where the plan's deaths leave it; the strikes of its last life are upsets and happen there.
    void enter(const chaos::faults::Plan& plan);
};

/// All oracles unless told otherwise.
Stage& stage(const std::string& scenario, chaos::Path path, chaos::OracleSet asked = chaos::OracleSet().set());

/// A plan on a stage.
struct Case {
    Stage* stage = nullptr;
    chaos::faults::Plan plan;
    std::string id() const;
};
std::ostream& operator<<(std::ostream& out, const Case& c);

/// Deaths, then a chip with so many management bits flipped at most, before a HAL that lives.
rc::Gen<Case> any_state(const std::vector<const char*>& scenarios, int flips);
/// Deaths and strikes by these faults in any life.
rc::Gen<Case> any_plan(std::vector<Stage*> stages, std::vector<chaos::faults::Fault> faults);

/// The faults after which the very same call has to end as if nothing had been.
std::vector<chaos::faults::Fault> recoverable();

/// What the plan does, step by step, for people.
std::string story(const Case& c);

}  // namespace properties::recovery
