#include "tests/devices/flash/flash.hpp"

#include "hal/registers/flash.hpp"
#include "tests/devices/lone_block.hpp"

namespace tests::devices::flash {
namespace {

namespace r = hal::registers::flash;
using hal::bus::Value;
using hal::converge::Driver;
using hal::converge::IntentField;
using hal::converge::Plan;
using hal::converge::Situation;

enum Opcode : std::uint32_t { kWriteDisable = 0x04, kWriteEnable = 0x06, kEnableWriteStatus = 0x50 };

void command(Plan& plan, Opcode opcode) { plan.write(Value<r::Command>(0).with<r::Command::Opcode>(opcode)); }

std::uint8_t byte(std::uint32_t word, std::uint32_t i) { return static_cast<std::uint8_t>(word >> (8 * i)); }

// Erasing and programming each need writing enabled, which a HAL that dies leaves behind. Bytes are compared one by
// one: any of them may be the last that was programmed. One takes at most 10 us, less than the command behind it does
// at 1 MHz.
template <Bug bug>
void decide_with(const Situation& s, Plan& plan) {
    const auto status = s.get<r::Status>();
    if (status.template get<r::Status::Busy>() != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "it erases or programs");
        return plan.broken("it stays busy");
    }
    if (status.template get<r::Status::Protection>() != 0) {
        command(plan, kEnableWriteStatus);
        plan.write(Value<r::WriteStatus>(0));
        return plan.act("unprotect it");
    }
    bool erase = false;
    std::uint32_t differ = 0;
    for (std::uint32_t i = 0; i < (bug == Bug::compares_first ? 1 : kWords); ++i) {
        const std::uint32_t have = s.get<r::Content>(i).word(), want = s.intent[i];
        erase = erase || (have & want) != want;
        differ += have != want ? 1 : 0;
    }
    if (erase && bug != Bug::never_erases) {
        command(plan, kWriteEnable);
        plan.write(Value<r::Erase>(0));
        return plan.act("erase the sector", r::Status::kLatencyUs);
    }
    for (std::uint32_t i = 0; differ != 0 && i < 4 * kWords; ++i) {
        const std::uint8_t want = byte(s.intent[i / 4], i % 4);
        if (byte(s.get<r::Content>(i / 4).word(), i % 4) == want) continue;
        command(plan, kWriteEnable);
        plan.write(Value<r::ProgramByte>(0).with<r::ProgramByte::Data>(want).with<r::ProgramByte::Where>(i));
    }
    if (differ != 0 && bug == Bug::keeps_enabled) command(plan, kWriteDisable);
    if (differ != 0) return plan.act("program what differs");
    if (bug != Bug::keeps_enabled && status.template get<r::Status::WriteEnabled>() != 0) {
        command(plan, kWriteDisable);
        return plan.act("disable writing");
    }
    plan.converged();
}

constexpr IntentField kFields[kWords] = {{"word0", "1", 0, 0xFFFFFFFF, 0, "content"},
                                         {"word1", "1", 0, 0xFFFFFFFF, 0, "content"},
                                         {"word2", "1", 0, 0xFFFFFFFF, 0, "content"}};

template <Bug bug>
const hal::converge::Chip& chip_with() {
    static constexpr Driver kDriver{decide_with<bug>, {kFields}};
    static const LoneBlock block({"flash", r::kWords, r::kObserve, r::kStatus, &kDriver, false, false},
                                 r::Identification::kReset, kNoServices<r::Identification>);
    return block.chip;
}

}  // namespace

void decide(const Situation& s, Plan& plan) { decide_with<Bug::none>(s, plan); }

const hal::converge::Chip& chip(Bug bug) {
    switch (bug) {
        case Bug::never_erases: return chip_with<Bug::never_erases>();
        case Bug::keeps_enabled: return chip_with<Bug::keeps_enabled>();
        case Bug::compares_first: return chip_with<Bug::compares_first>();
        case Bug::none: break;
    }
    return chip_with<Bug::none>();
}

}  // namespace tests::devices::flash
