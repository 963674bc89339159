#include "hal/blocks/gpsimd/gpsimd.hpp"

#include "hal/registers/gpsimd.hpp"

namespace hal::blocks::gpsimd {

namespace r = hal::registers::gpsimd;

namespace {

constexpr std::uint32_t kFirstOpcode = 0xC0, kWordsPerOperation = 0x400, kStacksKib = 0x3000;

/// An operation that changes is not valid meanwhile; valid comes last. True if one that can be called goes away.
bool operations(const converge::Situation& s, converge::Plan& plan) {
    bool withdraws = false;
    for (std::uint32_t k = 0; k < r::OpControl::kCount; ++k) {
        const bool wanted = k < s.intent[kOperations];
        const auto entry =
            bus::modify(s.get<r::OpEntry>(k)).with<r::OpEntry::Word>(wanted ? (k + 1) * kWordsPerOperation : 0);
        const auto control = bus::modify(s.get<r::OpControl>(k))
                                 .with<r::OpControl::Opcode>(wanted ? kFirstOpcode + k : 0)
                                 .with<r::OpControl::Operands>(wanted ? 2 + k % 3 : 0)
                                 .with<r::OpControl::Wide>(wanted ? k % 2 : 0)
                                 .with<r::OpControl::Valid>(wanted ? 1 : 0);
        const bool valid = s.get<r::OpControl>(k).get<r::OpControl::Valid>() != 0;
        const bool moves = s.get<r::OpEntry>(k) != entry;
        withdraws = withdraws || (valid && (moves || !wanted));
        if (valid && moves) {
            plan.write(control.with<r::OpControl::Valid>(0), k);
            plan.write(entry, k);
            if (wanted) plan.write(control, k);
        } else {
            plan.want(s, entry, k);
            plan.want(s, control, k);
        }
    }
    return withdraws;
}

void stacks(const converge::Situation& s, converge::Plan& plan) {
    for (std::uint32_t k = 0; k < r::Stack::kCount; ++k) {
        plan.want(s,
                  bus::modify(s.get<r::Stack>(k))
                      .with<r::Stack::Base>(kStacksKib + k * s.intent[kStackLimit])
                      .with<r::Stack::Limit>(s.intent[kStackLimit]),
                  k);
    }
}

void surroundings(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Library>())
                     .with<r::Library::Base>(s.intent[kLibraryBase])
                     .with<r::Library::Length>(s.intent[kLibraryLength]));
    plan.want(s, bus::modify(s.get<r::Slices>()).with<r::Slices::Slice>(s.intent[kSlice]).with<r::Slices::Exempt>(1));
    plan.want(s, bus::modify(s.get<r::Credits>())
                     .with<r::Credits::Total>(s.intent[kCredits])
                     .with<r::Credits::Each>(s.intent[kCredits] / 4));
    plan.want(s, bus::modify(s.get<r::InterruptMask>())
                     .with<r::InterruptMask::Host>(s.intent[kHostInterrupts])
                     .with<r::InterruptMask::Scalar>(0xFF));
    plan.want(s,
              bus::modify(s.get<r::Traps>()).with<r::Traps::Stack>(1).with<r::Traps::Call>(1).with<r::Traps::Tile>(1));
    plan.want(s, bus::modify(s.get<r::SemaphoreCapacity>())
                     .with<r::SemaphoreCapacity::First>(s.intent[kSemaphores])
                     .with<r::SemaphoreCapacity::Second>(s.intent[kSemaphores])
                     .with<r::SemaphoreCapacity::Third>(s.intent[kSemaphores])
                     .with<r::SemaphoreCapacity::Fourth>(s.intent[kSemaphores]));
}

/// Written last and never asked: it survives what the tables don't.
void version(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::FirmwareVersion>())
                     .with<r::FirmwareVersion::Major>(s.intent[kFirmwareVersion] >> 24)
                     .with<r::FirmwareVersion::Minor>(s.intent[kFirmwareVersion] >> 16)
                     .with<r::FirmwareVersion::Build>(s.intent[kFirmwareVersion]));
}

/// Only while no sub-core runs: afterwards the units belong to those that hold them. So they have to be seen before
/// the first one starts.
void semaphores(const converge::Situation& s, converge::Plan& plan) {
    const std::size_t others = plan.items().size();
    for (std::uint32_t k = 0; k < r::Semaphore::kCount; ++k) {
        const auto units = bus::modify(s.get<r::Semaphore>(k)).with<r::Semaphore::Units>(s.intent[kSemaphores]);
        if (s.get<r::Semaphore>(k) == units) continue;
        plan.write(units, k);
    }
    if (plan.items().size() != others) plan.read_back<r::Semaphore>(0, r::Semaphore::kCount);
}

