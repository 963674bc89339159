#include "hal/blocks/hbm_phy/hbm_phy.hpp"

#include "hal/registers/hbm_phy.hpp"

namespace hal::blocks::hbm_phy {

namespace r = hal::registers::hbm_phy;

namespace {

constexpr std::uint32_t kVrefBaseMv = 300;

/// Flight time in the interposer, ps: the outer lanes are longer, and so are those of the stacks further out.
std::uint32_t trace_ps(const converge::Situation& s, std::uint32_t lane) {
    return 200 + 15 * lane + 10 * (s.index % 4);
}

bus::Value<r::Rate> rate(const converge::Situation& s, bus::Value<r::Rate> from) {
    return from.with<r::Rate::Mbps>(s.intent[kDataRateMbps]).with<r::Rate::Preamble>(2);
}

bus::Value<r::TrainSetup> setup(bus::Value<r::TrainSetup> from) {
    return from.with<r::TrainSetup::Pattern>(3)
        .with<r::TrainSetup::Steps>(7)
        .with<r::TrainSetup::SweepVref>(1)
        .with<r::TrainSetup::Depth>(16);
}

bus::Value<r::Repair> repair(const converge::Situation& s, std::uint32_t spare, bus::Value<r::Repair> from) {
    const std::uint32_t lane = s.intent[kRepairLane0 + spare];
    return from.with<r::Repair::BadLane>(lane == 0 ? 0 : lane - 1).with<r::Repair::Use>(lane == 0 ? 0 : 1);
}

bus::Value<r::Lane> lane(const converge::Situation& s, std::uint32_t k, bus::Value<r::Lane> from) {
    return from.with<r::Lane::DelayPs>(s.intent[kArrivalPs] - trace_ps(s, k))
        .with<r::Lane::Vref>(s.intent[kVrefMv] - kVrefBaseMv)
        .with<r::Lane::Strength>(5)
        .with<r::Lane::Odt>(3);
}

/// What trained_config says after a training with the intended configuration.
std::uint32_t intended_digest(const converge::Situation& s) {
    std::uint32_t d = 0;
    const auto mix = [&d](std::uint32_t word) { d = (d << 5 | d >> 27) ^ word; };
    mix(rate(s, bus::Value<r::Rate>(0)).word());
    mix(s.intent[kImpedanceOhm] << r::ZqStatus::Ohm::kLsb);
    mix(setup(bus::Value<r::TrainSetup>(0)).word());
    for (std::uint32_t k = 0; k < r::Repair::kCount; ++k) mix(repair(s, k, bus::Value<r::Repair>(0)).word());
    for (std::uint32_t k = 0; k < r::Lane::kCount; ++k) mix(lane(s, k, bus::Value<r::Lane>(0)).word());
    return d;
}

bool calibrated(const converge::Situation& s) {
    const auto zq = s.get<r::ZqStatus>();
    return zq.get<r::ZqStatus::Calibrated>() != 0 && zq.get<r::ZqStatus::Ohm>() == s.intent[kImpedanceOhm];
}

bool repaired(const converge::Situation& s) {
    for (std::uint32_t k = 0; k < r::Applied::kCount; ++k) {
        if (s.get<r::Applied>(k).word() != repair(s, k, bus::Value<r::Repair>(0)).word()) return false;
    }
    return true;
}

bool trained_as_intended(const converge::Situation& s) {
    return s.get<r::Power>().get<r::Power::On>() != 0 && calibrated(s) && repaired(s) &&
           s.get<r::TrainStatus>().get<r::TrainStatus::Trained>() != 0 &&
           s.get<r::TrainedRate>().get<r::TrainedRate::TrainedMbps>() == s.intent[kDataRateMbps] &&
           s.get<r::TrainedConfig>().word() == intended_digest(s);
}

/// Registers that running lanes don't feel: monitors, and what the next calibration, repair or training will take.
void want_quiet(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, rate(s, bus::modify(s.get<r::Rate>())));
    plan.want(s, bus::modify(s.get<r::Zq>()).with<r::Zq::TargetOhm>(s.intent[kImpedanceOhm]).with<r::Zq::Average>(5));
    plan.want(s, setup(bus::modify(s.get<r::TrainSetup>())));
    for (std::uint32_t k = 0; k < r::Repair::kCount; ++k) {
        plan.want(s, repair(s, k, bus::modify(s.get<r::Repair>(k))), k);
    }
    plan.want(s, bus::modify(s.get<r::Drift>())
                     .with<r::Drift::Watch>(1)
                     .with<r::Drift::LimitPs>(s.intent[kDriftLimitPs])
                     .with<r::Drift::IntervalUs>(200));
    plan.want(
        s,
        bus::modify(s.get<r::LowPower>()).with<r::LowPower::IdleNs>(s.intent[kIdleNs]).with<r::LowPower::WakeNs>(60));
    plan.want(s, bus::modify(s.get<r::Thermal>()).with<r::Thermal::Compensate>(1).with<r::Thermal::SlopeFs>(120));
}

/// Registers that running lanes feel at once.
void want_live(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Power>()).with<r::Power::On>(1).with<r::Power::Bias>(9));
    for (std::uint32_t k = 0; k < r::Lane::kCount; ++k) plan.want(s, lane(s, k, bus::modify(s.get<r::Lane>(k))), k);
}

