#include "hal/blocks/sysctl/sysctl.hpp"

#include "hal/registers/sysctl.hpp"

namespace hal::blocks::sysctl {

namespace r = hal::registers::sysctl;

// Traffic gate, digest and given-up bits are the engine's: only it knows when they may move.
void decide(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Alarm>())
                     .with<r::Alarm::Mask>(s.intent[kAlarmMask])
                     .with<r::Alarm::LimitC>(s.intent[kThermalLimit]));
    if (plan.act_if_any("set the alarm limits")) return;
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"alarm_mask", "1", 0, 255, 0x0F, "alarm sources that reach the board"},
    {"thermal_limit_c", "C", 60, 125, 105, "temperature at which the hardware throttles"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::sysctl
