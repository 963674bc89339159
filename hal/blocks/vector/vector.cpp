#include "hal/blocks/vector/vector.hpp"

#include "hal/registers/vector.hpp"

namespace hal::blocks::vector {

namespace r = hal::registers::vector;

namespace {

constexpr std::uint32_t kEntries = 16, kActivations = 4;

/// f((entry - 8) / 2), Q15.16, for the activation functions in the order of the intent's numbers, from 1.
constexpr std::uint32_t kTables[kActivations][kEntries] = {
    {0xFFFFFFF8, 0xFFFFFFCB, 0xFFFFFEF7, 0xFFFFFC07, 0xFFFFF45A, 0xFFFFE659, 0xFFFFD762, 0xFFFFD882, 0x00000000,
     0x00005882, 0x0000D762, 0x00016659, 0x0001F45A, 0x00027C07, 0x0002FEF7, 0x00037FCB},  // gelu
    {0xFFFFED95, 0xFFFFE5BC, 0xFFFFDB94, 0xFFFFCF73, 0xFFFFC2F8, 0xFFFFB9F3, 0xFFFFBB27, 0xFFFFCFAD, 0x00000000,
     0x00004FAD, 0x0000BB27, 0x000139F3, 0x0001C2F8, 0x00024F73, 0x0002DB94, 0x000365BC},  // silu
    {0xFFFF002C, 0xFFFF0077, 0xFFFF0144, 0xFFFF036D, 0xFFFF0935, 0xFFFF1848, 0xFFFF3D08, 0xFFFF89B3, 0x00000000,
     0x0000764D, 0x0000C2F8, 0x0000E7B8, 0x0000F6CB, 0x0000FC93, 0x0000FEBC, 0x0000FF89},  // tanh
    {0x0000049B, 0x00000781, 0x00000C24, 0x0000136B, 0x00001E84, 0x00002EB3, 0x000044D9, 0x000060A7, 0x00008000,
     0x00009F59, 0x0000BB27, 0x0000D14D, 0x0000E17C, 0x0000EC95, 0x0000F3DC, 0x0000F87F},  // sigmoid
};

constexpr std::uint32_t digest(const std::uint32_t* table) {
    std::uint32_t hash = 2166136261u;
    for (std::uint32_t k = 0; k < kEntries; ++k) {
        for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((table[k] >> shift) & 0xFFu)) * 16777619u;
    }
    return hash;
}

const std::uint32_t* table(const converge::Situation& s) {
    const std::uint32_t activation = s.intent[kActivation];
    return kTables[activation == 0 || activation > kActivations ? 0 : activation - 1];
}

/// What hardware ignores while the engine is enabled.
void locked_while_enabled(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t width = s.intent[kLaneBits] >= 64 ? 2 : s.intent[kLaneBits] >= 32 ? 1 : 0;
    plan.want(s, bus::modify(s.get<r::Lanes>())
                     .with<r::Lanes::InUse>(s.intent[kLanes])
                     .with<r::Lanes::Width>(width)
                     .with<r::Lanes::Tree>(4));
    plan.want(s, bus::Value<r::Formats>((s.get<r::Formats>().word() & ~r::Formats::kPlain) |
                                        (s.intent[kFormats] & r::Formats::kPlain)));
    if (s.get<r::LutDigest>().word() == digest(table(s))) return;
    // Where an earlier writer died is unknown: always from the first entry on.
    plan.write(bus::Value<r::LutPointer>(0).with<r::LutPointer::Entry>(0));
    plan.burst<r::LutData>(table(s), kEntries);
}

void always(const converge::Situation& s, converge::Plan& plan) {
    plan.want(
        s,
        bus::modify(s.get<r::Rounding>()).with<r::Rounding::Mode>(s.intent[kRoundingMode]).with<r::Rounding::Flush>(1));
    plan.want(s, bus::Value<r::ExceptionMask>((s.get<r::ExceptionMask>().word() & ~r::ExceptionMask::kPlain) |
                                              (s.intent[kExceptionMask] & r::ExceptionMask::kPlain)));
    plan.want(s, bus::modify(s.get<r::LutUse>())
                     .with<r::LutUse::Interpolate>(1)
                     .with<r::LutUse::Above>(1)
                     .with<r::LutUse::Below>(0)
                     .with<r::LutUse::Function>(s.intent[kActivation]));
    plan.want(s, bus::modify(s.get<r::WindowBase>()).with<r::WindowBase::Base>(s.intent[kWindowBase]));
    plan.want(s, bus::modify(s.get<r::WindowLength>()).with<r::WindowLength::Length>(s.intent[kWindowLength]));
    plan.want(s, bus::modify(s.get<r::Arbitration>())
                     .with<r::Arbitration::Priority>(s.intent[kPriority])
                     .with<r::Arbitration::Credits>(24));
    plan.want(s, bus::modify(s.get<r::Prefetch>())
                     .with<r::Prefetch::Streams>(8)
                     .with<r::Prefetch::Distance>(s.intent[kPrefetchLines]));
    plan.want(s, bus::modify(s.get<r::Timeout>()).with<r::Timeout::Kiloclocks>(s.intent[kTimeout]));
}

}  // namespace

