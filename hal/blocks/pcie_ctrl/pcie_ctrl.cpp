#include "hal/blocks/pcie_ctrl/pcie_ctrl.hpp"

#include "hal/registers/pcie_ctrl.hpp"

namespace hal::blocks::pcie_ctrl {

namespace r = hal::registers::pcie_ctrl;

namespace {

constexpr std::uint32_t kVendor = 0x1E52, kDevice = 0x0001, kProcessingAccelerator = 0x120000;

/// Registers that a running link doesn't feel; the target is what it will ask for when it trains next.
void want_quiet(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::LinkTarget>())
                     .with<r::LinkTarget::Speed>(s.intent[kSpeedGen])
                     .with<r::LinkTarget::Width>(s.intent[kWidth]));
    plan.want(s, bus::modify(s.get<r::Completion>())
                     .with<r::Completion::LimitUs>(s.intent[kCompletionUs])
                     .with<r::Completion::Attempts>(2));
    plan.want(s,
              bus::modify(s.get<r::Power>()).with<r::Power::L0s>(0).with<r::Power::L1>(1).with<r::Power::ExitNs>(8000));
    plan.want(
        s,
        bus::modify(s.get<r::Tolerance>()).with<r::Tolerance::SnoopedNs>(12'000).with<r::Tolerance::OtherNs>(20'000));
    plan.want(s, bus::modify(s.get<r::Replay>()).with<r::Replay::AckEvery>(4).with<r::Replay::ReplayAfter>(1800));
    plan.want(s, bus::modify(s.get<r::Alarm>())
                     .with<r::Alarm::Corrected>(0)
                     .with<r::Alarm::Uncorrected>(1)
                     .with<r::Alarm::Fatal>(1)
                     .with<r::Alarm::Unsupported>(1));
}

void want_bar(const converge::Situation& s, converge::Plan& plan, std::uint32_t k, std::uint32_t size_log2, bool wide) {
    plan.want(s,
              bus::modify(s.get<r::Bar>(k))
                  .with<r::Bar::SizeLog2>(size_log2)
                  .with<r::Bar::Prefetchable>(wide ? 1 : 0)
                  .with<r::Bar::Wide>(wide ? 1 : 0),
              k);
}

/// What the host enumerates: locked while the link is up.
void want_endpoint(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s,
              bus::modify(s.get<r::Identity>()).with<r::Identity::Vendor>(kVendor).with<r::Identity::Device>(kDevice));
    plan.want(s,
              bus::modify(s.get<r::Class>()).with<r::Class::Revision>(1).with<r::Class::Code>(kProcessingAccelerator));
    plan.want(s, bus::modify(s.get<r::Subsystem>())
                     .with<r::Subsystem::Vendor>(kVendor)
                     .with<r::Subsystem::Device>(0x0100u + s.index));
    want_bar(s, plan, 0, s.intent[kMemoryLog2], true);
    want_bar(s, plan, 1, 0, false);
    want_bar(s, plan, 2, s.intent[kDoorbellLog2], false);
    want_bar(s, plan, 3, 0, false);
    want_bar(s, plan, 4, 16, true);
    want_bar(s, plan, 5, 0, false);
    plan.want(
        s,
        bus::modify(s.get<r::PostedCredits>()).with<r::PostedCredits::Headers>(128).with<r::PostedCredits::Data>(1024));
    plan.want(s, bus::modify(s.get<r::NonpostedCredits>())
                     .with<r::NonpostedCredits::Headers>(64)
                     .with<r::NonpostedCredits::Data>(64));
    plan.want(s,
              bus::modify(s.get<r::Msi>()).with<r::Msi::VectorsLog2>(s.intent[kVectorsLog2]).with<r::Msi::Maskable>(1));
    plan.want(s, bus::modify(s.get<r::Packets>())
                     .with<r::Packets::Payload>(s.intent[kPayloadLog2] - 7)
                     .with<r::Packets::Request>(5)
                     .with<r::Packets::Relaxed>(1));
}

