#include "hal/blocks/sram/sram.hpp"

#include "hal/registers/sram.hpp"

namespace hal::blocks::sram {

namespace r = hal::registers::sram;

namespace {

constexpr std::uint32_t kUnitKib = 16, kOwners = 5;

struct Range {
    std::uint32_t base, length;  // in units of 16 KiB; length 0: no such partition
};

/// One partition per owner, one behind the other; the rest stay unused.
Range range(const converge::Situation& s, std::uint32_t k) {
    Range range{0, 0};
    for (std::uint32_t owner = 0; owner <= k && owner < kOwners; ++owner) {
        range.base += range.length;
        range.length = s.intent[kTensorKib + owner] / kUnitKib;
    }
    return k < kOwners && range.length != 0 ? range : Range{0, 0};
}

bus::Value<r::Partition> wanted_range(const converge::Situation& s, std::uint32_t k) {
    const Range wanted = range(s, k);
    return bus::modify(s.get<r::Partition>(k))
        .with<r::Partition::Base>(wanted.base)
        .with<r::Partition::Length>(wanted.length);
}

bus::Value<r::PartitionUse> wanted_use(const converge::Situation& s, std::uint32_t k) {
    const bool exists = range(s, k).length != 0;
    return bus::modify(s.get<r::PartitionUse>(k))
        .with<r::PartitionUse::Owner>(exists ? k : 0)
        .with<r::PartitionUse::Writable>(exists ? 1 : 0)
        .with<r::PartitionUse::Shared>(exists && k + 1 == kOwners ? 1 : 0)
        .with<r::PartitionUse::Valid>(exists ? 1 : 0);
}

/// All that move lose their validity before the first one moves: at no time do two valid ones overlap.
void partitions(const converge::Situation& s, converge::Plan& plan) {
    for (std::uint32_t k = 0; k < r::Partition::kCount; ++k) {
        const bool valid = s.get<r::PartitionUse>(k).get<r::PartitionUse::Valid>() != 0;
        const bool moves = s.get<r::Partition>(k) != wanted_range(s, k);
        if (valid && moves) plan.write(bus::modify(s.get<r::PartitionUse>(k)).with<r::PartitionUse::Valid>(0), k);
    }
    for (std::uint32_t k = 0; k < r::Partition::kCount; ++k) plan.want(s, wanted_range(s, k), k);
    for (std::uint32_t k = 0; k < r::Partition::kCount; ++k) {
        const bool moves = s.get<r::Partition>(k) != wanted_range(s, k);
        if (moves && range(s, k).length != 0) {
            plan.write(wanted_use(s, k), k);
        } else if (!moves) {
            plan.want(s, wanted_use(s, k), k);
        }
    }
}

void surroundings(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Retention>())
                     .with<r::Retention::Keep>(1)
                     .with<r::Retention::Code>((s.intent[kRetention] - 500) / 10)
                     .with<r::Retention::Delay>(400));
    plan.want(s,
              bus::modify(s.get<r::Arbitration>()).with<r::Arbitration::Policy>(2).with<r::Arbitration::Patience>(48));
    plan.want(s, bus::modify(s.get<r::Timing>())
                     .with<r::Timing::Read>(s.intent[kReadClocks])
                     .with<r::Timing::Write>(s.intent[kReadClocks] - 1)
                     .with<r::Timing::Wake>(12));
    plan.want(s, bus::modify(s.get<r::Ecc>())
                     .with<r::Ecc::WriteBack>(1)
                     .with<r::Ecc::Patrol>(s.intent[kPatrol])
                     .with<r::Ecc::Threshold>(16));
    plan.want(s, bus::Value<r::Interrupts>((s.get<r::Interrupts>().word() & ~r::Interrupts::kPlain) |
                                           (s.intent[kInterrupts] & r::Interrupts::kPlain)));
}

/// What decides whether content is valid; only while the memory serves nobody.
void content(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Banks>()).with<r::Banks::Powered>(s.intent[kBanks]));
    plan.want(s, bus::modify(s.get<r::Ecc>()).with<r::Ecc::Mode>(s.intent[kEccMode]));
}

/// The log is cleared when what it says is seen to be kept. True if it is.
bool keep_errors(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t log = s.get<r::EccLog>().word() & r::EccKept::Kinds::kMask;
    const std::uint32_t kept = log | s.get<r::EccKept>(0).word() | s.get<r::EccKept>(1).word();
    for (std::uint32_t k = 0; k < r::EccKept::kCount; ++k) {
        plan.want(s, bus::modify(s.get<r::EccKept>(k)).with<r::EccKept::Kinds>(kept), k);
    }
    if (kept != s.get<r::EccKept>(0).word() || kept != s.get<r::EccKept>(1).word()) {
        plan.read_back<r::EccKept>(0, r::EccKept::kCount);
        return false;
    }
    if (log != 0) plan.write(bus::Value<r::EccLog>(log));
    return true;
}

