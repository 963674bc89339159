// Neural engine: its window is believed from what it works with, never from what was staged.
#include "hal/registers/npu.hpp"
#include "hal/converge/driver.hpp"

namespace hal::blocks::npu {

namespace r = hal::registers::npu;

namespace {

enum Wanted : std::uint32_t { kEnabled, kWindowMib };

void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto off = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(0);
    const bool on = s.get<r::Ctrl>().get<r::Ctrl::Enable>() != 0;
    if (s.intent[kEnabled] == 0) {
        if (!on) return plan.off();
        plan.write(off);
        return plan.act_disruptively("switch the engine off, as intended");
    }
    const std::uint32_t low = s.intent[kWindowMib] << 20, high = s.intent[kWindowMib] >> 12;
    const bool right = s.get<r::WindowLow>().word() == low && s.get<r::WindowHigh>().word() == high;
    if (!on || !right) {
        if (on) plan.write(off);
        if (!right) {
            plan.want(s, bus::Value<r::StagedLow>(low));
            plan.want(s, bus::Value<r::StagedHigh>(high));
            plan.write(bus::Value<r::Command>(0).with<r::Command::Commit>(1));
        }
        plan.write(off.with<r::Ctrl::Enable>(1));
        return plan.act_disruptively("take the window over and start the engine", r::Status::kLatencyUs);
    }
    if (s.get<r::Status>().get<r::Status::Ready>() != 0) return plan.converged();
    if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "engine is starting");
    plan.write(off);
    plan.broken("engine never gets ready");
}

constexpr converge::IntentField kIntent[] = {
    {"enabled", "bool", 0, 1, 1, "0 leaves the engine switched off"},
    {"window_mib", "MiB", 1, 0xFFFFFF, 6144, "where its window of host memory begins"},
};

}  // namespace

extern const converge::Driver kDriver;
const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::npu
