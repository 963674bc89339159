#include "hal/blocks/pll/pll.hpp"

#include "hal/registers/pll.hpp"

namespace hal::blocks::pll {

namespace r = hal::registers::pll;

namespace {

constexpr std::uint32_t kReferenceKhz = 100'000;

/// Dividers for `khz` with the smallest output divider that makes the feedback a whole number within its range.
bus::Value<r::Divider> dividers(std::uint32_t khz) {
    for (std::uint32_t output = 1; output <= r::Divider::Output::kMax; ++output) {
        const std::uint64_t vco = std::uint64_t{khz} * output;
        if (vco % kReferenceKhz != 0 || vco / kReferenceKhz < 8) continue;
        if (vco / kReferenceKhz > r::Divider::Feedback::kMax) break;
        return bus::Value<r::Divider>(0)
            .with<r::Divider::Reference>(1)
            .with<r::Divider::Feedback>(static_cast<std::uint32_t>(vco / kReferenceKhz))
            .with<r::Divider::Output>(output);
    }
    return bus::Value<r::Divider>();
}

}  // namespace

// Dividers and trim take effect only at enable, so a mismatch means: off, program, on. While the loop settles its
// output is bypassed; `locked` is believed only together with the intended dividers.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto ctrl = s.get<r::Ctrl>();
    const auto status = s.get<r::Status>();
    const auto divider = bus::Value<r::Divider>((s.get<r::Divider>().word() & ~r::Divider::kPlain) |
                                                dividers(s.intent[kOutputKhz]).word());
    const auto trim = bus::modify(s.get<r::Trim>()).with<r::Trim::Bandwidth>(6).with<r::Trim::ChargePump>(22);
    const bool matches = s.get<r::Divider>() == divider && s.get<r::Trim>() == trim;
    const bool on = ctrl.get<r::Ctrl::Enable>() != 0;
    const auto off = bus::modify(ctrl).with<r::Ctrl::Enable>(0).with<r::Ctrl::Bypass>(1).with<r::Ctrl::Spread>(2);

    if (!matches || !on) {
        if (on) plan.write(off);
        plan.want(s, divider);
        plan.want(s, trim);
        plan.write(off.with<r::Ctrl::Enable>(1));
        return plan.act_disruptively("program the loop and let it lock", r::Status::kLatencyUs);
    }
    if (status.get<r::Status::Locked>() == 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "loop is locking");
        plan.write(off);
        return plan.broken("loop does not lock");
    }
    if (status.get<r::Status::Lost>() != 0) {
        plan.write(bus::modify(status).with<r::Status::Lost>(1));
        return plan.act("acknowledge a lost lock that has come back");
    }
    plan.want(s, off.with<r::Ctrl::Enable>(1).with<r::Ctrl::Bypass>(0));
    if (!plan.items().empty()) return plan.act_disruptively("let the locked clock out");
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"output_khz", "kHz", 12'800, 4'000'000, 1'600'000, "output frequency; what the dividers can't make is refused"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::pll
