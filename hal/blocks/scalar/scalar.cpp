#include "hal/blocks/scalar/scalar.hpp"

#include "hal/registers/scalar.hpp"

namespace hal::blocks::scalar {

namespace r = hal::registers::scalar;

namespace {

/// What hardware ignores while the engine is enabled, and what leaves the cache unclean.
void program(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::ProgramBase>()).with<r::ProgramBase::Page>(s.intent[kProgramBase]));
    plan.want(s, bus::modify(s.get<r::Icache>())
                     .with<r::Icache::On>(1)
                     .with<r::Icache::Ways>(s.intent[kCacheWays] - 1)
                     .with<r::Icache::NextLine>(1)
                     .with<r::Icache::Parity>(1)
                     .with<r::Icache::LockedWays>(1));
}

void surroundings(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::ProgramLength>()).with<r::ProgramLength::Pages>(s.intent[kProgramLength]));
    plan.want(
        s, bus::modify(s.get<r::Dcache>()).with<r::Dcache::On>(1).with<r::Dcache::Through>(1).with<r::Dcache::Ways>(3));
    plan.want(s, bus::modify(s.get<r::Stack>())
                     .with<r::Stack::Top>(s.intent[kStackTop])
                     .with<r::Stack::Length>(s.intent[kStackLength]));
    plan.want(s, bus::modify(s.get<r::Interrupts>())
                     .with<r::Interrupts::Sources>(s.intent[kInterruptSources])
                     .with<r::Interrupts::Priority>(2));
    plan.want(s, bus::modify(s.get<r::Predictor>())
                     .with<r::Predictor::On>(1)
                     .with<r::Predictor::History>(10)
                     .with<r::Predictor::Returns>(4));
    plan.want(s, bus::modify(s.get<r::DataBase>()).with<r::DataBase::Base>(s.intent[kDataBase]));
    plan.want(s, bus::modify(s.get<r::DataLength>()).with<r::DataLength::Length>(s.intent[kDataLength]));
    plan.want(s, bus::modify(s.get<r::Trap>()).with<r::Trap::Page>(s.intent[kTrapPage]).with<r::Trap::Vectored>(1));
    const std::uint32_t rank = s.intent[kRanked] == 0 ? 0 : s.index | (std::uint32_t{s.count} << 16);
    plan.want(s, bus::modify(s.get<r::BootArgument>()).with<r::BootArgument::Rank>(rank));
}

bus::Value<r::Watchdog> watchdog(const converge::Situation& s, bool armed) {
    return bus::modify(s.get<r::Watchdog>())
        .with<r::Watchdog::Timeout>(s.intent[kWatchdog] / 16)
        .with<r::Watchdog::Action>(1)
        .with<r::Watchdog::Arm>(armed ? 1 : 0);
}

/// Disarmed before disabled: nobody feeds the watchdog of a stopped engine.
void stop(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, watchdog(s, false));
    plan.want(s, bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(0));
}

/// With the engine disabled: program, one clean sweep, start.
void bring_up(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    plan.want(s, watchdog(s, false));
    if (status.get<r::Status::Sweeping>() != 0) {
        if (plan.act_if_any("set the watchdog of a stopped engine, disarmed")) return;
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "cache is being swept");
        return plan.broken("the sweep of the cache does not end");
    }
    surroundings(s, plan);
    const std::size_t others = plan.items().size();
    program(s, plan);
    if (plan.items().size() > others || status.get<r::Status::Clean>() == 0) {
        plan.write(bus::Value<r::IcacheCommand>(0).with<r::IcacheCommand::Invalidate>(1));
        return plan.act("set the program, sweep the cache", r::Status::kLatencyUs);
    }
    plan.write(bus::modify(s.get<r::Ctrl>())
                   .with<r::Ctrl::Enable>(1)
                   .with<r::Ctrl::HaltOnFault>(0)
                   .with<r::Ctrl::SleepIdle>(1));
    plan.act_disruptively("start the engine on a clean cache", r::Status::kLatencyUs);
}

}  // namespace

// Program and cache while disabled, one sweep, never a second one while it runs, then start, then arm the watchdog: the
// firmware that feeds it has to run first.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();

    if (s.intent[kEnabled] == 0) {
        stop(s, plan);
        return plan.items().empty() ? plan.off() : plan.act_disruptively("switch the engine off, as intended");
    }
    if (status.get<r::Status::Bitten>() != 0) {
        stop(s, plan);
        plan.write(bus::modify(status).with<r::Status::Bitten>(1));
        return plan.act_disruptively("the watchdog has stopped the engine: disable and acknowledge");
    }
    if (s.get<r::Ctrl>().get<r::Ctrl::Enable>() == 0) return bring_up(s, plan);
    const bool starting = status.get<r::Status::Starting>() != 0, ready = status.get<r::Status::Ready>() != 0;
    program(s, plan);
    const bool differs = !plan.items().empty();
    plan.clear();
    if (differs || status.get<r::Status::Astray>() != 0 || (!ready && !starting)) {
        stop(s, plan);
        return plan.act_disruptively("stop the engine: it has another program, or does not run");
    }
    surroundings(s, plan);
    if (plan.act_if_any("set memory, interrupts and caches")) return;
    if (!ready) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "engine is starting");
        stop(s, plan);
        return plan.broken("the engine does not start");
    }
    plan.want(s, bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::HaltOnFault>(0).with<r::Ctrl::SleepIdle>(1));
    plan.want(s, watchdog(s, true));
    if (!plan.act_if_any("arm the watchdog that the firmware now feeds")) plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"enabled", "bool", 0, 1, 1, "0 leaves the engine switched off"},
    {"program_page", "1", 0, 0xFFFFFF, 0x12000, "first 4 KiB page of the program"},
    {"program_pages", "1", 1, 4095, 192, "length of the program in 4 KiB pages"},
    {"cache_ways", "1", 1, 8, 8, "ways of the instruction cache in use"},
    {"watchdog_us", "us", 16, 1048560, 8000, "longest silence of the firmware, in steps of 16"},
    {"watchdog_quiet", "bool", 1, 1, 1, "the watchdog has not bitten before firmware ran"},
    {"stack_top_kib", "KiB", 1, 65535, 11264, "end of the stack in the core's SRAM"},
    {"stack_kib", "KiB", 1, 4095, 64, "length of the stack"},
    {"interrupt_sources", "1", 0, 65535, 0x8F31, "interrupts that reach the engine, one bit each"},
    {"data_base_kib", "KiB", 0, 65535, 10240, "where its data begin in the core's SRAM"},
    {"data_kib", "KiB", 1, 65535, 960, "length of its data"},
    {"trap_page", "1", 0, 4095, 3, "page of the program with the trap handler"},
    {"ranked", "bool", 0, 1, 1, "the firmware learns which engine of how many it runs on"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::scalar
