#include "hal/blocks/hbm_channel/hbm_channel.hpp"

#include "hal/registers/hbm_channel.hpp"

namespace hal::blocks::hbm_channel {

namespace r = hal::registers::hbm_channel;

namespace {

/// Queues and scheduling: tuned at any time.
void want_queues(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Scheduler>())
                     .with<r::Scheduler::Reads>(6)
                     .with<r::Scheduler::Writes>(3)
                     .with<r::Scheduler::Hits>(9)
                     .with<r::Scheduler::Refreshes>(12)
                     .with<r::Scheduler::Age>(4096));
    plan.want(s, bus::modify(s.get<r::ReadQueue>())
                     .with<r::ReadQueue::Low>(12)
                     .with<r::ReadQueue::High>(56)
                     .with<r::ReadQueue::ReservedEntries>(4));
    plan.want(s, bus::modify(s.get<r::WriteQueue>())
                     .with<r::WriteQueue::Low>(16)
                     .with<r::WriteQueue::High>(52)
                     .with<r::WriteQueue::Batch>(16));
    plan.want(s, bus::modify(s.get<r::Credits>())
                     .with<r::Credits::Reads>(64)
                     .with<r::Credits::Writes>(48)
                     .with<r::Credits::Atomics>(8));
    plan.want(s, bus::modify(s.get<r::Turnaround>()).with<r::Turnaround::Reads>(16).with<r::Turnaround::Writes>(24));
    plan.want(s, bus::modify(s.get<r::Refresh>()).with<r::Refresh::PullIn>(4).with<r::Refresh::Urgent>(6));
    plan.want(s, bus::modify(s.get<r::PowerDown>()).with<r::PowerDown::Idle>(256).with<r::PowerDown::Notice>(12));
    // Reads of the compute engines, writes, collectives, and the rest.
    const std::uint32_t reads = s.intent[kReadShare], rest = 100 - reads;
    const std::uint32_t shares[] = {reads, rest / 2, rest / 4, rest - rest / 2 - rest / 4};
    for (std::uint32_t k = 0; k < r::Class::kCount; ++k) {
        plan.want(s,
                  bus::modify(s.get<r::Class>(k))
                      .with<r::Class::Share>(shares[k])
                      .with<r::Class::WaitLimit>(32 + 48 * k)
                      .with<r::Class::Priority>(6 - k),
                  k);
    }
}

/// Error handling: tuned at any time.
void want_errors(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Ecc>())
                     .with<r::Ecc::Correct>(1)
                     .with<r::Ecc::Limit>(s.intent[kEccLimit])
                     .with<r::Ecc::WindowMs>(1000));
    plan.want(
        s,
        bus::modify(s.get<r::Scrub>()).with<r::Scrub::Run>(1).with<r::Scrub::IntervalUs>(s.intent[kScrubIntervalUs]));
    plan.want(s, bus::modify(s.get<r::Retry>())
                     .with<r::Retry::Attempts>(4)
                     .with<r::Retry::WriteCrc>(1)
                     .with<r::Retry::Parity>(1));
    plan.want(
        s, bus::modify(s.get<r::Throttle>()).with<r::Throttle::Warm>(80).with<r::Throttle::Hot>(s.intent[kHotPercent]));
    plan.want(s, bus::modify(s.get<r::Alarm>())
                     .with<r::Alarm::Corrected>(1)
                     .with<r::Alarm::Uncorrected>(1)
                     .with<r::Alarm::Transfer>(1)
                     .with<r::Alarm::Address>(1));
}

/// Range and page policy: only while the channel is disabled. Channels share the address space by their numbers.
void want_place(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t mib = s.intent[kCapacityMib], first = s.index * mib;
    plan.want(s, bus::modify(s.get<r::RangeBase>()).with<r::RangeBase::FirstMib>(mib == 0 ? 1 : first));
    plan.want(s, bus::modify(s.get<r::RangeLimit>()).with<r::RangeLimit::LastMib>(mib == 0 ? 0 : first + mib - 1));
    plan.want(s, bus::modify(s.get<r::Page>())
                     .with<r::Page::Policy>(s.intent[kPagePolicy])
                     .with<r::Page::Idle>(64)
                     .with<r::Page::MaxHits>(32));
}

}  // namespace

// What may be tuned under traffic comes first and alone, so that it never waits for a drain. Then the address range,
// with the channel disabled, and the channel last. Errors are cleared only when the host has stored them: until then
// they stay, and the channel counts as converged.
void decide(const converge::Situation& s, converge::Plan& plan) {
    want_queues(s, plan);
    want_errors(s, plan);
    if (plan.act_if_any("tune queues and error handling")) return;

    const auto ctrl = s.get<r::Ctrl>();
    const bool wanted = s.intent[kEnabled] != 0;
    const auto on = bus::modify(ctrl).with<r::Ctrl::Enable>(1).with<r::Ctrl::MapOut>(0);
    const auto out = bus::modify(ctrl).with<r::Ctrl::Enable>(0).with<r::Ctrl::MapOut>(1);
    const bool enabled = ctrl.get<r::Ctrl::Enable>() != 0;
    want_place(s, plan);
    const bool moves = !plan.items().empty();
    if (moves && enabled) {
        plan.clear();
        plan.write(out);
        return plan.act_disruptively("take the channel out to move its address range");
    }
    plan.want(s, wanted ? on : out);
    if (!plan.items().empty() && !wanted) return plan.act_disruptively("map it out");
    if (!plan.items().empty()) return plan.act_disruptively("place the channel and enable it", r::Status::kLatencyUs);
    const auto status = s.get<r::Status>();
    if (wanted && status.get<r::Status::Ready>() == 0) {
        if (status.get<r::Status::Levelling>() == 0) {
            plan.write(out);
            plan.write(on);
            return plan.act_disruptively("level a channel that has lost its readiness", r::Status::kLatencyUs);
        }
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "reads are being levelled");
        plan.write(out);
        return plan.broken("reads can't be levelled");
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
    {"enabled", "bool", 0, 1, 1, "0: a broken channel, mapped out; its capacity has to be 0, too"},
    {"capacity_mib", "MiB", 0, 4096, 1536, "usable memory behind this channel"},
    {"page_policy", "1", 0, 2, 2, "0 open, 1 closed, 2 adaptive"},
    {"read_share", "%", 1, 97, 55, "share of the bandwidth that the compute engines' reads are promised"},
    {"ecc_limit", "1", 1, 4095, 32, "corrected errors per second that raise an alarm"},
    {"scrub_interval_us", "us", 1, 65535, 250, "time between two scrubs"},
    {"hot_percent", "%", 1, 100, 50, "speed when hot"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::hbm_channel
