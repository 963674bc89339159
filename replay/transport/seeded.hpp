// A model chip brought to the state that a trace shows at some place in it.
#pragma once

#include <memory>

#include "hal/api/hal.h"
#include "hal/bus/transport.hpp"
#include "replay/trace/sequence.hpp"

namespace replay::transport {

/// How much of the state is known. What no access of the trace has shown is as after a cold reset.
struct Knowledge {
    std::uint64_t accesses = 0;   ///< Done again on the model.
    std::uint64_t confirmed = 0;  ///< Words read that the model had, too.
    std::uint64_t corrected = 0;  ///< Words read that differed: the trace is believed.
    std::uint64_t foreign = 0;    ///< Accesses to addresses that this chip doesn't have, or that it refused.
    std::uint32_t known_registers = 0, registers = 0;  ///< Of those that software can read.
    bool from_reset = false;                           ///< The trace begins at its first record.
};

class Seeded {
public:
    /// The chip as it was before record number `end` of the trace.
    Seeded(const hal_chip& chip, const trace::Sequence& trace, std::size_t end);
    ~Seeded();
    Seeded(const Seeded&) = delete;
    Seeded& operator=(const Seeded&) = delete;

    /// A link of its own, already claimed.
    hal::bus::Transport& transport();
    const Knowledge& knowledge() const;
    /// Disturbances and forbidden accesses since the state was reached.
    std::uint32_t disturbances() const;
    std::uint32_t violations() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace replay::transport
