// Collects accesses and sends them in as few transport calls as possible. An instance that refuses an access is
// marked and left out; the rest of the batch goes on.
#pragma once

#include "hal/converge/workspace.hpp"

namespace hal::converge {

class Batch {
public:
    Batch(bus::Transport& transport, const Chip& chip, const Workspace& workspace, bool guards)
        : transport_(transport), chip_(chip), w_(workspace), guards_(guards) {}

    /// Reads the runs of instance `i` into its observation.
    bus::Result<void> observe(std::uint16_t i, bus::Span<const bus::Run> runs);

    /// The items of a plan for instance `i`. Behind a disruptive plan's guard everything is refused by the chip
    /// unless traffic is shut and idle.
    bus::Result<void> carry_out(std::uint16_t i, const Plan& plan);

    /// Sends what was collected. bus_error(none) marks the instance unreachable and is no error here;
    /// bus_error(unknown) counts as a refusal of the instance at the error's address and is one.
    bus::Result<void> flush();

    std::uint32_t reads = 0, writes = 0, batches = 0;

private:
    bus::Result<void> add(std::uint16_t i, const bus::Access& access, std::uint32_t words);
    bus::Result<void> guard();
    bus::Access guard_access() const;
    void blame_posted(std::uint32_t from, bus::Error& error);
    /// Neighbours become one burst: the same writes in the same order in fewer bytes.
    bool joins_last_write(std::uint32_t address) const;

    bus::Transport& transport_;
    const Chip& chip_;
    const Workspace& w_;
    const bool guards_;
    bool guarded_ = false;
    std::uint32_t size_ = 0, words_ = 0, pooled_ = 0;
    std::uint32_t guard_words_[2] = {0, 0};
};

}  // namespace hal::converge
