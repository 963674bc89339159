#include "hal/blocks/pvt/pvt.hpp"

#include "hal/registers/pvt.hpp"

namespace hal::blocks::pvt {

namespace r = hal::registers::pvt;

namespace {

// From characterisation: what a step is worth everywhere, and how far each spot of the layout is off.
constexpr std::uint32_t kMilliPerStep = 250, kMicrovoltsPerStep = 250, kPermillePerStep = 500;
constexpr std::uint32_t kBias = 6, kDebounce = 4, kHysteresis = 5, kLowBias = 64;

/// Staged: nothing comes of them before they are applied.
void want_coefficients(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::CalTemperature>())
                     .with<r::CalTemperature::Slope>(kMilliPerStep)
                     .with<r::CalTemperature::Offset>(70u + s.index % 4));
    plan.want(s, bus::modify(s.get<r::CalVoltage>())
                     .with<r::CalVoltage::Slope>(kMicrovoltsPerStep)
                     .with<r::CalVoltage::Offset>(400u + s.index % 8));
    plan.want(s, bus::modify(s.get<r::CalProcess>())
                     .with<r::CalProcess::Slope>(kPermillePerStep)
                     .with<r::CalProcess::Offset>(600u + s.index % 16));
}

/// What can be set up in any order while no alarm can come of it.
void want_setup(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::LimitTemperature>())
                     .with<r::LimitTemperature::HighC>(s.intent[kHigh])
                     .with<r::LimitTemperature::LowC>(s.intent[kLow] + kLowBias)
                     .with<r::LimitTemperature::HysteresisC>(kHysteresis));
    plan.want(s, bus::modify(s.get<r::LimitVoltage>())
                     .with<r::LimitVoltage::HighMv>(s.intent[kHighMv])
                     .with<r::LimitVoltage::LowMv>(s.intent[kLowMv]));
    plan.want(s, bus::modify(s.get<r::Sampling>())
                     .with<r::Sampling::PeriodUs>(s.intent[kPeriod])
                     .with<r::Sampling::Average>(s.intent[kAverage]));
    plan.want(s, bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(1).with<r::Ctrl::Bias>(kBias));
}

}  // namespace

// Coefficients and limits, then the coefficients go live, then the first conversion; alarms only behind all of that.
// What is staged says nothing about what is live: status.differs does.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const auto alarm = s.get<r::Alarm>();
    const auto alarms = bus::modify(s.get<r::AlarmEnable>())
                            .with<r::AlarmEnable::Source>(s.intent[kAlarms])
                            .with<r::AlarmEnable::Debounce>(kDebounce);
    want_coefficients(s, plan);
    const bool live = plan.items().empty() && status.get<r::Status::Ready>() != 0 &&
                      status.get<r::Status::Applying>() == 0 && status.get<r::Status::Differs>() == 0;
    // Judged by other coefficients than the intended ones, limits raise alarms that are none.
    if (!live && s.get<r::AlarmEnable>().get<r::AlarmEnable::Source>() != 0) {
        plan.want(s, alarms.with<r::AlarmEnable::Source>(0));
    }
    want_setup(s, plan);
    if (plan.act_if_any("set up sampling, coefficients and limits")) return;
    if (status.get<r::Status::Applying>() == 0 && status.get<r::Status::Differs>() != 0) {
        plan.write(bus::Value<r::Command>(0).with<r::Command::Apply>(1));
        return plan.act("make the coefficients live", r::Status::kLatencyUs);
    }
    if (status.get<r::Status::Applying>() != 0 || status.get<r::Status::Ready>() == 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "first conversion");
        plan.write(bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(0));
        return plan.broken("sensor does not convert");
    }
    plan.want(s, alarms);
    if (plan.act_if_any("enable the alarms")) return;
    const std::uint32_t over = alarm.get<r::Alarm::Source>() & ~status.get<r::Status::Exceeded>();
    if (over != 0) {
        plan.write(bus::modify(alarm).with<r::Alarm::Source>(over));
        return plan.act("acknowledge alarms whose condition is over");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"period_us", "us", 10, 65'535, 500, "time between samples"},
    {"average", "1", 0, 7, 3, "samples averaged: 2 to this power"},
    {"high_c", "C", 80, 125, 105, "temperature that is too hot"},
    {"low_c", "C", 0, 40, 5, "temperature that is too cold"},
    {"high_mv", "mV", 800, 1300, 900, "voltage that is too high"},
    {"low_mv", "mV", 400, 700, 650, "voltage that is too low"},
    {"alarms", "1", 0, 15, 15, "alarms that throttle the chip: 1 hot, 2 cold, 4 overvoltage, 8 undervoltage"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::pvt
