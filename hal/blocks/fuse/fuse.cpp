#include "hal/blocks/fuse/fuse.hpp"

#include "hal/registers/fuse.hpp"

namespace hal::blocks::fuse {

namespace r = hal::registers::fuse;

namespace {

constexpr std::uint32_t kMostFailures = 3;

}  // namespace

// Shadows are believed only when loaded, intact, and sensed with the intended timing: the timing register alone says
// nothing about the sensing that is past. Then the rails' corrections, which follow from them; the lock comes last.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const auto used = s.get<r::SensedWith>();
    const auto timing = bus::modify(s.get<r::Timing>())
                            .with<r::Timing::StrobeNs>(s.intent[kStrobe])
                            .with<r::Timing::SettleNs>(s.intent[kSettle])
                            .with<r::Timing::Margin>(0);
    const bool loaded = status.get<r::Status::Loaded>() != 0;
    const bool good = loaded && status.get<r::Status::CrcGood>() != 0;
    const bool as_intended = used.get<r::SensedWith::StrobeNs>() == s.intent[kStrobe] &&
                             used.get<r::SensedWith::SettleNs>() == s.intent[kSettle] &&
                             used.get<r::SensedWith::Margin>() == 0;

    if (status.get<r::Status::Sensing>() != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "fuses are being sensed");
        return plan.broken("sensing never ends");
    }
    if (!good && as_intended && status.get<r::Status::Failures>() >= kMostFailures) {
        return plan.broken("fuses don't match their CRC");
    }
    if (!good || !as_intended) {
        plan.want(s, timing);
        plan.write(bus::Value<r::Command>(0).with<r::Command::Sense>(1));
        return plan.act_disruptively("sense the fuses with the intended timing", r::Status::kLatencyUs);
    }
    plan.want(s, timing);
    if (plan.act_if_any("set the timing of the next sensing")) return;
    for (std::uint32_t rail = 0; rail < r::RailOffset::kCount; ++rail) {
        // Both are biased: trim by 32, offset by 128.
        const std::uint32_t code = s.get<r::RailTrim>(rail).get<r::RailTrim::Code>() + 128 - 32 + s.intent[kGuardBand];
        plan.want(s, bus::modify(s.get<r::RailOffset>(rail)).with<r::RailOffset::Code>(code), rail);
    }
    if (!plan.items().empty()) return plan.act_disruptively("correct the rails");
    if ((s.get<r::Lock>().get<r::Lock::Programming>() != 0) != (s.intent[kLocked] != 0)) {
        if (s.intent[kLocked] == 0) return plan.needs_reset("programming is locked until power-on");
        plan.write(bus::modify(s.get<r::Lock>()).with<r::Lock::Programming>(1));
        return plan.act("lock the programming interface");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"strobe_ns", "ns", 20, 255, 60, "width of the read strobe with which the fuses are sensed"},
    {"settle_ns", "ns", 1, 255, 25, "pause between rows"},
    {"guard_band_mv", "mV", 0, 60, 12, "added to every rail on top of its trim"},
    {"programming_locked", "bool", 0, 1, 1, "the array can't be burned until the next power-on"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::fuse
