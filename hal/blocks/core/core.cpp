#include "hal/blocks/core/core.hpp"

#include "hal/registers/core.hpp"

namespace hal::blocks::core {

namespace r = hal::registers::core;

namespace {

/// The way down from any state, in order; nothing if it has been gone.
void shut(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::ResetControl>()).with<r::ResetControl::Release>(0));
    plan.want(s, bus::modify(s.get<r::LocalClock>()).with<r::LocalClock::Run>(0));
    plan.want(s, bus::modify(s.get<r::Isolation>()).with<r::Isolation::Clamp>(1));
    plan.want(s, bus::modify(s.get<r::Power>()).with<r::Power::Supply>(0));
}

void protect(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::CurrentLimit>())
                     .with<r::CurrentLimit::Amperes>(s.intent[kCurrentLimit])
                     .with<r::CurrentLimit::Window>(6)
                     .with<r::CurrentLimit::Enforce>(1));
    plan.want(s, bus::modify(s.get<r::Throttle>())
                     .with<r::Throttle::Skip>(s.intent[kThrottleSkip])
                     .with<r::Throttle::Hysteresis>(4)
                     .with<r::Throttle::Board>(1));
    plan.want(s, bus::modify(s.get<r::Thermal>())
                     .with<r::Thermal::LimitC>(s.intent[kThermalLimit])
                     .with<r::Thermal::ResumeC>(s.intent[kThermalLimit] - 8));
    plan.want(s, bus::modify(s.get<r::Droop>())
                     .with<r::Droop::Detect>(1)
                     .with<r::Droop::ThresholdMv>(s.intent[kDroopThreshold])
                     .with<r::Droop::Stretch>(s.intent[kDroopStretch]));
    plan.want(s,
              bus::modify(s.get<r::DroopRecovery>()).with<r::DroopRecovery::Hold>(12).with<r::DroopRecovery::Steps>(4));
}

void report(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t aggregator = s.index * 2u / s.count;
    plan.want(s, bus::modify(s.get<r::IrqRoute>())
                     .with<r::IrqRoute::Line>(s.index % 32u)
                     .with<r::IrqRoute::Aggregator>(aggregator)
                     .with<r::IrqRoute::Severity>(s.intent[kInterruptSeverity])
                     .with<r::IrqRoute::Deliver>(s.intent[kInterruptDelivered]));
    for (std::uint32_t k = 0; k < r::PerfSelect::kCount; ++k) {
        plan.want(s,
                  bus::modify(s.get<r::PerfSelect>(k))
                      .with<r::PerfSelect::Event>(s.intent[kPerfEventBase] + k)
                      .with<r::PerfSelect::Unit>(k)
                      .with<r::PerfSelect::Counting>(1),
                  k);
    }
    plan.want(
        s,
        bus::modify(s.get<r::Debug>()).with<r::Debug::HaltAtBoot>(0).with<r::Debug::Trace>(0).with<r::Debug::Depth>(8));
}

bool vector_matches(const converge::Situation& s) {
    return s.get<r::VectorActiveLow>().word() == s.intent[kBootVectorLow] &&
           s.get<r::VectorActiveHigh>().word() == s.intent[kBootVectorHigh];
}

/// Waits while the hardware moves, at most its longest latency. True if that is the plan.
bool still_moving(const converge::Situation& s, converge::Plan& plan, const char* why) {
    if (s.get<r::Status>().get<r::Status::Moving>() == 0) return false;
    if (s.waited_us < r::Status::kLatencyMaxUs) {
        plan.wait(r::Status::kLatencyUs, why);
    } else {
        shut(s, plan);
        plan.broken("the island's power or reset hangs");
    }
    return true;
}

/// The log is cleared when what it says is seen to be kept.
void keep_machine_checks(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t log = s.get<r::MachineCheck>().word() & r::MachineCheckKept::Causes::kMask;
    const std::uint32_t kept = log | s.get<r::MachineCheckKept>(0).word() | s.get<r::MachineCheckKept>(1).word();
    const std::size_t others = plan.items().size();
    for (std::uint32_t k = 0; k < r::MachineCheckKept::kCount; ++k) {
        plan.want(s, bus::modify(s.get<r::MachineCheckKept>(k)).with<r::MachineCheckKept::Causes>(kept), k);
    }
    if (plan.items().size() != others) {
        plan.read_back<r::MachineCheckKept>(0, r::MachineCheckKept::kCount);
    } else if (log != 0) {
        plan.write(bus::Value<r::MachineCheck>(log));
    }
}

void switch_off(const converge::Situation& s, converge::Plan& plan) {
    shut(s, plan);
    if (!plan.items().empty()) return plan.act_disruptively("switch the core off, as intended", r::Status::kLatencyUs);
    if (still_moving(s, plan, "power is draining")) return;
    // Whoever shares its line is taken for it.
    plan.want(s, bus::modify(s.get<r::IrqRoute>()).with<r::IrqRoute::Deliver>(0));
    if (!plan.act_if_any("take back the route of a core that is off")) plan.off();
}

