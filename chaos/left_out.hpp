// What the key of a chip's state leaves out, and the attempt to show that leaving it out was wrong. Two states are
// merged when their keys agree; the audit of merges (audit.hpp) changes all that is listed here and expects the same
// future. docs/left-out.md is this table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chaos/rig.hpp"

namespace chaos {

struct LeftOut {
    std::string what;    ///< A field of a block type, or a part of the model.
    std::string reason;  ///< Why no future depends on it.
    std::string shift;   ///< What the audit does to it.
};

/// Every field that the RDL leaves out, then what the model and its link ends keep beside the registers.
std::vector<LeftOut> left_out();

/// Changes all of it on the rig's chip and in its sessions: to a random value, to the last one before it wraps, to the
/// next one, or to 0, as `seed` has it. The chip's hash stays. How many words were given another value.
std::uint64_t shift_left_out(Rig& rig, std::uint64_t seed);

}  // namespace chaos
