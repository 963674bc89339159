// Chips in any state that kills and upsets can leave, and the plan that leads there: its id is what
// `reconverge chaos --repro` takes.
#pragma once

#include <ostream>
#include <string>
#include <vector>

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

/// What the plan does, step by step, for people.
std::string story(const Case& c);

/// What a block that is said to be as intended doesn't deliver; empty: they all do.
std::string false_success(Stage& stage);
/// What is wrong about how that call, which was not let die, ended; empty: nothing.
std::string untruth(Stage& stage, const chaos::Run& run);

}  // namespace properties::recovery
