#include "transports/model/traffic.hpp"

#include "hal/chip/heron.hpp"
#include "hal/registers/sysctl.hpp"
#include "transports/model/chip.hpp"

namespace transports::model {

namespace sysctl = hal::registers::sysctl;

namespace {

constexpr Instance kSysctl = 0;  // row 0 of every chip: the always-on system block

// A block that is switched off carries no traffic, and traffic doesn't wait for it.
bool missed(const Chip& chip, Instance i) {
    if (!chip.layout().type[i]->workload || chip.output(i)) return false;
    const auto unused = chip.layout().behaviour[i]->unused;
    return unused == nullptr || !unused(chip, i);
}

void set_phase(Chip& chip, std::uint32_t phase, std::uint32_t us) {
    const std::uint32_t first = chip.layout().traffic;
    chip.set_cell(first + kPhase, phase);
    chip.set_cell(first + kPhaseTimer, us);
    chip.set<sysctl::Traffic::Active>(kSysctl, phase != 0 ? 1 : 0);
}

}  // namespace

void gate_moved(Chip& chip) {
    const bool open = chip.get<sysctl::Traffic::Open>(kSysctl) != 0;
    const std::uint32_t phase = chip.cell(chip.layout().traffic + kPhase);
    if (open && phase == 0) set_phase(chip, 0, kHostStartUs);
    if (!open && phase == 0) set_phase(chip, 0, 0);
    // Shut under traffic: the step's current phase runs to its end first; see phase_over().
}

void phase_over(Chip& chip) {
    const std::uint32_t phase = chip.cell(chip.layout().traffic + kPhase);
    if (chip.get<sysctl::Traffic::Open>(kSysctl) == 0) {
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
