// Hub: the driver sets wake-up sources; gate, digest and verdicts are the engine's.
#include "hal/registers/hub.hpp"
#include "hal/converge/driver.hpp"

namespace hal::blocks::hub {

namespace r = hal::registers::hub;

namespace {

enum Wanted : std::uint32_t { kWakeSources };

void decide(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Wake>()).with<r::Wake::Sources>(s.intent[kWakeSources]));
    if (!plan.act_if_any("set the wake-up sources")) plan.converged();
}

constexpr converge::IntentField kIntent[] = {
    {"wake_sources", "1", 0, 255, 0x21, "what may wake the host, one bit per source"},
};

}  // namespace

extern const converge::Driver kDriver;
const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::hub