/// From no power to good power. True if that is the plan.
bool powering(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    if (s.get<r::Power>().get<r::Power::Supply>() == 0) {
        shut(s, plan);
        if (!plan.items().empty()) {
            plan.act_disruptively("shut the island before it gets power");
        } else if (!still_moving(s, plan, "power is draining")) {
            protect(s, plan);
            report(s, plan);
            plan.read_back<r::Droop>();
            plan.write(bus::modify(s.get<r::Power>()).with<r::Power::Supply>(1).with<r::Power::Inrush>(3));
            plan.act_disruptively("give the island power", r::Status::kLatencyUs);
        }
        return true;
    }
    const bool wrong_vector = s.get<r::VectorState>().get<r::VectorState::Latched>() != 0 && !vector_matches(s);
    if (status.get<r::Status::Corrupted>() != 0 || wrong_vector) {
        shut(s, plan);
        plan.act_disruptively("only a full power cycle clears the island");
        return true;
    }
    if (status.get<r::Status::PowerGood>() != 0) return false;
    if (still_moving(s, plan, "power is rising")) return true;
    shut(s, plan);
    plan.act_disruptively("power is gone: start again");
    return true;
}

}  // namespace

// Protection before power, power before isolation opens, then clock, then reset. No clock before droop protection and
// open clamps have been seen, no release before the clock has: they would run into what a lost write left as it was.
// The boot vector is latched in between, after a staged half of unknown origin is dropped. What went wrong inside the
// island needs a full power cycle.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const bool ready = status.get<r::Status::Ready>() != 0 && status.get<r::Status::Corrupted>() == 0;

    if (s.intent[kEnabled] == 0) return switch_off(s, plan);
    if (status.get<r::Status::FusedOff>() != 0 && !ready) {
        shut(s, plan);
        return plan.broken("fused off at the factory, but the intent wants it");
    }
    if (powering(s, plan)) return;
    protect(s, plan);
    report(s, plan);
    if (!plan.items().empty()) {
        plan.read_back<r::Droop>();
        return plan.act("set limits, routes and counters");
    }
    const auto open = bus::modify(s.get<r::Isolation>()).with<r::Isolation::Clamp>(0).with<r::Isolation::HoldLast>(1);
    if (s.get<r::Isolation>() != open) {
        plan.write(open);
        plan.read_back<r::Isolation>();
    }
    if (s.get<r::VectorState>().get<r::VectorState::Latched>() == 0) {
        keep_machine_checks(s, plan);  // before the latch: whoever finds it latched finds them kept
        if (s.get<r::VectorState>().get<r::VectorState::Half>() != 0) {
            plan.write(bus::Value<r::VectorState>(0).with<r::VectorState::Abort>(1));
        }
        plan.write(bus::Value<r::VectorLow>(s.intent[kBootVectorLow]));
        plan.write(bus::Value<r::VectorHigh>(s.intent[kBootVectorHigh]));
        return plan.act_disruptively("open the island and latch the boot vector");
    }
    if (!plan.items().empty()) return plan.act_disruptively("open the island");
    const auto clock = bus::modify(s.get<r::LocalClock>())
                           .with<r::LocalClock::Ratio>(s.intent[kClockRatio])
                           .with<r::LocalClock::StopIdle>(1)
                           .with<r::LocalClock::Run>(1);
    const bool ratio_moves = s.get<r::LocalClock>().get<r::LocalClock::Ratio>() != s.intent[kClockRatio];
    if (ratio_moves && s.get<r::LocalClock>().get<r::LocalClock::Run>() != 0) {
        plan.want(s, bus::modify(s.get<r::ResetControl>()).with<r::ResetControl::Release>(0));
        plan.write(bus::modify(s.get<r::LocalClock>()).with<r::LocalClock::Run>(0));
        return plan.act_disruptively("stop the clock to change its ratio");
    }
    plan.want(s, clock);
    if (!plan.items().empty()) {
        plan.read_back<r::LocalClock>();
        return plan.act_disruptively("clock the open island");
    }
    const auto release =
        bus::modify(s.get<r::ResetControl>()).with<r::ResetControl::Release>(1).with<r::ResetControl::Stretch>(32);
    if (s.get<r::ResetControl>() != release) {
        keep_machine_checks(s, plan);
        plan.write(release);
        return plan.act_disruptively("release the clocked island", r::Status::kLatencyUs);
    }
    if (!ready) {
        if (still_moving(s, plan, "reset is ending")) return;
        shut(s, plan);
        return plan.act_disruptively("the island has stopped: start again");
    }
    keep_machine_checks(s, plan);
    if (!plan.act_if_any("keep the machine checks and clear their log")) plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"enabled", "bool", 0, 1, 1, "0 leaves the island without power, and its engines with it"},
    {"clock_ratio", "1", 1, 15, 2, "core clock = tile clock / ratio"},
    {"current_limit_a", "A", 1, 1023, 85, "throttles above"},
    {"throttle_skip", "1", 0, 7, 3, "clocks skipped of 8 while throttling"},
    {"thermal_limit_c", "C", 60, 125, 105, "throttles above; full speed again 8 degrees below"},
    {"droop_threshold_mv", "mV", 10, 255, 45, "droop that stretches the clock"},
    {"droop_stretch", "1", 1, 15, 6, "sixteenths by which a droop stretches the clock"},
    {"boot_vector_low", "1", 0, 0xFFFFFFFF, 0x80004000, "where the core starts, bits 31..0"},
    {"boot_vector_high", "1", 0, 0xFFFFFFFF, 0x00000010, "where the core starts, bits 63..32"},
    {"interrupt_severity", "1", 0, 3, 1, "least severity that interrupts"},
    {"interrupt_delivered", "bool", 0, 1, 1, "the core's interrupt arrives on a line of its own"},
    {"perf_event_base", "1", 1, 240, 16, "counter k counts event base + k"},
    {"machine_checks_kept", "bool", 1, 1, 1, "every machine check is in the log or kept; none is lost"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::core