/// Without traffic all units are back. If each running sub-core holds one there is traffic, whatever is said of it.
bool units_gone(const converge::Situation& s, std::uint32_t running) {
    std::uint32_t held = 0;
    for (std::uint32_t rest = running; rest != 0; rest &= rest - 1) ++held;
    for (std::uint32_t k = 0; k < r::Semaphore::kCount; ++k) {
        const std::uint32_t out = s.intent[kSemaphores] - s.get<r::Semaphore>(k).get<r::Semaphore::Units>();
        if (out != 0 && out != held) return s.idle;
    }
    return false;
}

/// Brings the sub-cores to the intended ones, each started once.
void sub_cores(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const std::uint32_t running = status.get<r::Status::Running>();
    const std::uint32_t busy = running | status.get<r::Status::Queued>();
    const std::uint32_t wanted = s.intent[kSubCores];
    if (running != 0 && units_gone(s, running)) {
        plan.write(bus::Value<r::Stop>(0).with<r::Stop::SubCores>(busy));
        return plan.act_disruptively("stop sub-cores that hold units without having work");
    }
    if (running == 0) semaphores(s, plan);
    if (!plan.items().empty() && busy != 0) {
        plan.clear();
        plan.write(bus::Value<r::Stop>(0).with<r::Stop::SubCores>(busy));
        return plan.act("hold back sub-cores that would take wrong semaphores");
    }
    if (plan.act_if_any("give the semaphores their units again")) return;
    if (status.get<r::Status::Launching>() != 0 && (wanted & ~running) != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "sub-cores are starting");
        plan.write(bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(0));
        return plan.broken("sub-cores do not start");
    }
    if ((busy & ~wanted) != 0) plan.write(bus::Value<r::Stop>(0).with<r::Stop::SubCores>(busy & ~wanted));
    if ((wanted & ~running) != 0) plan.write(bus::Value<r::Start>(0).with<r::Start::SubCores>(wanted & ~running));
    if (!plan.items().empty()) return plan.act("start the sub-cores that do not run", r::Status::kLatencyUs);
    if (status.get<r::Status::Restarted>() != 0) {
        plan.write(bus::modify(status).with<r::Status::Restarted>(status.get<r::Status::Restarted>()));
        return plan.act("acknowledge sub-cores that were started twice");
    }
    plan.converged();
}

}  // namespace

// Tables, stacks, semaphores and limits before the fabric, so that nothing runs without them; then those sub-cores are
// started that don't run, and no others.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const bool on = s.get<r::Ctrl>().get<r::Ctrl::Enable>() != 0;
    const auto ctrl = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::GateWaiting>(1).with<r::Ctrl::Scheduler>(2);

    if (s.intent[kEnabled] == 0) {
        if (on) plan.write(ctrl.with<r::Ctrl::Enable>(0));
        return on ? plan.act_disruptively("switch the engine off, as intended") : plan.off();
    }
    stacks(s, plan);
    if (on && !plan.items().empty()) {
        plan.clear();
        plan.write(ctrl.with<r::Ctrl::Enable>(0));
        return plan.act_disruptively("stop the engine to move its stacks");
    }
    surroundings(s, plan);
    const bool withdraws = operations(s, plan);
    if (!on) semaphores(s, plan);
    version(s, plan);
    plan.want(s, ctrl.with<r::Ctrl::Enable>(1));
    if (!on) return plan.act_disruptively("write the tables, start the fabric", r::Status::kLatencyUs);
    if (!plan.items().empty() && withdraws) return plan.act_disruptively("replace operations that are in use");
    if (plan.act_if_any("set library, operations and limits")) return;
    if (status.get<r::Status::Fabric>() != 0) return sub_cores(s, plan);
    if (status.get<r::Status::Starting>() == 0) {
        plan.write(ctrl.with<r::Ctrl::Enable>(0));
        return plan.act_disruptively("the fabric has stopped: start it again");
    }
    if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "fabric is starting");
    plan.write(ctrl.with<r::Ctrl::Enable>(0));
    plan.broken("the fabric does not start");
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"enabled", "bool", 0, 1, 1, "0 leaves the engine switched off"},
    {"sub_cores", "1", 1, 255, 0xFD, "sub-cores that run, one bit each"},
    {"stack_kib", "KiB", 1, 4095, 32, "stack of each sub-core"},
    {"semaphore_units", "1", 1, 255, 16, "units of each semaphore when the sub-cores start"},
    {"operations", "1", 0, 8, 6, "custom operations that can be called"},
    {"firmware_version", "1", 0, 0xFFFFFFFF, 0x02070143, "version of the operator library: major, minor, build"},
    {"library_base_kib", "KiB", 0, 65535, 14336, "where the library begins in the core's SRAM"},
    {"library_kib", "KiB", 1, 4095, 512, "length of the library"},
    {"slice_us", "us", 1, 4095, 200, "microseconds a sub-core runs before another one may"},
    {"dma_credits", "1", 4, 255, 64, "DMA credits of the engine"},
    {"host_interrupts", "1", 0, 255, 0x81, "sub-cores that may interrupt the host, one bit each"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::gpsimd