bus::Value<r::Ctrl> serving(const converge::Situation& s, bool on) {
    return bus::modify(s.get<r::Ctrl>())
        .with<r::Ctrl::Enable>(on ? 1 : 0)
        .with<r::Ctrl::Interleave>(3)
        .with<r::Ctrl::Doze>(1);
}

/// With the memory serving nobody: power, mode, partitions; then fill what isn't valid, and nothing else. What the plan
/// holds already goes along with the next act.
void bring_up(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    if (status.get<r::Status::Filling>() != 0) {
        if (plan.act_if_any("keep errors and clear their log")) return;
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "banks are being filled");
        return plan.broken("the fill does not end");
    }
    const std::size_t others = plan.items().size();
    content(s, plan);
    if (plan.items().size() != others) return plan.act_disruptively("power the banks, set the check bits");
    partitions(s, plan);
    const std::uint32_t missing = s.intent[kBanks] & ~s.get<r::Filled>().get<r::Filled::Banks>();
    if (missing != 0) {
        plan.write(bus::Value<r::Fill>(0).with<r::Fill::Banks>(missing));
        return plan.act_disruptively("share the banks out and fill them", r::Status::kLatencyUs);
    }
    plan.write(serving(s, true));
    plan.act_disruptively("serve the engines from valid banks", r::Status::kLatencyUs);
}

}  // namespace

// Banks and check bits first, then only those banks are filled whose content isn't valid in this mode: what a bank
// holds may be a customer's. The log is kept before it is cleared.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const bool on = s.get<r::Ctrl>().get<r::Ctrl::Enable>() != 0;

    if (s.intent[kEnabled] == 0) {
        if (on) plan.write(serving(s, false));
        return on ? plan.act_disruptively("switch the memory off, as intended") : plan.off();
    }
    surroundings(s, plan);
    if (plan.act_if_any("set times and retention")) return;
    const bool kept = keep_errors(s, plan);
    if (!on && kept) return bring_up(s, plan);  // the log is cleared along with its next act
    if (plan.act_if_any("keep errors and clear their log")) return;
    content(s, plan);
    const bool ready = status.get<r::Status::Ready>() != 0;
    const bool missing = (s.intent[kBanks] & ~s.get<r::Filled>().get<r::Filled::Banks>()) != 0;
    if (!plan.items().empty() || missing || (!ready && status.get<r::Status::Starting>() == 0)) {
        plan.clear();
        plan.write(serving(s, false));
        return plan.act_disruptively("stop serving: banks or their content aren't as intended");
    }
    partitions(s, plan);
    plan.want(s, serving(s, true));
    if (!plan.items().empty()) return plan.act_disruptively("share the banks out anew");
    if (!ready) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "memory is starting");
        plan.write(serving(s, false));
        return plan.broken("the memory does not start");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"enabled", "bool", 0, 1, 1, "0 leaves the memory switched off"},
    {"banks", "1", 1, 65535, 0xFFFF, "banks of 1 MiB that can be used, one bit each"},
    {"ecc_mode", "1", 0, 3, 2, "0 none, 1 parity, 2 correct single errors, 3 correct double errors"},
    {"patrol_seconds_log2", "1", 0, 15, 10, "everything is read once in 2^n seconds"},
    {"tensor_kib", "KiB", 0, 16368, 8192, "share of the tensor engine, in steps of 16"},
    {"vector_kib", "KiB", 0, 16368, 2048, "share of the vector engine, in steps of 16"},
    {"scalar_kib", "KiB", 0, 16368, 1024, "share of the scalar engine, in steps of 16"},
    {"gpsimd_kib", "KiB", 0, 16368, 4096, "share of the general-purpose SIMD engine, in steps of 16"},
    {"dma_kib", "KiB", 0, 16368, 1024, "share of the DMA engines, read by all, in steps of 16"},
    {"retention_mv", "mV", 500, 1130, 620, "voltage while the engines sleep, in steps of 10"},
    {"read_clocks", "1", 1, 15, 4, "clocks to read"},
    {"interrupts", "1", 0, 7, 7, "1 uncorrectable errors, 2 too many corrected ones, 4 access violations"},
    {"errors_kept", "bool", 1, 1, 1, "every ECC error is in the log or kept; none is lost"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::sram
