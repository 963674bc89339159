#include "hal/converge/converge.hpp"

namespace hal::converge {

const char* name(Verdict verdict) {
    switch (verdict) {
        case Verdict::converged: return "converged";
        case Verdict::off: return "off";
        case Verdict::act: return "act";
        case Verdict::wait: return "wait";
        case Verdict::needs_drain: return "needs_drain";
        case Verdict::needs_reset: return "needs_reset";
        case Verdict::broken: return "broken";
    }
    return "?";
}

const char* name(State state) {
    switch (state) {
        case State::converged: return "converged";
        case State::off: return "off";
        case State::deferred: return "deferred";
        case State::needs_reset: return "needs_reset";
        case State::broken: return "broken";
        case State::blocked: return "blocked";
        case State::pending: return "pending";
    }
    return "?";
}

}  // namespace hal::converge
