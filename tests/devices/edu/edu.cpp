#include "tests/devices/edu/edu.hpp"

#include "hal/registers/edu.hpp"
#include "tests/devices/lone_block.hpp"

namespace tests::devices::edu {
namespace {

namespace r = hal::registers::edu;
using hal::bus::Value;
using hal::converge::Driver;
using hal::converge::IntentField;
using hal::converge::Plan;
using hal::converge::Situation;

constexpr std::uint32_t kNothing = 0, kCold = ~std::uint32_t{0};  // marks of no table; the second after power on

/// What stands in `liveness` once the buffer holds this table: of all that the device keeps, only this says so.
std::uint32_t mark(const Situation& s) {
    const std::uint32_t mixed = (s.intent[kTable] ^ s.intent[kBytes] * 2654435761u) * 2246822519u;
    return mixed == kNothing || mixed == kCold ? 1 : mixed;
}

Value<r::Liveness> marked(std::uint32_t value) { return Value<r::Liveness>(0).with<r::Liveness::Value>(value); }

// The device forgets what it has transferred: registers that match may have been written by a HAL that died before the
// start. So a mark is set behind the start, and what is marked while nothing runs has been transferred. Before another
// table comes the mark is taken back, or it would be believed by a HAL of the earlier intent.
template <Bug bug>
void decide_with(const Situation& s, Plan& plan) {
    const std::uint32_t found = ~s.get<r::Liveness>().word();
    const bool running = s.get<r::DmaCommand>().template get<r::DmaCommand::Start>() != 0;
    const std::uint32_t causes = s.get<r::Interrupt>().word();

    if (running && bug != Bug::cuts_in) {
        if (s.waited_us < r::DmaCommand::kLatencyMaxUs) return plan.wait(r::DmaCommand::kLatencyUs, "a transfer runs");
        return plan.broken("its transfer doesn't end");
    }
    if (causes != 0) {
        plan.write(Value<r::Acknowledge>(causes));
        return plan.act("acknowledge what it has raised");
    }
    if (found == mark(s)) return plan.converged();
    if (bug != Bug::keeps_mark && found != kNothing) plan.write(marked(kNothing));
    plan.write(Value<r::DmaSource>(s.intent[kTable]));
    plan.write(Value<r::DmaTarget>(kBuffer));
    plan.write(Value<r::DmaCount>(s.intent[kBytes]));
    if (bug == Bug::marks_first) plan.write(marked(mark(s)));
    plan.write(Value<r::DmaCommand>(0).with<r::DmaCommand::Start>(1).template with<r::DmaCommand::Interrupt>(1));
    if (bug != Bug::marks_first) plan.write(marked(mark(s)));
    plan.act("fill the buffer", r::DmaCommand::kLatencyUs);
}

constexpr IntentField kFields[] = {{"table", "1", 0, 0x0FFFFFFF, 0, "address in memory"},
                                   {"bytes", "1", 4, 4096, 4, "of it"}};

template <Bug bug>
const hal::converge::Chip& chip_with() {
    static constexpr Driver kDriver{decide_with<bug>, {kFields}};
    static const LoneBlock block({"edu", r::kWords, r::kObserve, r::kStatus, &kDriver, false, false},
                                 r::Identification::kReset, kNoServices<r::Identification>);
    return block.chip;
}

}  // namespace

void decide(const Situation& s, Plan& plan) { decide_with<Bug::none>(s, plan); }

const hal::converge::Chip& chip(Bug bug) {
    switch (bug) {
        case Bug::marks_first: return chip_with<Bug::marks_first>();
        case Bug::keeps_mark: return chip_with<Bug::keeps_mark>();
        case Bug::cuts_in: return chip_with<Bug::cuts_in>();
        case Bug::none: break;
    }
    return chip_with<Bug::none>();
}

}  // namespace tests::devices::edu
