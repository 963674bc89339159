#include "hal/registers/hbm_ctrl.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::hbm_ctrl;

namespace {

constexpr std::uint32_t kSleepUs = 5, kWakeUs = 20;

bool ready(const Chip& chip, Instance i) {
    return chip.get<r::Status::Live>(i) != 0 && chip.get<r::Status::InitDone>(i) != 0 &&
           chip.get<r::Status::Sleeping>(i) == 0;
}

bool output(const Chip& chip, Instance i) {
    return ready(chip, i) && chip.get<r::Ctrl::Open>(i) != 0 && chip.parents_good(i);
}

void stop(Chip& chip, Instance i) {
    chip.set_reg<r::Status>(i, 0);
    chip.set_reg<r::MoveTimer>(i, 0);
    for (std::uint32_t k = 0; k < r::MrImage::kCount; ++k) chip.set_reg<r::MrImage>(i, 0, k);
}

// Goes where the mode says, one transition at a time; without a PHY there is no clock for the DRAM.
void follow(Chip& chip, Instance i) {
    if (chip.get<r::Ctrl::Init>(i) == 0 || !chip.parents_good(i)) return stop(chip, i);
    if (chip.reg<r::MoveTimer>(i) != 0) return;
    const bool sleep = chip.get<r::Ctrl::SelfRefresh>(i) != 0, sleeping = chip.get<r::Status::Sleeping>(i) != 0;
    if (chip.get<r::Status::Live>(i) == 0 && !sleeping) {
        stop(chip, i);
        chip.set<r::Status::Live>(i, 1);
        chip.set_reg<r::MoveTimer>(i, r::Status::kLatencyUs);
    } else if (sleep && !sleeping && chip.get<r::Status::InitDone>(i) != 0) {
        chip.set_reg<r::MoveTimer>(i, kSleepUs);
    } else if (!sleep && sleeping) {
        chip.set<r::Status::Live>(i, 1);
        chip.set_reg<r::MoveTimer>(i, kWakeUs);
    }
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    if (chip.get<r::Status::InitDone>(i) == 0) {
        chip.set<r::Status::InitDone>(i, 1);
    } else if (chip.get<r::Status::Sleeping>(i) != 0) {
        chip.set<r::Status::Sleeping>(i, 0);
    } else {
        chip.set<r::Status::Sleeping>(i, 1);
        chip.set<r::Status::Live>(i, 0);
    }
    follow(chip, i);
}

// The command takes what was written for it; a claim in between has thrown a dead owner's half away.
void send_mode(Chip& chip, Instance i, std::uint32_t word) {
    const bool fresh = chip.reg<r::Fresh>(i) == (r::Fresh::Index::kMask | r::Fresh::Data::kMask);
    chip.set_reg<r::Fresh>(i, 0);
    if (!fresh) {
        chip.set<r::ErrorStatus::BadCommand>(i, 1);
        return chip.violate(i, word, "mode register command without fresh index and data");
    }
    if (!ready(chip, i)) return chip.violate(i, word, "mode register command to a DRAM that isn't running");
    if (chip.get<r::Ctrl::Open>(i) != 0) chip.violate(i, word, "mode register command under an open data path");
    chip.set<r::MrImage::Held>(i, chip.get<r::MrData::Content>(i), chip.get<r::MrIndex::ModeRegister>(i));
    const std::uint32_t count = chip.get<r::Statistics::Commands>(i);
    if (count < r::Statistics::Commands::kMax) chip.set<r::Statistics::Commands>(i, count + 1);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::MrIndex::kIndex) chip.set<r::Fresh::Index>(i, 1);
    if (word == r::MrData::kIndex) chip.set<r::Fresh::Data>(i, 1);
    if (word == r::MrGo::kIndex && (value & r::MrGo::Go::kMask) != 0) send_mode(chip, i, word);
    if (word != r::Ctrl::kIndex) return;
    const bool opened = (old & r::Ctrl::Open::kMask) == 0 && chip.get<r::Ctrl::Open>(i) != 0;
    if (opened && !ready(chip, i)) chip.violate(i, word, "data path opened over a DRAM that isn't running");
    const bool asleep = (old & r::Ctrl::SelfRefresh::kMask) == 0 && chip.get<r::Ctrl::SelfRefresh>(i) != 0;
    if (asleep && chip.get<r::Ctrl::Open>(i) != 0) chip.violate(i, word, "self-refresh under an open data path");
    follow(chip, i);
}

void inputs_changed(Chip& chip, Instance i) { follow(chip, i); }

// What is under way is told by the countdown, not kept.
std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    return (stored & ~r::Status::Moving::kMask) | (chip.reg<r::MoveTimer>(i) != 0 ? r::Status::Moving::kMask : 0);
}

void claimed(Chip& chip, Instance i) { chip.set_reg<r::Fresh>(i, 0); }

// --- measures

/// Long enough for the DRAM, and not a clock longer.
template <typename F>
bool meets(const Chip& chip, Instance i, std::uint64_t ps) {
    const std::uint64_t clocks = chip.get<F>(i), mbps = chip.get<r::Clock::Mbps>(i);
    return clocks != 0 && clocks * 4'000'000 >= ps * mbps && (clocks - 1) * 4'000'000 < ps * mbps;
}

