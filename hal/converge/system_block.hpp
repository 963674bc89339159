// What the system block does for the engine: the gate of customer traffic, and the record of blocks that were given up.
#pragma once

#include "hal/converge/batch.hpp"

namespace hal::converge {

/// Tells what was last observed of the system block. Writes one word at a time, behind all that was collected before;
/// what was written counts as observed.
class SystemBlock {
public:
    SystemBlock(bus::Transport& transport, const Chip& chip, std::uint32_t digest, const Workspace& workspace,
                Batch& batch, Listener* listener)
        : transport_(transport), chip_(chip), digest_(digest), w_(workspace), batch_(batch), listener_(listener) {}

    std::uint32_t service(ServiceRegister reg, std::uint32_t element = 0) const {
        return w_.words[w_.progress[0].first_word + reg.index + element];
    }

    /// Was the block given up for this intent, by whatever instance?
    bool given_up(std::uint16_t i) const {
        return service(chip_.services.digest) == digest_ &&
               ((service(chip_.services.verdict, i / 32u) >> (i % 32u)) & 1u) != 0;
    }
    /// Records that it is given up, in place of what was recorded for another intent.
    bus::Result<void> give_up(std::uint16_t i);
    /// Forgets all that were given up. False: there were none.
    bus::Result<bool> clear_verdicts();

    /// Is the gate shut and no traffic left?
    bool idle() const {
        return (service(chip_.services.traffic) & (chip_.services.traffic_open | chip_.services.traffic_active)) == 0;
    }
    /// A chip without a gate has it neither open nor shut.
    bool gate_open() const { return (service(chip_.services.traffic) & chip_.services.traffic_open) != 0; }
    bool gate_shut() const { return chip_.services.traffic_open != 0 && !gate_open(); }
    /// Opens or shuts the gate and looks whether it moved. False: it is stuck.
    bus::Result<bool> move_gate(bool open);
    /// Queues a read of the one word that tells whether traffic is off the chip.
    bus::Result<void> observe_traffic();

    /// Words written so far.
    std::uint32_t writes() const { return writes_; }

private:
    bus::Result<void> write(ServiceRegister reg, std::uint32_t element, std::uint32_t value, bool read_back = false);

    bus::Transport& transport_;
    const Chip& chip_;
    const std::uint32_t digest_;
    const Workspace& w_;
    Batch& batch_;
    Listener* listener_;
    std::uint32_t writes_ = 0;
};

}  // namespace hal::converge
