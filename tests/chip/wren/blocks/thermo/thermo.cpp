#include "tests/chip/wren/blocks/thermo/thermo.hpp"

#include "hal/registers/thermo.hpp"

namespace hal::blocks::thermo {

namespace r = hal::registers::thermo;

// Disarmed until a conversion is there; an alarm is acknowledged once the limit is the intended one.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const bool valid = status.get<r::Status::Valid>() != 0;
    const auto alarm = bus::modify(s.get<r::Alarm>()).with<r::Alarm::Code>(s.intent[kLimit] + 64);
    const auto ctrl = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(1).with<r::Ctrl::Rate>(s.intent[kRate]);

    if (!valid) plan.want(s, alarm.with<r::Alarm::Armed>(0));
    plan.want(s, ctrl);
    if (!valid && !plan.items().empty()) return plan.act("start to convert, disarmed", r::Status::kLatencyUs);
    if (!valid) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "first conversion");
        plan.write(ctrl.with<r::Ctrl::Enable>(0));
        return plan.broken("the sensor does not convert");
    }
    plan.want(s, alarm.with<r::Alarm::Armed>(1));
    if (status.get<r::Status::Raised>() != 0) plan.write(bus::modify(status).with<r::Status::Raised>(1));
    if (!plan.act_if_any("arm the alarm at its limit")) plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"limit_c", "C", 40, 125, 95, "temperature that raises the alarm"},
    {"rate", "1", 0, 7, 3, "conversions per millisecond, as a power of two"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::thermo
