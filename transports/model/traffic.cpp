#include "transports/model/traffic.hpp"

#include "hal/chip/heron.hpp"
#include "hal/registers/dma.hpp"
#include "hal/registers/hbm_channel.hpp"
#include "hal/registers/mailbox.hpp"
#include "hal/registers/pcie_ctrl.hpp"
#include "hal/registers/sysctl.hpp"
#include "hal/registers/ucie.hpp"
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

template <typename Status, typename Saved>
void store_errors(Chip& chip, Instance i) {
    if (chip.reg<Status>(i) != 0) chip.set<Saved>(i, 1);
}

// What the host driver writes by itself while management goes its own ways, in fields of its own only: ring tails,
// doorbells, bus mastering, and word that errors are stored. All of it follows from the phase, so that the workload
// stays a finite machine.
void host_writes(Chip& chip, std::uint32_t phase) {
    namespace r = hal::registers;
    using hal::chip::Type;
    for (Instance i = 0; i < chip.layout().first_cell.size(); ++i) {
        if (!chip.accessible(i)) continue;
        switch (static_cast<Type>(chip.layout().chip.instances[i].type)) {
            case Type::dma: chip.set<r::dma::RingTail::Entry>(i, phase); break;
            case Type::mailbox: chip.set<r::mailbox::Doorbell::Wanted>(i, phase); break;
            case Type::pcie_ctrl:
                chip.set<r::pcie_ctrl::Command::BusMaster>(i, phase != 0 ? 1 : 0);
                store_errors<r::pcie_ctrl::ErrorStatus, r::pcie_ctrl::ErrorLog::Saved>(chip, i);
                break;
            case Type::ucie: store_errors<r::ucie::ErrorStatus, r::ucie::ErrorLog::Saved>(chip, i); break;
            case Type::hbm_channel:
                store_errors<r::hbm_channel::ErrorStatus, r::hbm_channel::ErrorLog::Saved>(chip, i);
                break;
            default: break;
        }
    }
}

void set_phase(Chip& chip, std::uint32_t phase, std::uint32_t us) {
    const std::uint32_t first = chip.layout().traffic;
    chip.set_cell(first + kPhase, phase);
    chip.set_cell(first + kPhaseTimer, us);
    chip.set<sysctl::Traffic::Active>(kSysctl, phase != 0 ? 1 : 0);
    host_writes(chip, phase);
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
