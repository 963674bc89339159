#include "transports/model/traffic.hpp"

#include "transports/model/chip.hpp"

namespace transports::model {

namespace {

// A block that is switched off carries no traffic, and traffic doesn't wait for it.
bool missed(const Chip& chip, Instance i) {
    if (!chip.layout().type[i]->workload || chip.output(i)) return false;
    const auto unused = chip.layout().behaviour[i]->unused;
    return unused == nullptr || !unused(chip, i);
}

// The host driver writes while management goes its own ways. All of it follows from the phase, so that the workload
// stays a finite machine.
void host_writes(Chip& chip, std::uint32_t phase) {
    for (Instance i = 0; i < chip.layout().first_cell.size(); ++i) {
        const auto writes = chip.layout().behaviour[i]->host_writes;
        if (writes != nullptr && chip.accessible(i)) writes(chip, i, phase);
    }
}

void set_phase(Chip& chip, std::uint32_t phase, std::uint32_t us) {
    const std::uint32_t first = chip.layout().traffic;
    chip.set_cell(first + kPhase, phase);
    chip.set_cell(first + kPhaseTimer, us);
    chip.show_traffic();
    host_writes(chip, phase);
}

}  // namespace

void gate_moved(Chip& chip) {
    const bool open = chip.gate_open();
    const std::uint32_t phase = chip.cell(chip.layout().traffic + kPhase);
    if (open && phase == 0) set_phase(chip, 0, kHostStartUs);
    if (!open && phase == 0) set_phase(chip, 0, 0);
    // Shut under traffic: the step's current phase runs to its end first; see phase_over().
}

void phase_over(Chip& chip) {
    const std::uint32_t phase = chip.cell(chip.layout().traffic + kPhase);
    if (!chip.gate_open()) {
        set_phase(chip, 0, 0);
        return;
    }
    if (phase != 0) {
        for (Instance i = 0; i < chip.layout().first_cell.size(); ++i) {
            if (missed(chip, i)) return set_phase(chip, phase, kPhaseUs);  // stalls
        }
        ++chip.monitor.steps;
    }
    set_phase(chip, phase % kPhases + 1, kPhaseUs);
}

}  // namespace transports::model
