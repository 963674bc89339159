#include "hal/blocks/hbm_ctrl/hbm_ctrl.hpp"

#include "hal/registers/hbm_ctrl.hpp"

namespace hal::blocks::hbm_ctrl {

namespace r = hal::registers::hbm_ctrl;

namespace {

/// Clocks (of data rate / 4) that last at least `ps`.
constexpr std::uint32_t clocks(std::uint32_t ps, std::uint32_t mbps) {
    return static_cast<std::uint32_t>((std::uint64_t{ps} * mbps + 3'999'999) / 4'000'000);
}

void want_timings(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t mbps = s.intent[kDataRateMbps];
    const auto c = [mbps](std::uint32_t ps) { return clocks(ps, mbps); };
    using bus::modify;
    plan.want(s, modify(s.get<r::Clock>()).with<r::Clock::Mbps>(mbps));
    plan.want(s, modify(s.get<r::Trcd>()).with<r::Trcd::Read>(c(14'000)).with<r::Trcd::Write>(c(10'000)));
    plan.want(s, modify(s.get<r::Trp>()).with<r::Trp::OneBank>(c(14'000)).with<r::Trp::AllBanks>(c(16'000)));
    plan.want(s, modify(s.get<r::Tras>()).with<r::Tras::Clocks>(c(33'000)));
    plan.want(s, modify(s.get<r::Trc>()).with<r::Trc::Clocks>(c(47'000)));
    plan.want(s, modify(s.get<r::Trfc>()).with<r::Trfc::AllBanks>(c(350'000)).with<r::Trfc::OneBank>(c(200'000)));
    const auto refresh = static_cast<std::uint32_t>(std::uint64_t{3'900'000} * mbps / 4'000'000);  // at most
    plan.want(s, modify(s.get<r::Trefi>()).with<r::Trefi::Clocks>(refresh));
    plan.want(s, modify(s.get<r::Trrd>()).with<r::Trrd::Far>(c(2'500)).with<r::Trrd::Near>(c(4'000)));
    plan.want(s, modify(s.get<r::Tfaw>()).with<r::Tfaw::Clocks>(c(16'000)));
    plan.want(s, modify(s.get<r::Tccd>())
                     .with<r::Tccd::Far>(c(1'250))
                     .with<r::Tccd::Near>(c(2'500))
                     .with<r::Tccd::Rank>(c(4'200)));
    plan.want(s, modify(s.get<r::Twr>()).with<r::Twr::Clocks>(c(15'000)));
    plan.want(s, modify(s.get<r::Twtr>()).with<r::Twtr::Far>(c(2'600)).with<r::Twtr::Near>(c(7'500)));
    plan.want(s, modify(s.get<r::Trtp>()).with<r::Trtp::Clocks>(c(4'800)));
    plan.want(s, modify(s.get<r::Tlat>()).with<r::Tlat::Read>(c(18'000)).with<r::Tlat::Write>(c(9'000)));
    plan.want(s, modify(s.get<r::Txp>()).with<r::Txp::Clocks>(c(7'500)));
    plan.want(s, modify(s.get<r::Txs>()).with<r::Txs::Clocks>(c(360'000)));
    plan.want(s, modify(s.get<r::Tmod>()).with<r::Tmod::Clocks>(c(15'000)));
    plan.want(s, modify(s.get<r::Tcke>()).with<r::Tcke::Clocks>(c(7'000)));
    plan.want(s, modify(s.get<r::Tturn>()).with<r::Tturn::ToWrite>(c(5'000)).with<r::Tturn::ToRead>(c(6'200)));
}

/// Everything that is locked while the DRAM is clocked.
void want_locked(const converge::Situation& s, converge::Plan& plan) {
    want_timings(s, plan);
    const std::uint32_t group = s.intent[kInterleaveShift];
    plan.want(s, bus::modify(s.get<r::Map>())
                     .with<r::Map::GroupLsb>(group)
                     .with<r::Map::BankLsb>(group + 2)
                     .with<r::Map::RowLsb>(group + 4)
                     .with<r::Map::Hashed>(1));
    plan.want(s, bus::modify(s.get<r::Ecc>())
                     .with<r::Ecc::Mode>(s.intent[kEccMode])
                     .with<r::Ecc::Poison>(1)
                     .with<r::Ecc::WriteBack>(s.intent[kEccMode] == 2 ? 1 : 0));
    plan.want(s, bus::modify(s.get<r::Refresh>())
                     .with<r::Refresh::PerBank>(s.intent[kRefreshPerBank])
                     .with<r::Refresh::Postpone>(s.intent[kPostponedRefreshes])
                     .with<r::Refresh::DoubleHot>(1));
}

/// What may change at any time.
void want_free(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Scrub>()).with<r::Scrub::Run>(1).with<r::Scrub::Hours>(s.intent[kScrubHours]));
    plan.want(s, bus::modify(s.get<r::PowerDown>())
                     .with<r::PowerDown::IdleClocks>(s.intent[kPowerDownClocks])
                     .with<r::PowerDown::DeepUs>(2000));
    plan.want(s, bus::modify(s.get<r::Arbiter>()).with<r::Arbiter::RunLength>(16).with<r::Arbiter::Starve>(512));
}

/// Content of a mode register; all that this controller uses are 1..8.
constexpr std::uint32_t kFirstMode = 1, kLastMode = 8;
std::uint32_t mode(const converge::Situation& s, std::uint32_t number) {
    const std::uint32_t mbps = s.intent[kDataRateMbps];
    switch (number) {
        case 1: return s.intent[kTerminationDivisor] << 4 | 5;          // termination, driver
        case 2: return clocks(18'000, mbps) << 2 | 1;                   // read latency, its range
        case 3: return clocks(9'000, mbps) << 2 | 1;                    // write latency, its range
        case 4: return clocks(15'000, mbps);                            // write recovery
        case 5: return s.intent[kEccMode] == 0 ? 0x10u : 0x13u;         // parity; data mask off under ECC
        case 6: return s.intent[kRefreshPerBank] != 0 ? 0x81u : 0x80u;  // refresh
        case 7: return 0x46;                                            // reference voltage
        default: return 0x0B;                                           // bus inversion, strobe preamble
    }
}

/// Index and data are written for every command: what a dead predecessor left in them is worth nothing.
void program_modes(const converge::Situation& s, converge::Plan& plan) {
    for (std::uint32_t k = kFirstMode; k <= kLastMode; ++k) {
        if (s.get<r::MrImage>(k).get<r::MrImage::Held>() == mode(s, k)) continue;
        plan.write(bus::Value<r::MrIndex>(0).with<r::MrIndex::ModeRegister>(k));
        plan.write(bus::Value<r::MrData>(0).with<r::MrData::Content>(mode(s, k)));
        plan.write(bus::Value<r::MrGo>(0).with<r::MrGo::Go>(1));
    }
}

/// Initialises or wakes the DRAM with the intended timings; puts it to sleep first if they can't be written now.
void start(const converge::Situation& s, converge::Plan& plan) {
    const auto ctrl = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Init>(1).with<r::Ctrl::Open>(0);
    if (!plan.items().empty() && s.get<r::Status>().get<r::Status::Live>() != 0) {
        plan.clear();
        plan.write(ctrl.with<r::Ctrl::SelfRefresh>(1));
        return plan.act_disruptively("put the DRAM to sleep to change its timings", r::Status::kLatencyUs);
    }
    plan.write(ctrl.with<r::Ctrl::SelfRefresh>(0));
    plan.act_disruptively("set timings and address map and start the DRAM", r::Status::kLatencyUs);
}

}  // namespace

// Locked settings come first, while the DRAM isn't clocked; a running one is put to sleep for them, which keeps its
// contents. Then initialisation, mode registers under a shut data path, and the data path last. The image of the mode
// registers says which ones a predecessor got done.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto ctrl = s.get<r::Ctrl>();
    const auto status = s.get<r::Status>();
    want_free(s, plan);
    if (plan.act_if_any("set scrubbing, power-down and arbitration")) return;
    if (status.get<r::Status::Moving>() != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "DRAM is on its way");
        plan.write(bus::modify(ctrl).with<r::Ctrl::Init>(0).with<r::Ctrl::SelfRefresh>(0).with<r::Ctrl::Open>(0));
        return plan.broken("DRAM does not come up");
    }
    want_locked(s, plan);
    const bool awake = ctrl.get<r::Ctrl::Init>() != 0 && ctrl.get<r::Ctrl::SelfRefresh>() == 0 &&
                       status.get<r::Status::Live>() != 0 && status.get<r::Status::Sleeping>() == 0;
    if (!plan.items().empty() || !awake) return start(s, plan);
    if (status.get<r::Status::InitDone>() == 0) {
        plan.write(bus::modify(ctrl).with<r::Ctrl::Init>(0).with<r::Ctrl::Open>(0));
        plan.write(bus::modify(ctrl).with<r::Ctrl::Init>(1).with<r::Ctrl::Open>(0));
        return plan.act_disruptively("initialise a DRAM that has lost its state", r::Status::kLatencyUs);
    }
    program_modes(s, plan);
    if (!plan.items().empty() && ctrl.get<r::Ctrl::Open>() != 0) {
        plan.clear();
        plan.write(bus::modify(ctrl).with<r::Ctrl::Open>(0));
        return plan.act_disruptively("shut the data path to program mode registers");
    }
    if (ctrl.get<r::Ctrl::Open>() == 0) {
        plan.write(bus::modify(ctrl).with<r::Ctrl::Open>(1));
        return plan.act_disruptively("program mode registers and open the data path");
    }
    const auto errors = s.get<r::ErrorStatus>();
    if (errors.word() != 0) {
        plan.write(errors);
        return plan.act("acknowledge errors that are over");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"data_rate_mbps", "Mb/s", 3200, 8000, 6400, "data rate per pin that all timings are computed for"},
    {"interleave_shift", "1", 6, 12, 8, "bank groups change every 2^n bytes"},
    {"ecc_mode", "1", 0, 2, 2, "0 none, 1 detect, 2 correct"},
    {"refresh_per_bank", "bool", 0, 1, 1, "refresh bank by bank, so that the others go on"},
    {"postponed_refreshes", "1", 0, 8, 4, "refreshes that may be postponed"},
    {"termination_divisor", "1", 1, 7, 6, "the DRAM terminates with 240 ohm / n"},
    {"scrub_hours", "h", 1, 255, 12, "time in which the whole stack is scrubbed"},
    {"power_down_clocks", "1", 0, 4095, 64, "idle clocks before power-down; 0 is never"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::hbm_ctrl
