#include "hal/blocks/vr/vr.hpp"

#include "hal/registers/vr.hpp"

namespace hal::blocks::vr {

namespace r = hal::registers::vr;

constexpr std::uint32_t kRampMvPerUs = 10;

// Target and limits before enable, so that the rail never rises to a voltage nobody asked for. A tripped rail is
// switched off, acknowledged and tried once more; if it trips again it stays off.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto ctrl = s.get<r::Ctrl>();
    const auto status = s.get<r::Status>();
    const auto want_target = bus::modify(s.get<r::Target>()).with<r::Target::Code>((s.intent[kMillivolts] - 400) / 5);
    const auto want_ctrl = bus::modify(ctrl).with<r::Ctrl::Enable>(1).with<r::Ctrl::Phases>(3);

    if (status.get<r::Status::Tripped>() != 0) {
        plan.write(bus::modify(ctrl).with<r::Ctrl::Enable>(0));
        plan.write(bus::modify(status).with<r::Status::Tripped>(1));
        return plan.act_disruptively("rail has tripped: switch it off and acknowledge");
    }
    plan.want(s, bus::modify(s.get<r::Limits>())
                     .with<r::Limits::TripA>(s.intent[kTripAmperes])
                     .with<r::Limits::Ramp>(kRampMvPerUs));
    const bool limits_only = !plan.items().empty();
    plan.want(s, want_target);
    plan.want(s, want_ctrl);
    if (!plan.items().empty()) {
        const bool rail_moves = plan.items().size() > (limits_only ? 1u : 0u);
        if (rail_moves) return plan.act_disruptively("raise the rail to its voltage", r::Status::kLatencyUs);
        return plan.act("set the rail's limits");
    }
    if (status.get<r::Status::Good>() != 0) return plan.converged();
    if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "rail is rising");
    plan.write(bus::modify(ctrl).with<r::Ctrl::Enable>(0));
    plan.broken("rail never becomes good");
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"millivolts", "mV", 400, 1200, 750, "rail voltage, in steps of 5 mV"},
    {"trip_amperes", "A", 1, 1023, 400, "overcurrent limit"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::vr
