#include "hal/blocks/odc/odc.hpp"

#include "hal/registers/odc.hpp"

namespace hal::blocks::odc {

namespace r = hal::registers::odc;

namespace {

constexpr std::uint32_t kMostAttempts = 3, kDivider = 1, kLogLevel = 2;

/// Pages that the firmware may write to: rails, sensors, and nothing of the other half of the die.
bus::Value<r::Window> window(const converge::Situation& s, std::uint32_t k) {
    constexpr std::uint32_t kFirst[] = {0x010, 0x0C0}, kPages[] = {4, 16};
    if (k >= 2) return bus::modify(s.get<r::Window>(k)).with<r::Window::Valid>(0);
    const std::uint32_t share = kPages[k] / s.count;
    const std::uint32_t first = kFirst[k] + s.index * share;
    return bus::modify(s.get<r::Window>(k))
        .with<r::Window::First>(first)
        .with<r::Window::Last>(first + share - (share == 0 ? 0 : 1))
        .with<r::Window::Valid>(share == 0 ? 0 : 1);
}

bus::Value<r::Ctrl> held(const converge::Situation& s) {
    return bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Release>(0).with<r::Ctrl::Divider>(kDivider);
}

bus::Value<r::LoadCtrl> shut(const converge::Situation& s) {
    return bus::modify(s.get<r::LoadCtrl>()).with<r::LoadCtrl::Writable>(0);
}

void want_settings(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Arguments>())
                     .with<r::Arguments::HeartbeatUs>(s.intent[kHeartbeat])
                     .with<r::Arguments::LogLevel>(kLogLevel));
    plan.want(s, bus::modify(s.get<r::Envelope>())
                     .with<r::Envelope::PowerW>(s.intent[kPower])
                     .with<r::Envelope::SlewUs>(s.intent[kSlew]));
    for (std::uint32_t k = 0; k < r::Window::kCount; ++k) plan.want(s, window(s, k), k);
}

/// Everything from reset to the verification. A brown-out is acknowledged behind the first code word: from then on
/// `written` says that the old digest is worth nothing.
void download(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    plan.want(s, held(s));
    plan.write(shut(s).with<r::LoadCtrl::Writable>(1));
    plan.write(bus::modify(s.get<r::Length>()).with<r::Length::Words>(s.image.count));
    plan.burst<r::Code>(s.image.words, s.image.count);
    if (status.get<r::Status::BrownOut>() != 0) plan.write(bus::modify(status).with<r::Status::BrownOut>(1));
    plan.write(shut(s));
    plan.write(shut(s).with<r::LoadCtrl::Verify>(1));
    plan.act_disruptively("download the firmware and have it verified", r::Status::kLatencyUs);
}

/// Firmware that crashed or never started is verified before it runs again, and given up after some attempts.
void start_over(const converge::Situation& s, converge::Plan& plan) {
    if (!s.idle) return plan.needs_drain("the firmware has to be started again");
    plan.want(s, held(s));
    if (s.get<r::Boot>().get<r::Boot::Attempts>() >= kMostAttempts) return plan.broken("the firmware doesn't run");
    plan.write(shut(s).with<r::LoadCtrl::Verify>(1));
    plan.act_disruptively("verify the firmware before it is started again", r::Status::kLatencyUs);
}

}  // namespace

// Only the digest of what the memory holds now decides whether it is the intended image: it is worth nothing once code
// was written behind it, or the supply failed. Then the settings, which are locked while firmware runs, then release.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const auto boot = s.get<r::Boot>();
    const bool released = s.get<r::Ctrl>().get<r::Ctrl::Release>() != 0;

    if (s.image.count == 0 || s.image.count > r::Code::kCount) {
        plan.want(s, held(s));
        if (released) return plan.act_disruptively("no firmware is intended: hold the processor in reset");
        plan.want(s, shut(s));
        want_settings(s, plan);
        if (plan.act_if_any("prepare the processor for firmware to come")) return;
        return s.image.count == 0 ? plan.converged() : plan.broken("the image doesn't fit into the code memory");
    }
    if (status.get<r::Status::Busy>() != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "code is being verified");
        return plan.broken("verification never ends");
    }
    const bool fresh = status.get<r::Status::Digested>() != 0 && status.get<r::Status::Written>() == 0 &&
                       status.get<r::Status::BrownOut>() == 0;
    const bool loaded = fresh && s.get<r::Length>().get<r::Length::Words>() == s.image.count &&
                        s.get<r::Digest>().get<r::Digest::Word>() == s.image.digest;
    if (!loaded) return download(s, plan);
    if (boot.get<r::Boot::Crashed>() != 0) return start_over(s, plan);
    plan.want(s, shut(s));
    want_settings(s, plan);
    if (!plan.items().empty() && released) {
        // They are locked while it runs.
        plan.clear();
        plan.want(s, held(s));
        want_settings(s, plan);
        plan.want(s, shut(s));
        return plan.act_disruptively("hold the processor and correct its settings");
    }
    plan.want(s, held(s).with<r::Ctrl::Release>(1));
    if (!plan.items().empty()) return plan.act_disruptively("let the verified firmware run", r::Boot::kLatencyUs);
    const bool right = boot.get<r::Boot::Running>() != 0 && boot.get<r::Boot::Version>() == (s.image.version & 0xFFFF);
    if (right) return plan.converged();
    if (s.idle && s.waited_us < r::Boot::kLatencyMaxUs) return plan.wait(r::Boot::kLatencyUs, "firmware is starting");
    start_over(s, plan);
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"heartbeat_us", "us", 100, 65'535, 2000, "heartbeat period that the firmware is told"},
    {"power_w", "W", 1, 4095, 450, "highest power of its half of the die"},
    {"slew_us", "us", 1, 65'535, 40, "shortest time between two changes of a rail"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::odc
