// Buck converter: brings one rail to its level. Another level means off, set, on.
#include "hal/registers/buck.hpp"
#include "hal/converge/driver.hpp"

namespace hal::blocks::buck {

namespace r = hal::registers::buck;

namespace {

enum Wanted : std::uint32_t { kMillivolts, kForced };

void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto ctrl = s.get<r::Ctrl>();
    const auto level = bus::modify(s.get<r::Target>()).with<r::Target::Code>((s.intent[kMillivolts] - 500) / 10);
    const auto off = bus::modify(ctrl).with<r::Ctrl::Enable>(0).with<r::Ctrl::Forced>(s.intent[kForced]);
    const bool on = ctrl.get<r::Ctrl::Enable>() != 0;

    if (!on || s.get<r::Target>() != level) {
        if (on) plan.write(off);
        plan.want(s, level);
        plan.write(off.with<r::Ctrl::Enable>(1));
        return plan.act_disruptively("start the rail at its level", r::Status::kLatencyUs);
    }
    plan.want(s, off.with<r::Ctrl::Enable>(1));
    if (plan.act_if_any("set how it converts at light load")) return;
    if (s.get<r::Status>().get<r::Status::Good>() != 0) return plan.converged();
    if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "rail starts softly");
    plan.write(off);
    plan.broken("rail never reaches its level");
}

constexpr converge::IntentField kIntent[] = {
    {"millivolts", "mV", 500, 1770, 800, "level of the rail, in steps of 10 mV"},
    {"forced", "bool", 0, 1, 1, "constant frequency at light load"},
};

}  // namespace

extern const converge::Driver kDriver;
const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::buck
