// Clock synthesizer: stopped, unlocked, set, started; a clock is believed only with the intended ratio.
#include "hal/registers/osc.hpp"
#include "hal/converge/driver.hpp"

namespace hal::blocks::osc {

namespace r = hal::registers::osc;

namespace {

enum Wanted : std::uint32_t { kOutputKhz };

constexpr std::uint32_t kReferenceKhz = 24'000;

/// The ratio with the smallest divider that makes `khz` exactly; 0 if there is none, which no clock gets stable with.
bus::Value<r::Ratio> ratio(std::uint32_t khz) {
    for (std::uint32_t divider = 1; divider <= r::Ratio::Divider::kMax; ++divider) {
        const std::uint32_t product = khz * divider;
        if (product % kReferenceKhz != 0 || product / kReferenceKhz > r::Ratio::Multiplier::kMax) continue;
        return bus::Value<r::Ratio>(0)
            .with<r::Ratio::Multiplier>(product / kReferenceKhz)
            .with<r::Ratio::Divider>(divider);
    }
    return bus::Value<r::Ratio>(0);
}

void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto off = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Run>(0);
    const auto wanted =
        bus::Value<r::Ratio>((s.get<r::Ratio>().word() & ~r::Ratio::kPlain) | ratio(s.intent[kOutputKhz]).word());
    const bool on = s.get<r::Ctrl>().get<r::Ctrl::Run>() != 0, right = s.get<r::Ratio>() == wanted;

    if (!on || !right) {
        if (on) plan.write(off);
        if (!right) {
            plan.write(bus::Value<r::Key>(0x5A));
            plan.write(bus::Value<r::Key>(0xA5));
            plan.write(wanted);
        }
        plan.write(off.with<r::Ctrl::Run>(1));
        return plan.act_disruptively("set the ratio and start the clock", r::Status::kLatencyUs);
    }
    if (s.get<r::Status>().get<r::Status::Stable>() != 0) return plan.converged();
    if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "clock settles");
    plan.write(off);
    plan.broken("clock never gets stable");
}

constexpr converge::IntentField kIntent[] = {
    {"output_khz", "kHz", 1'600, 1'200'000, 480'000, "frequency; what the ratio can't make never gets stable"},
};

}  // namespace

extern const converge::Driver kDriver;
const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::osc
