#include "tests/devices/nvme/nvme.hpp"

#include "hal/registers/nvme.hpp"
#include "tests/devices/lone_block.hpp"

namespace tests::devices::nvme {
namespace {

namespace r = hal::registers::nvme;
using hal::bus::Value;
using hal::converge::Driver;
using hal::converge::IntentField;
using hal::converge::Plan;
using hal::converge::Situation;

constexpr std::uint32_t kSubmissionEntry = 6, kCompletionEntry = 4;  // 64 and 16 bytes: what the specification asks for

struct Queue {
    explicit Queue(const Situation& s)
        : sizes(Value<r::Aqa>(0).with<r::Aqa::Asqs>(s.intent[kEntries] - 1).with<r::Aqa::Acqs>(s.intent[kEntries] - 1)),
          submission(s.intent[kSubmission]),
          completion(s.intent[kCompletion]) {}
    Value<r::Aqa> sizes;
    Value<r::AsqLow> submission;
    Value<r::AcqLow> completion;
};

bool programmed(const Situation& s, const Queue& queue) {
    return s.get<r::Aqa>() == queue.sizes && s.get<r::AsqLow>() == queue.submission &&
           s.get<r::AsqHigh>().word() == 0 && s.get<r::AcqLow>() == queue.completion && s.get<r::AcqHigh>().word() == 0;
}

void program(const Situation& s, const Queue& queue, Plan& plan) {
    plan.want(s, queue.sizes);
    plan.want(s, queue.submission);
    plan.want(s, Value<r::AsqHigh>(0));
    plan.want(s, queue.completion);
    plan.want(s, Value<r::AcqHigh>(0));
}

// The queue's registers count when the controller is enabled, and keep their contents through its reset and the
// machine's. So they are written only while it is disabled and not ready; then ready, together with registers that
// match, is evidence.
template <Bug bug>
void decide_with(const Situation& s, Plan& plan) {
    const Queue queue(s);
    const auto cc = s.get<r::Cc>();
    const auto csts = s.get<r::Csts>();
    const bool enabled = cc.template get<r::Cc::En>() != 0, ready = csts.template get<r::Csts::Rdy>() != 0;
    const bool fatal = csts.template get<r::Csts::Cfs>() != 0;
    const bool late = s.waited_us >= r::Csts::kLatencyMaxUs;
    const auto off =
        Value<r::Cc>(0).with<r::Cc::Iosqes>(kSubmissionEntry).template with<r::Cc::Iocqes>(kCompletionEntry);
    const auto on = off.template with<r::Cc::En>(1);
    bool matches = programmed(s, queue);
    if (bug == Bug::compares_half) matches = s.get<r::AsqLow>() == queue.submission;
    if (bug == Bug::believes_ready && enabled && ready) return plan.converged();
    if (bug == Bug::programs_enabled && enabled && ready) {
        program(s, queue, plan);
        if (!plan.act_if_any("program the queue")) plan.converged();
        return;
    }

    if (enabled && (!matches || cc != on || fatal)) {
        plan.write(off);
        return plan.act("reset the controller", r::Csts::kLatencyUs);
    }
    if (enabled && ready) return plan.converged();
    if (enabled != ready) {
        if (!late) return plan.wait(r::Csts::kLatencyUs, "the controller gets ready, or not ready");
        plan.write(off);
        return plan.broken("the controller doesn't get ready, or not ready");
    }
    if (!matches) program(s, queue, plan);
    plan.write(on);
    plan.act("program the queue and enable the controller", r::Csts::kLatencyUs);
}

constexpr IntentField kFields[] = {{"submission", "1", 0, 0xFFFFF000, 0, "address of the submission queue"},
                                   {"completion", "1", 0, 0xFFFFF000, 0, "address of the completion queue"},
                                   {"entries", "1", 2, 4096, 2, "of each"}};

template <Bug bug>
const hal::converge::Chip& chip_with() {
    static constexpr Driver kDriver{decide_with<bug>, {kFields}};
    static const LoneBlock block({"nvme", r::kWords, r::kObserve, r::kStatus, &kDriver, false, false},
                                 r::Version::kReset, kNoServices<r::Version>);
    return block.chip;
}

}  // namespace

void decide(const Situation& s, Plan& plan) { decide_with<Bug::none>(s, plan); }

const hal::converge::Chip& chip(Bug bug) {
    switch (bug) {
        case Bug::believes_ready: return chip_with<Bug::believes_ready>();
        case Bug::programs_enabled: return chip_with<Bug::programs_enabled>();
        case Bug::compares_half: return chip_with<Bug::compares_half>();
        case Bug::none: break;
    }
    return chip_with<Bug::none>();
}

}  // namespace tests::devices::nvme