bool rows_in_time(const Chip& chip, Instance i) {
    return meets<r::Trcd::Read>(chip, i, 14'000) && meets<r::Trcd::Write>(chip, i, 10'000) &&
           meets<r::Trp::OneBank>(chip, i, 14'000) && meets<r::Trp::AllBanks>(chip, i, 16'000) &&
           meets<r::Tras::Clocks>(chip, i, 33'000) && meets<r::Trc::Clocks>(chip, i, 47'000) &&
           meets<r::Trrd::Far>(chip, i, 2'500) && meets<r::Trrd::Near>(chip, i, 4'000) &&
           meets<r::Tfaw::Clocks>(chip, i, 16'000);
}

bool columns_in_time(const Chip& chip, Instance i) {
    return meets<r::Tccd::Far>(chip, i, 1'250) && meets<r::Tccd::Near>(chip, i, 2'500) &&
           meets<r::Tccd::Rank>(chip, i, 4'200) && meets<r::Twr::Clocks>(chip, i, 15'000) &&
           meets<r::Twtr::Far>(chip, i, 2'600) && meets<r::Twtr::Near>(chip, i, 7'500) &&
           meets<r::Trtp::Clocks>(chip, i, 4'800) && meets<r::Tlat::Read>(chip, i, 18'000) &&
           meets<r::Tlat::Write>(chip, i, 9'000) && meets<r::Tturn::ToWrite>(chip, i, 5'000) &&
           meets<r::Tturn::ToRead>(chip, i, 6'200);
}

bool refreshed_in_time(const Chip& chip, Instance i) {
    const std::uint64_t interval = std::uint64_t{chip.get<r::Trefi::Clocks>(i)} * 4'000'000;
    const std::uint64_t limit = std::uint64_t{3'900'000} * chip.get<r::Clock::Mbps>(i);
    return interval <= limit && interval + 4'000'000 > limit && meets<r::Trfc::AllBanks>(chip, i, 350'000) &&
           meets<r::Trfc::OneBank>(chip, i, 200'000) && meets<r::Txp::Clocks>(chip, i, 7'500) &&
           meets<r::Txs::Clocks>(chip, i, 360'000) && meets<r::Tmod::Clocks>(chip, i, 15'000) &&
           meets<r::Tcke::Clocks>(chip, i, 7'000);
}

std::uint32_t held(const Chip& chip, Instance i, std::uint32_t number) { return chip.get<r::MrImage::Held>(i, number); }

// Controller and DRAM have to mean the same by latency, write recovery, ECC and refresh.
bool agreed(const Chip& chip, Instance i) {
    return held(chip, i, 2) >> 2 == chip.get<r::Tlat::Read>(i) &&
           held(chip, i, 3) >> 2 == chip.get<r::Tlat::Write>(i) && (held(chip, i, 2) & held(chip, i, 3) & 3) == 1 &&
           held(chip, i, 4) == chip.get<r::Twr::Clocks>(i) &&
           (held(chip, i, 5) == 0x13) == (chip.get<r::Ecc::Mode>(i) != 0) &&
           held(chip, i, 6) == (0x80u | chip.get<r::Refresh::PerBank>(i)) && held(chip, i, 7) == 0x46 &&
           held(chip, i, 8) == 0x0B;
}

std::uint64_t data_rate_mbps(const Chip& chip, Instance i) {
    const bool works = output(chip, i) && rows_in_time(chip, i) && columns_in_time(chip, i) &&
                       refreshed_in_time(chip, i) && agreed(chip, i);
    return works ? chip.get<r::Clock::Mbps>(i) : 0;
}

// Walks up the address bits until one of them moves to another bank group; 0 if two places share an address.
std::uint64_t interleave_shift(const Chip& chip, Instance i) {
    const std::uint32_t group = chip.get<r::Map::GroupLsb>(i), bank = chip.get<r::Map::BankLsb>(i),
                        row = chip.get<r::Map::RowLsb>(i);
    std::uint64_t lowest = 0;
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
        const bool moves_group = bit >= group && bit < group + 2, moves_bank = bit >= bank && bit < bank + 2;
        const int moved = (moves_group ? 1 : 0) + (moves_bank ? 1 : 0) + (bit >= row ? 1 : 0);
        if (moved > 1 || (moved == 0 && lowest != 0)) return 0;
        if (moved == 1 && lowest == 0) lowest = moves_group ? bit : 32;
    }
    return lowest;
}

std::uint64_t ecc_mode(const Chip& chip, Instance i) { return chip.get<r::Ecc::Mode>(i); }
std::uint64_t refresh_per_bank(const Chip& chip, Instance i) { return chip.get<r::Refresh::PerBank>(i); }
std::uint64_t postponed_refreshes(const Chip& chip, Instance i) { return chip.get<r::Refresh::Postpone>(i); }
std::uint64_t termination_divisor(const Chip& chip, Instance i) {
    return ready(chip, i) && (held(chip, i, 1) & 0xF) == 5 ? held(chip, i, 1) >> 4 : 0;
}
std::uint64_t scrub_hours(const Chip& chip, Instance i) {
    return chip.get<r::Scrub::Run>(i) == 0 ? 0 : chip.get<r::Scrub::Hours>(i);
}
std::uint64_t power_down_clocks(const Chip& chip, Instance i) { return chip.get<r::PowerDown::IdleClocks>(i); }

constexpr Measure kMeasures[] = {
    {"data_rate_mbps", data_rate_mbps},
    {"interleave_shift", interleave_shift},
    {"ecc_mode", ecc_mode},
    {"refresh_per_bank", refresh_per_bank},
    {"postponed_refreshes", postponed_refreshes},
    {"termination_divisor", termination_divisor},
    {"scrub_hours", scrub_hours},
    {"power_down_clocks", power_down_clocks},
};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.inputs_changed = inputs_changed;
    b.output = output;
    b.claimed = claimed;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_hbm_ctrl;
const Behaviour k_hbm_ctrl = make();

}  // namespace transports::model::blocks