/// A failed link goes down and up again, once: the chip remembers it. Then the port is given up.
void try_again(const converge::Situation& s, converge::Plan& plan, const char* why) {
    const auto down = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::LinkEnable>(0);
    if (s.get<r::Ctrl>().get<r::Ctrl::Retried>() != 0) {
        plan.write(down);
        return plan.broken(why);
    }
    plan.write(down.with<r::Ctrl::Retried>(1));
    plan.write(down.with<r::Ctrl::Retried>(1).with<r::Ctrl::LinkEnable>(1));
    plan.act_disruptively("give the link a second try", r::Status::kLatencyUs);
}

/// An up link whose speed or width isn't as intended. What it asked for tells whether trying again can help.
void correct_link(const converge::Situation& s, converge::Plan& plan) {
    const auto link = s.get<r::Negotiated>();
    if (link.get<r::Negotiated::AskedWidth>() != s.intent[kWidth]) {
        plan.write(bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::LinkEnable>(0));
        return plan.act_disruptively("take a link of another width down");
    }
    if (link.get<r::Negotiated::AskedSpeed>() != s.intent[kSpeedGen]) {
        plan.write(bus::Value<r::LinkCommand>(0).with<r::LinkCommand::Retrain>(1));
        return plan.act_disruptively("agree on the speed again", r::Status::kLatencyUs);
    }
    try_again(s, plan, "the partner doesn't offer speed or width");
}

}  // namespace

// Everything the host will enumerate is in place before the link may train; found different behind an up link, the
// link has to go down for it. A link on its way up is waited for, whoever sent it: starting over would only start over.
// Errors are cleared only when the host has stored them. Bus mastering is the host driver's.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto ctrl = s.get<r::Ctrl>();
    const auto link = s.get<r::Negotiated>();
    const bool enabled = ctrl.get<r::Ctrl::LinkEnable>() != 0;
    want_quiet(s, plan);
    if (plan.act_if_any("set link target, time-outs and power management")) return;
    want_endpoint(s, plan);
    if (!plan.items().empty() && enabled) {
        plan.clear();
        plan.write(bus::modify(ctrl).with<r::Ctrl::LinkEnable>(0));
        return plan.act_disruptively("take the link down to change what the host sees");
    }
    plan.want(s, bus::modify(ctrl).with<r::Ctrl::PerstRelease>(1).with<r::Ctrl::LinkEnable>(1));
    if (!plan.items().empty())
        return plan.act_disruptively("set up the endpoint and let the link train", r::Status::kLatencyUs);
    const auto status = s.get<r::Status>();
    if (status.get<r::Status::LinkUp>() == 0 || status.get<r::Status::Ltssm>() != r::Status::Ltssm::kL0) {
        const bool moving = status.get<r::Status::Moving>() != 0;
        if (moving && s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "link trains");
        return try_again(s, plan, "link does not come up");
    }
    if (link.get<r::Negotiated::Speed>() != s.intent[kSpeedGen] ||
        link.get<r::Negotiated::Width>() != s.intent[kWidth]) {
        return correct_link(s, plan);
    }
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

namespace {

constexpr converge::IntentField kIntent[] = {
    {"speed_gen", "1", 1, 5, 5, "generation of the link"},
    {"width", "1", 1, 16, 16, "lanes of the link"},
    {"memory_log2", "1", 20, 40, 37, "the chip's memory as the host sees it: 2^n bytes"},
    {"doorbell_log2", "1", 12, 24, 16, "the doorbells as the host sees them: 2^n bytes"},
    {"payload_log2", "1", 7, 12, 9, "largest payload: 2^n bytes"},
    {"vectors_log2", "1", 0, 5, 5, "interrupt vectors: 2^n"},
    {"completion_us", "us", 1, 65535, 10'000, "how long a completion may take"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::pcie_ctrl
