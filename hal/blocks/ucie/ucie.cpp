#include "hal/blocks/ucie/ucie.hpp"

#include "hal/registers/ucie.hpp"

namespace hal::blocks::ucie {

namespace r = hal::registers::ucie;
using State = r::Status::State;

namespace {

bus::Value<r::Parameters> parameters(const converge::Situation& s, bus::Value<r::Parameters> from) {
    return from.with<r::Parameters::Width>(s.intent[kWidth])
        .with<r::Parameters::RateGt>(s.intent[kRateGt])
        .with<r::Parameters::FreeClock>(1);
}

bus::Value<r::TrainSetup> train_setup(bus::Value<r::TrainSetup> from) {
    return from.with<r::TrainSetup::Pattern>(2).with<r::TrainSetup::Steps>(48).with<r::TrainSetup::Tolerance>(3);
}

bus::Value<r::Repair> repair(const converge::Situation& s, bus::Value<r::Repair> from) {
    const std::uint32_t tx = s.intent[kRepairTx], rx = s.intent[kRepairRx];
    return from.with<r::Repair::TxLane>(tx == 0 ? 0 : tx - 1)
        .with<r::Repair::TxUse>(tx == 0 ? 0 : 1)
        .with<r::Repair::RxLane>(rx == 0 ? 0 : rx - 1)
        .with<r::Repair::RxUse>(rx == 0 ? 0 : 1);
}

bus::Value<r::Adapter> adapter(const converge::Situation& s, bus::Value<r::Adapter> from) {
    return from.with<r::Adapter::Format>(s.intent[kFlitFormat]).with<r::Adapter::Replay>(1).with<r::Adapter::Shared>(1);
}

/// What the link takes while it comes up.
void want_settings(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, parameters(s, bus::modify(s.get<r::Parameters>())));
    plan.want(s, train_setup(bus::modify(s.get<r::TrainSetup>())));
    plan.want(s, repair(s, bus::modify(s.get<r::Repair>())));
    plan.want(s, adapter(s, bus::modify(s.get<r::Adapter>())));
}

/// What may be tuned at any time.
void want_free(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Sideband>())
                     .with<r::Sideband::Outstanding>(4)
                     .with<r::Sideband::TimeoutMs>(16)
                     .with<r::Sideband::Attempts>(3));
    plan.want(s, bus::modify(s.get<r::ReplayBuffer>())
                     .with<r::ReplayBuffer::Depth>(s.intent[kReplayDepth])
                     .with<r::ReplayBuffer::After>(1024));
    plan.want(s, bus::modify(s.get<r::Arbiter>())
                     .with<r::Arbiter::MemoryWeight>(4)
                     .with<r::Arbiter::CollectiveWeight>(8)
                     .with<r::Arbiter::ManagementWeight>(2));
    plan.want(s, bus::modify(s.get<r::LowPower>()).with<r::LowPower::L1Us>(s.intent[kL1Us]).with<r::LowPower::L2Us>(0));
    for (std::uint32_t k = 0; k < r::Credits::kCount; ++k) {
        const std::uint32_t flits = k == 0 ? s.intent[kMemoryFlits] : 32;
        plan.want(s,
                  bus::modify(s.get<r::Credits>(k))
                      .with<r::Credits::Flits>(flits)
                      .with<r::Credits::Bundle>(4)
                      .with<r::Credits::Headers>(16 - 2 * k),
                  k);
    }
    plan.want(s, bus::modify(s.get<r::Monitor>())
                     .with<r::Monitor::Watch>(1)
                     .with<r::Monitor::Limit>(6)
                     .with<r::Monitor::IntervalMs>(100));
    plan.want(s, bus::modify(s.get<r::Alarm>())
                     .with<r::Alarm::ReplayFailed>(1)
                     .with<r::Alarm::Retrained>(1)
                     .with<r::Alarm::Margin>(1)
                     .with<r::Alarm::SidebandTimeout>(1));
}

/// The link came up with the intended settings; what the partner granted is another question.
bool took_intended(const converge::Situation& s) {
    const auto negotiated = s.get<r::Negotiated>();
    const auto taken = s.get<r::Taken>();
    const auto trained = s.get<r::Trained>();
    return negotiated.get<r::Negotiated::AskedWidth>() == s.intent[kWidth] &&
           negotiated.get<r::Negotiated::AskedGt>() == s.intent[kRateGt] &&
           taken.get<r::Taken::LanesTaken>() == repair(s, bus::Value<r::Repair>(0)).word() &&
           taken.get<r::Taken::AdapterTaken>() == adapter(s, bus::Value<r::Adapter>(0)).word() &&
           trained.get<r::Trained::SetupTaken>() == train_setup(bus::Value<r::TrainSetup>(0)).word() &&
           trained.get<r::Trained::ClockTaken>() == 1;
}

