// What a driver may be asked: any words of its block, any intent within its ranges, any time waited.
#pragma once

#include <ostream>
#include <vector>

#include <rapidcheck.h>

#include "hal/chip/heron.hpp"

namespace properties::drivers {

/// A question to one driver, as little as possible away from something known, so that it shrinks to a short story.
struct Asked {
    std::uint8_t type = 0;
    enum class From : std::uint8_t { reset, converged, noise } from = From::reset;
    std::uint32_t noise = 0;                                      ///< Seed of From::noise.
    std::vector<std::pair<std::uint16_t, std::uint32_t>> words;   ///< Word number, bits flipped.
    std::vector<std::pair<std::uint8_t, std::uint32_t>> intents;  ///< Number of the field, position in its range.
    std::uint16_t index = 0, count = 1;
    std::uint32_t waited_us = 0;
    bool idle = true;
};
std::ostream& operator<<(std::ostream& out, const Asked& asked);

rc::Gen<Asked> any_question();
/// A block that is as wanted but for bits that hardware sets: what drivers wait for.
rc::Gen<Asked> almost_there();
/// A block that is as wanted, but for errors in one of the words that keep them until they are acknowledged.
rc::Gen<Asked> error_seen();

/// The question with the memory it needs.
class Question {
public:
    explicit Question(const Asked& asked);
    /// The same, with noise in all that its driver has no business with: words of the block that nobody observes, and
    /// what lies before and behind the block's words and its intent.
    Question(const Asked& asked, std::uint32_t noise);
    std::size_t surroundings() const { return surroundings_; }  ///< Words that the noise has changed.
    const hal::converge::TypeRow& type() const { return type_; }
    const hal::converge::Situation& situation() const { return situation_; }
    void ask(hal::converge::Plan& plan) const {
        plan.clear();
        type_.driver->decide(situation_, plan);
    }

private:
    const hal::converge::TypeRow& type_;
    std::vector<std::uint32_t> observed_, intent_, firmware_;
    hal::converge::Situation situation_{};
    std::size_t surroundings_ = 0;
};

}  // namespace properties::drivers