// What may change live is kept right at any time. Lanes, formats and table need a disabled engine: off, write, on. The
// table is believed by the digest of what it holds, never by the number in lut_use.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const bool on = s.get<r::Ctrl>().get<r::Ctrl::Enable>() != 0;
    const auto off =
        bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(0).with<r::Ctrl::Chaining>(1).with<r::Ctrl::GateIdle>(1);

    if (s.intent[kEnabled] == 0) {
        if (on) plan.write(off);
        return on ? plan.act_disruptively("switch the engine off, as intended") : plan.off();
    }
    always(s, plan);
    if (!on) {
        locked_while_enabled(s, plan);
        plan.write(off.with<r::Ctrl::Enable>(1));
        return plan.act_disruptively("load the table and start the lanes", r::Status::kLatencyUs);
    }
    if (plan.act_if_any("set window, rounding and exceptions")) return;
    locked_while_enabled(s, plan);
    const bool differs = !plan.items().empty();
    const bool starting = status.get<r::Status::Starting>() != 0, ready = status.get<r::Status::Ready>() != 0;
    if (differs || (!ready && !starting)) {
        plan.clear();
        plan.write(off);
        return plan.act_disruptively("stop the engine: it has another table or shape, or does not run");
    }
    if (!ready) {
        if (s.waited_us < r::Status::kLatencyMaxUs)
            return plan.wait(r::Status::kLatencyUs, "register file is being cleared");
        plan.write(off);
        return plan.broken("the engine does not become ready");
    }
    if (status.get<r::Status::Torn>() != 0) plan.write(bus::modify(status).with<r::Status::Torn>(1));
    if (s.get<r::Exceptions>().word() != 0) plan.write(s.get<r::Exceptions>());
    plan.want(s, off.with<r::Ctrl::Enable>(1));
    if (!plan.act_if_any("clear old exceptions, set the mode")) plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"enabled", "bool", 0, 1, 1, "0 leaves the engine switched off"},
    {"lanes", "1", 1, 64, 64, "lanes in use"},
    {"lane_bits", "bit", 16, 64, 32, "width of a lane: 16, 32 or 64"},
    {"formats", "1", 1, 15, 0x0B, "formats, one bit each, as in the register"},
    {"rounding_mode", "1", 0, 3, 1, "0 nearest even, 1 towards 0, 2 up, 3 down"},
    {"exception_mask", "1", 0, 15, 0x07, "exceptions that interrupt, one bit each, as in the register"},
    {"activation", "1", 1, kActivations, 2, "1 gelu, 2 silu, 3 tanh, 4 sigmoid"},
    {"window_base_kib", "KiB", 0, 65535, 8192, "where its window begins in the core's SRAM"},
    {"window_kib", "KiB", 1, 65535, 2048, "length of the window"},
    {"priority", "1", 0, 7, 5, "SRAM priority, 7 is highest"},
    {"prefetch_lines", "1", 0, 63, 20, "lines fetched ahead"},
    {"timeout_kiloclocks", "1", 0, 65535, 5000, "longest instruction, thousands of clocks; 0 for any"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::vector
