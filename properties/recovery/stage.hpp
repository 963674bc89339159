// Chips in any state that kills and upsets can leave, and the plan that leads there: its id is what
// `reconverge chaos --repro` takes.
#pragma once

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "chaos/trial.hpp"

namespace properties::recovery {

/// A scale of the chip: 1/8, or 1 for all of it.
struct Scale {
    std::uint32_t numerator = 1, denominator = 8;
};

/// One scenario over one path, made once.
class Stage {
public:
    Stage(const std::string& scenario, chaos::Path path, chaos::OracleSet asked, Scale scale);
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
    /// What a block that is said to be as intended doesn't deliver; empty: they all do.
    std::string false_success();

private:
    /// The chip, without what only counts time, and what was said of each block.
    using End = std::pair<transports::model::Hash, std::string>;
    End end();
    /// Hardware has something under way in that block.
    bool moves(std::uint16_t block);

    /// What a death has left: plans that begin with the same deaths begin here.
    struct Left {
        transports::model::Snapshot chip;
        transports::model::BridgeSession session;
        transports::model::WindowSession window_session;
    };
    std::map<std::string, Left> left_;  ///< By the plan up to there.
    std::map<End, std::string> ends_;   ///< Already looked at.
    /// Blocks in which radiation has cleared what hardware had logged, or has struck a record that hardware was about
    /// to take: nobody can know, so nobody is asked.
    std::set<std::uint16_t> forgetful_;
};

/// All oracles at scale 1/8 unless told otherwise.
Stage& stage(const std::string& scenario, chaos::Path path, chaos::OracleSet asked = chaos::OracleSet().set(),
             Scale scale = {});

/// A plan on a stage.
struct Case {
    Stage* stage = nullptr;
    chaos::faults::Plan plan;
    std::string id() const;
};
std::ostream& operator<<(std::ostream& out, const Case& c);

/// What was found, then for people: the plan step by step, what HALs did to the block it is about, how to try again.
std::string story(const Case& c, const std::string& what);

/// What is wrong about how that call, which was not let die, ended; empty: nothing.
std::string untruth(Stage& stage, const chaos::Run& run);

}  // namespace properties::recovery
