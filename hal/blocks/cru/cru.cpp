#include "hal/blocks/cru/cru.hpp"

#include "hal/registers/cru.hpp"

namespace hal::blocks::cru {

namespace r = hal::registers::cru;

// Divider while the gate is shut, then the clock, then, with the clock running, out of reset.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto clock = s.get<r::Clock>();
    const auto reset = s.get<r::Reset>();
    const auto status = s.get<r::Status>();
    const auto shut = bus::modify(clock).with<r::Clock::Enable>(0).with<r::Clock::Divider>(s.intent[kDivider]);

    plan.want(s, bus::modify(s.get<r::Guard>()).with<r::Guard::Monitor>(1).with<r::Guard::Tolerance>(50));
    if (clock.get<r::Clock::Divider>() != s.intent[kDivider] || clock.get<r::Clock::Enable>() == 0) {
        plan.want(s, bus::modify(reset).with<r::Reset::Release>(0));
        plan.want(s, bus::modify(clock).with<r::Clock::Enable>(0));
        plan.want(s, shut);
        plan.write(shut.with<r::Clock::Enable>(1));
        return plan.act_disruptively("clock the tile", r::Status::kLatencyUs);
    }
    if (plan.act_if_any("supervise the clock")) return;
    if (status.get<r::Status::Running>() == 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "clock is starting");
        plan.write(shut);
        return plan.broken("clock does not start");
    }
    plan.want(s, bus::modify(reset).with<r::Reset::Release>(1).with<r::Reset::Stretch>(32));
    if (!plan.items().empty()) return plan.act_disruptively("release the tile from reset", r::Status::kLatencyUs);
    if (status.get<r::Status::Released>() == 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "reset is being released");
        plan.write(shut);
        return plan.broken("tile stays in reset");
    }
    if (status.get<r::Status::Failed>() != 0) {
        plan.write(bus::modify(status).with<r::Status::Failed>(1));
        return plan.act("acknowledge a clock failure that is over");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"divider", "1", 1, 255, 2, "tile clock = PLL output / divider"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::cru