void give_up(const converge::Situation& s, converge::Plan& plan, const char* why) {
    plan.clear();
    plan.write(bus::modify(s.get<r::Power>()).with<r::Power::On>(0));
    plan.broken(why);
}

}  // namespace

// A training made with the intended rate, impedance, repair and lanes is kept, whoever started it: the digest that
// hardware latched is the evidence, not the registers. One that runs is waited for, not started again. Otherwise:
// settings, repair, calibration, training; each believed only by what hardware says it took.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::TrainStatus>();
    want_quiet(s, plan);
    if (trained_as_intended(s)) {
        if (plan.act_if_any("put settings of the next training back")) return;
        want_live(s, plan);
        if (!plan.items().empty()) return plan.act_disruptively("put lane settings back");
        if (status.get<r::TrainStatus::Drifted>() != 0) {
            plan.write(bus::modify(status).with<r::TrainStatus::Drifted>(1));
            return plan.act("acknowledge a drift that was trained away");
        }
        return plan.converged();
    }
    if (status.get<r::TrainStatus::Training>() != 0) {
        plan.clear();
        if (s.waited_us < r::TrainStatus::kLatencyMaxUs) return plan.wait(r::TrainStatus::kLatencyUs, "lanes train");
        return give_up(s, plan, "training does not end");
    }
    want_live(s, plan);
    if (!repaired(s)) plan.write(bus::Value<r::RepairCommand>(0).with<r::RepairCommand::Apply>(1));
    if (!calibrated(s)) {
        if (plan.items().empty() && s.get<r::ZqStatus>().get<r::ZqStatus::Busy>() != 0) {
            if (s.waited_us < r::ZqStatus::kLatencyMaxUs) return plan.wait(r::ZqStatus::kLatencyUs, "it calibrates");
            return give_up(s, plan, "impedance calibration does not end");
        }
        plan.write(bus::Value<r::ZqCommand>(0).with<r::ZqCommand::Calibrate>(1));
        return plan.act_disruptively("configure the PHY, repair lanes, calibrate the impedance",
                                     r::ZqStatus::kLatencyUs);
    }
    if (status.get<r::TrainStatus::Failed>() != 0 && s.get<r::TrainedConfig>().word() == intended_digest(s)) {
        return give_up(s, plan, "training fails");
    }
    plan.write(bus::Value<r::TrainCommand>(0).with<r::TrainCommand::Start>(1));
    plan.act_disruptively("train", r::TrainStatus::kLatencyUs);
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"data_rate_mbps", "Mb/s", 3200, 8000, 6400, "data rate per pin that the lanes are trained for"},
    {"impedance_ohm", "ohm", 34, 60, 48, "calibrated output impedance"},
    {"repair_lane_0", "1", 0, 128, 38, "lane replaced by the first spare, counted from 1; 0 for none"},
    {"repair_lane_1", "1", 0, 128, 91, "lane replaced by the second spare, counted from 1; 0 for none"},
    {"arrival_ps", "ps", 400, 1200, 700, "when the data of all lanes arrive: flight time and delay"},
    {"vref_mv", "mV", 300, 800, 550, "reference voltage of the receivers"},
    {"drift_limit_ps", "ps", 1, 63, 12, "drift that raises an alarm"},
    {"idle_ns", "ns", 0, 4095, 500, "idle time before receivers are switched off; 0 is never"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::hbm_phy
