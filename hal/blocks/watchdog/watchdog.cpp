#include "hal/blocks/watchdog/watchdog.hpp"

#include "hal/registers/watchdog.hpp"

namespace hal::blocks::watchdog {

namespace r = hal::registers::watchdog;

namespace {

constexpr std::uint32_t kFirst = 0x5AFE'0001, kSecond = 0x5AFE'0002, kShut = 0, kFeed = 0x57D0;

void unlock(converge::Plan& plan) {
    plan.write(bus::Value<r::Unlock>(kShut));  // whatever a predecessor began
    plan.write(bus::Value<r::Unlock>(kFirst));
    plan.write(bus::Value<r::Unlock>(kSecond));
}

}  // namespace

// How far a predecessor got with the unlock words can't be seen, so every opening starts from the beginning, and every
// act ends shut. Only what the countdown took over counts; it does so when enable rises, so enable comes last.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const auto effective = s.get<r::Effective>();
    const auto on = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(1).with<r::Ctrl::Windowed>(s.intent[kWindowed]);
    const auto off = on.with<r::Ctrl::Enable>(0);
    const auto timeout = bus::modify(s.get<r::Timeout>()).with<r::Timeout::Ms>(s.intent[kTimeout]);
    const auto stages = bus::modify(s.get<r::Stages>())
                            .with<r::Stages::AtHalf>(s.intent[kAtHalf])
                            .with<r::Stages::AtExpiry>(s.intent[kAtExpiry]);

    if (status.get<r::Status::Expired>() != 0) {
        unlock(plan);
        plan.write(off);
        plan.write(bus::modify(status).with<r::Status::Expired>(1));
        plan.write(bus::Value<r::Unlock>(kShut));
        return plan.act("acknowledge an expiry");
    }
    const bool as_intended = effective.get<r::Effective::Ms>() == s.intent[kTimeout] &&
                             effective.get<r::Effective::AtHalf>() == s.intent[kAtHalf] &&
                             effective.get<r::Effective::AtExpiry>() == s.intent[kAtExpiry];
    if (!as_intended || status.get<r::Status::Running>() == 0 || s.get<r::Ctrl>() != on ||
        s.get<r::Timeout>() != timeout || s.get<r::Stages>() != stages) {
        unlock(plan);
        plan.write(off);
        plan.write(timeout);
        plan.write(stages);
        plan.write(on);
        plan.write(bus::Value<r::Unlock>(kShut));
        return plan.act("set up the watchdog and start it");
    }
    if (status.get<r::Status::Open>() != 0) {
        plan.write(bus::Value<r::Unlock>(kShut));
        return plan.act("shut the configuration that somebody left open");
    }
    if (status.get<r::Status::RemainingHalf>() != 0) {
        plan.write(bus::Value<r::Feed>(0).with<r::Feed::Key>(kFeed));
        return plan.act("feed the watchdog");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"timeout_ms", "ms", 100, 600'000, 4000, "from feed to expiry; outages of the HAL must stay below half of it"},
    {"at_half", "1", 0, 2, 1, "action with half of the time left: 0 none, 1 interrupt, 2 alarm output"},
    {"at_expiry", "1", 0, 3, 3, "action at expiry: 0 none, 1 interrupt, 2 alarm output, 3 safe hold"},
    {"windowed", "bool", 0, 1, 1, "refuse to be fed in the first half of the time"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::watchdog