bool granted(const converge::Situation& s) {
    const auto negotiated = s.get<r::Negotiated>();
    return negotiated.get<r::Negotiated::GrantedWidth>() == s.intent[kWidth] &&
           negotiated.get<r::Negotiated::GrantedGt>() == s.intent[kRateGt];
}

/// A failed link starts again, once: the chip remembers it. Then it is given up.
void try_again(const converge::Situation& s, converge::Plan& plan, const char* why) {
    const auto stop = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Start>(0);
    if (s.get<r::Status>().get<r::Status::Moving>() != 0) {
        plan.write(bus::Value<r::LinkCommand>(0).with<r::LinkCommand::Cancel>(1));
    }
    if (s.get<r::Ctrl>().get<r::Ctrl::Retried>() != 0) {
        plan.write(stop);
        return plan.broken(why);
    }
    plan.write(stop.with<r::Ctrl::Retried>(1));
    plan.write(stop.with<r::Ctrl::Retried>(1).with<r::Ctrl::Start>(1));
    plan.act_disruptively("give the link a second try", r::Status::kLatencyUs);
}

/// An active link: kept if it took what is intended, whatever the registers say that it would take next time.
void keep(const converge::Situation& s, converge::Plan& plan) {
    if (!granted(s)) return try_again(s, plan, "the partner doesn't grant width or rate");
    want_settings(s, plan);
    if (plan.act_if_any("put settings of the next start back")) return;
    const auto ctrl = s.get<r::Ctrl>();
    if (ctrl.get<r::Ctrl::Retried>() != 0) {
        plan.write(bus::modify(ctrl).with<r::Ctrl::Retried>(0));
        return plan.act("forget a second try that was a success");
    }
    const auto errors = s.get<r::ErrorStatus>();
    if (errors.word() != 0 && s.get<r::ErrorLog>().get<r::ErrorLog::Saved>() != 0) {
        plan.write(errors);
        return plan.act("clear errors that the host has stored");
    }
    plan.converged();
}

}  // namespace

// A link that is active is believed only with what it took on its way up. One that comes up is waited for, whoever
// started it and over whatever settings: its partner is in the middle of it, and starting over on every arrival would
// never end. Everything else means: stop, settings, start.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto ctrl = s.get<r::Ctrl>();
    const bool started = ctrl.get<r::Ctrl::Start>() != 0;
    const auto status = s.get<r::Status>();
    const bool active = status.get<State>() == State::kActive;
    want_free(s, plan);
    if (plan.act_if_any("set credits, arbitration and alarms")) return;
    if (started && active && took_intended(s)) return keep(s, plan);

    if (started && status.get<r::Status::Moving>() != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "link is coming up");
        return try_again(s, plan, "link does not come up");
    }
    const auto stop = bus::modify(ctrl).with<r::Ctrl::Start>(0);
    want_settings(s, plan);
    if (started && !active && plan.items().empty()) return try_again(s, plan, "link does not come up");
    plan.clear();
    if (started) plan.write(stop);
    want_settings(s, plan);
    plan.write(stop.with<r::Ctrl::Start>(1));
    plan.act_disruptively("set parameters, lanes and adapter and start the link", r::Status::kLatencyUs);
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"width", "1", 1, 64, 64, "lanes of the main band"},
    {"rate_gt", "GT/s", 4, 32, 32, "transfers per second and lane"},
    {"repair_tx", "1", 0, 64, 12, "transmit lane that is gone around, counted from 1; 0 for none"},
    {"repair_rx", "1", 0, 64, 51, "receive lane that is gone around, counted from 1; 0 for none"},
    {"flit_format", "1", 0, 2, 2, "0 raw, 1 of 68 bytes, 2 of 256 bytes"},
    {"replay_depth", "1", 16, 1023, 256, "flits kept for replay"},
    {"memory_flits", "1", 1, 255, 96, "credits of memory traffic"},
    {"l1_us", "us", 0, 4095, 50, "idle time before low power; 0 is never"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::ucie
