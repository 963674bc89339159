#include "hal/blocks/bist/bist.hpp"

#include "hal/registers/bist.hpp"

namespace hal::blocks::bist {

namespace r = hal::registers::bist;

namespace {

constexpr std::uint32_t kAtOnce = 16;  // memories; the supply carries no more
constexpr std::uint32_t kBackground = 0xA5, kAccessClocks = 2, kPauseUs = 60;

/// The lowest `kAtOnce` of `memories`.
std::uint32_t next_of(std::uint32_t memories) {
    std::uint32_t few = 0;
    for (std::uint32_t count = 0; count < kAtOnce && memories != 0; ++count) {
        const std::uint32_t rest = memories & (memories - 1);
        few |= memories ^ rest;
        memories = rest;
    }
    return few;
}

}  // namespace

// A test destroys what the memories hold, so only memories that haven't passed as intended are tested, never while the
// tile owns them, and never twice at a time. `done` says that some test ended; `passed` and its mode say which.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const auto with = s.get<r::PassedWith>();
    const auto owner = bus::modify(s.get<r::Owner>());
    const auto mode = bus::modify(s.get<r::Mode>())
                          .with<r::Mode::Algorithm>(s.intent[kAlgorithm])
                          .with<r::Mode::Tolerated>(s.intent[kTolerated])
                          .with<r::Mode::Background>(kBackground)
                          .with<r::Mode::Margin>(s.intent[kMargin]);
    const auto pace =
        bus::modify(s.get<r::Pace>()).with<r::Pace::AccessClocks>(kAccessClocks).with<r::Pace::PauseUs>(kPauseUs);
    const auto seed = bus::Value<r::Seed>(0x6D2B'79F5u + s.index);
    const bool as_intended = with.get<r::PassedWith::Algorithm>() == s.intent[kAlgorithm] &&
                             with.get<r::PassedWith::Tolerated>() == s.intent[kTolerated] &&
                             with.get<r::PassedWith::Background>() == kBackground &&
                             with.get<r::PassedWith::Margin>() == s.intent[kMargin];
    const std::uint32_t passed = as_intended ? s.get<r::Passed>().get<r::Passed::Memories>() : 0;
    const std::uint32_t missing = s.intent[kMemories] & ~passed;
    const std::uint32_t next = next_of(missing);

    if (status.get<r::Status::Busy>() != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "a test runs");
        return plan.broken("the test never ends");
    }
    const bool failed = status.get<r::Status::Done>() != 0 && status.get<r::Status::Pass>() == 0 && as_intended &&
                        (s.get<r::Failed>().get<r::Failed::Memories>() & missing) != 0;
    if (failed) {
        plan.want(s, owner.with<r::Owner::Tile>(0));
        return plan.broken("a memory fails its test");
    }
    plan.want(s, mode);
    plan.want(s, pace);
    plan.want(s, seed);
    if (missing != 0) {
        plan.want(s, owner.with<r::Owner::Tile>(0));
        plan.want(s, bus::Value<r::Mask>(next));
        plan.write(bus::Value<r::Command>(0).with<r::Command::Run>(1));
        return plan.act_disruptively("test the next memories", r::Status::kLatencyUs);
    }
    plan.want(s, bus::Value<r::Mask>(0));  // what the last test left there depends on how it came to it
    if (s.get<r::Owner>().get<r::Owner::Tile>() != s.intent[kMemories]) {
        plan.write(owner.with<r::Owner::Tile>(s.intent[kMemories]));
        return plan.act_disruptively("hand the memories over to the tile");
    }
    if (!plan.act_if_any("set up the next test")) plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"memories", "1", 1, 0xFFFFFFFF, 0x00FF'FFFF, "memories that have to pass before the tile gets them, one bit each"},
    {"algorithm", "1", 0, 3, 1, "0 march C-, 1 march LR, 2 checkerboard, 3 retention"},
    {"margin", "1", 0, 15, 2, "extra read margin, steps"},
    {"tolerated", "1", 0, 255, 1, "faulty bits until a memory counts as failed"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::bist
