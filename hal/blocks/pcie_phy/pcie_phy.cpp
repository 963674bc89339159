#include "hal/blocks/pcie_phy/pcie_phy.hpp"

#include "hal/registers/pcie_phy.hpp"

namespace hal::blocks::pcie_phy {

namespace r = hal::registers::pcie_phy;

namespace {

constexpr std::uint32_t kLaneCount = 16;

/// Loss of a physical lane on the board, 0.5 %: the outer ones are longer.
constexpr std::uint32_t loss(std::uint32_t lane) {
    return 20 + (lane < kLaneCount / 2 ? kLaneCount / 2 - 1 - lane : lane - kLaneCount / 2);
}

/// The straps are there, and none of their bits has flipped since they were sampled.
bool strapped(const converge::Situation& s) {
    std::uint32_t ones = s.get<r::Straps>().word();
    for (unsigned shift = 16; shift != 0; shift /= 2) ones ^= ones >> shift;
    return s.get<r::Straps>().get<r::Straps::Sampled>() != 0 && (ones & 1) == 0;
}

/// Registers that running lanes don't feel.
void want_quiet(const converge::Situation& s, converge::Plan& plan) {
    plan.want(
        s,
        bus::modify(s.get<r::Squelch>()).with<r::Squelch::LimitMv>(s.intent[kSquelchMv]).with<r::Squelch::FilterNs>(8));
    plan.want(s, bus::modify(s.get<r::Idle>()).with<r::Idle::EnterNs>(80).with<r::Idle::LeaveNs>(320));
    plan.want(s, bus::modify(s.get<r::Adaptation>())
                     .with<r::Adaptation::Continuous>(1)
                     .with<r::Adaptation::Step>(6)
                     .with<r::Adaptation::IntervalUs>(50));
}

/// Everything that is set while the lanes stand still; where the board's wiring matters, the straps tell.
void want_lanes(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Pll>())
                     .with<r::Pll::Feedback>(80)
                     .with<r::Pll::Bandwidth>(s.get<r::Straps>().get<r::Straps::CommonClock>() != 0 ? 7 : 5)
                     .with<r::Pll::SpreadPpm>(s.intent[kSpreadPpm]));
    plan.want(s, bus::modify(s.get<r::Lanes>()).with<r::Lanes::Used>((1u << s.intent[kLanes]) - 1));
    plan.want(s, bus::modify(s.get<r::Termination>())
                     .with<r::Termination::Ohm>(s.intent[kTerminationOhm])
                     .with<r::Termination::Coupled>(1));
    const std::uint32_t flip = s.get<r::Straps>().get<r::Straps::Reversed>() != 0 ? kLaneCount - 1 : 0;
    for (std::uint32_t k = 0; k < r::Mux::kCount; ++k) {
        plan.want(s,
                  bus::modify(s.get<r::Mux>(k))
                      .with<r::Mux::Lane0>((4 * k) ^ flip)
                      .with<r::Mux::Lane1>((4 * k + 1) ^ flip)
                      .with<r::Mux::Lane2>((4 * k + 2) ^ flip)
                      .with<r::Mux::Lane3>((4 * k + 3) ^ flip),
                  k);
    }
    for (std::uint32_t k = 0; k < r::Eq::kCount; ++k) {
        plan.want(s,
                  bus::modify(s.get<r::Eq>(k))
                      .with<r::Eq::Preset>(s.intent[kPreset])
                      .with<r::Eq::Hint>(s.intent[kHint])
                      .with<r::Eq::Precursor>(loss(k) / 2)
                      .with<r::Eq::Postcursor>(loss(k))
                      .with<r::Eq::HalfSwing>(0),
                  k);
    }
}

}  // namespace

// The straps come first: before they are sampled the ready bit says nothing and the wiring isn't known. Then all that
// is set while the lanes stand still, then the lanes; a mismatch found later stops them first.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto ctrl = s.get<r::Ctrl>();
    const auto status = s.get<r::Status>();
    const auto still = bus::modify(ctrl).with<r::Ctrl::Power>(1).with<r::Ctrl::Run>(0);
    want_quiet(s, plan);
    if (plan.act_if_any("set squelch, idle and adaptation")) return;
    if (ctrl.get<r::Ctrl::Power>() == 0 || !strapped(s)) {
        plan.want(s, still);
        plan.write(bus::Value<r::StrapCommand>(0).with<r::StrapCommand::Sample>(1));
        return plan.act_disruptively("power up and sample the straps");
    }
    want_lanes(s, plan);
    const bool runs = ctrl.get<r::Ctrl::Run>() != 0;
    if (!plan.items().empty() && runs) {
        plan.clear();
        plan.write(still);
        return plan.act_disruptively("stop the lanes to change them");
    }
    if (!runs) {
        plan.write(still.with<r::Ctrl::Run>(1));
        return plan.act_disruptively("wire and equalise the lanes and start them", r::Status::kLatencyUs);
    }
    if (status.get<r::Status::Ready>() == 0) {
        if (status.get<r::Status::Locking>() == 0) {
            plan.write(still);
            plan.write(still.with<r::Ctrl::Run>(1));
            return plan.act_disruptively("start lanes that have stopped", r::Status::kLatencyUs);
        }
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "PLL is locking");
        plan.write(still.with<r::Ctrl::Power>(0));
        return plan.broken("PLL does not lock");
    }
    if (status.get<r::Status::Lost>() != 0) {
        plan.write(bus::modify(status).with<r::Status::Lost>(1));
        return plan.act("acknowledge a lost reference that has come back");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"lanes", "1", 1, 16, 16, "lanes in use, from lane 0 on"},
    {"preset", "1", 0, 10, 7, "transmitter preset of all lanes"},
    {"hint", "1", 0, 7, 2, "receiver hint of all lanes"},
    {"spread_ppm", "ppm", 0, 5000, 2500, "spread spectrum"},
    {"termination_ohm", "ohm", 80, 120, 100, "differential termination"},
    {"squelch_mv", "mV", 1, 255, 85, "amplitude below which a lane counts as idle"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::pcie_phy
