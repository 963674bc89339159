#include "hal/bus/error.hpp"

namespace hal::bus {

const char* name(Code code) {
    switch (code) {
        case Code::bus_error: return "bus_error";
        case Code::guard_failed: return "guard_failed";
        case Code::fenced: return "fenced";
        case Code::claim_lost: return "claim_lost";
        case Code::link_down: return "link_down";
        case Code::protocol: return "protocol";
        case Code::peer_gone: return "peer_gone";
        case Code::unsupported: return "unsupported";
        case Code::bad_address: return "bad_address";
        case Code::wrong_chip: return "wrong_chip";
        case Code::invalid_argument: return "invalid_argument";
        case Code::workspace: return "workspace";
        case Code::deadline: return "deadline";
    }
    return "?";
}

const char* name(Effect effect) {
    switch (effect) {
        case Effect::none: return "none";
        case Effect::done: return "done";
        case Effect::unknown: return "unknown";
    }
    return "?";
}

}  // namespace hal::bus
