// Faults laid over a recording: a HAL is answered from the trace up to one access, the fault strikes there, and from
// then on it stands before a model chip in the state that the trace shows. So what a fleet recorded becomes a scenario.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "chaos/faults/faults.hpp"
#include "replay/transport/replaying.hpp"
#include "replay/transport/run.hpp"
#include "replay/transport/seeded.hpp"

namespace chaos {

/// Those that can strike where accesses were recorded, above the link: killed, request_lost, reply_lost.
const std::vector<faults::Fault>& overlay_faults();

/// What came of one fault at one access.
struct Overlaid {
    std::uint64_t index = 0;  ///< Of the access in the trace.
    faults::Fault fault = faults::Fault::killed;
    bool same_call = false;    ///< The HAL that was struck got there by itself.
    std::string violated;      ///< What was not as it must be; empty: survived.
    std::uint32_t writes = 0;  ///< Of the HALs after the fault.
};

class Overlay {
public:
    /// Throws std::invalid_argument, with a text for users, unless the trace is a recording of Heron from its first
    /// record on that a fresh HAL replays. Both must outlive it.
    Overlay(const replay::trace::Sequence& trace, const replay::trace::Schema& schema, const std::string& description);

    /// Rows of the trace at which a fault can strike.
    const std::vector<std::size_t>& rows() const { return rows_; }
    /// `number`: of rows().
    Overlaid strike(std::size_t number, faults::Fault fault) const;

private:
    const replay::trace::Sequence& trace_;
    const replay::trace::Schema& schema_;
    const replay::transport::Subject subject_;
    std::vector<std::size_t> rows_;
    hal_report expected_{};  ///< Of the run without a fault.
};

}  // namespace chaos
