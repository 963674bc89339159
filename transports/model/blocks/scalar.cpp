#include "hal/registers/scalar.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::scalar;

namespace {

constexpr std::uint32_t kSweepUs = 20, kWatchdogUnitUs = 16;

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Ready>(i) != 0; }
bool unused(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Enable>(i) == 0; }

// An armed watchdog runs down unless firmware runs, which feeds it in time.
void follow_watchdog(Chip& chip, Instance i) {
    const bool starving = chip.get<r::Watchdog::Arm>(i) != 0 && !output(chip, i) && chip.get<r::Status::Bitten>(i) == 0;
    if (!starving) return chip.set_reg<r::WatchdogTimer>(i, 0);
    if (chip.reg<r::WatchdogTimer>(i) != 0) return;
    const std::uint32_t us = chip.get<r::Watchdog::Timeout>(i) * kWatchdogUnitUs;
    chip.set_reg<r::WatchdogTimer>(i, us == 0 ? kWatchdogUnitUs : us);
}

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Ready>(i, 0);
    chip.set_reg<r::StartTimer>(i, 0);
}

/// Starts when it is enabled and no sweep is under way; a sweep that runs is waited for.
void start(Chip& chip, Instance i) {
    stop(chip, i);
    if (chip.reg<r::SweepTimer>(i) != 0 || chip.get<r::Status::Bitten>(i) != 0) return;
    if (chip.get<r::Status::Clean>(i) == 0) {
        chip.violate(i, r::Ctrl::kIndex, "started on a cache that is not clean");
        chip.set<r::Status::Astray>(i, 1);
        return;
    }
    chip.set_reg<r::StartTimer>(i, r::Status::kLatencyUs);
}

void sweep(Chip& chip, Instance i) {
    if (chip.get<r::Ctrl::Enable>(i) != 0 && output(chip, i)) {
        chip.violate(i, r::IcacheCommand::kIndex, "cache swept under running firmware");
        if (chip.traffic_running()) chip.disturb(i, "instruction cache lost under traffic");
    }
    const bool twice = chip.reg<r::SweepTimer>(i) != 0;
    if (twice) chip.violate(i, r::IcacheCommand::kIndex, "second sweep while one runs");
    chip.set<r::SweepState::Twice>(i, twice ? 1 : 0);
    chip.set<r::Status::Clean>(i, 0);
    chip.set_reg<r::SweepTimer>(i, kSweepUs);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    const bool moved = chip.word(i, word) != old;
    if (moved && (word == r::ProgramBase::kIndex || word == r::Icache::kIndex)) {
        chip.set<r::Status::Clean>(i, 0);
        if (chip.reg<r::SweepTimer>(i) != 0) chip.set<r::SweepState::Twice>(i, 1);  // half swept in the old shape
    }
    if (word == r::IcacheCommand::kIndex && (value & r::IcacheCommand::Invalidate::kMask) != 0) sweep(chip, i);
    if (word == r::Ctrl::kIndex) {
        const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
        if (!was && is) {
            chip.set<r::SweepState::Ran>(i, 0);
            start(chip, i);
        }
        if (!is) {
            stop(chip, i);
            chip.set<r::Status::Astray>(i, 0);
        }
    }
    if (word == r::Watchdog::kIndex && !chip.upset_strikes)
        chip.set<r::SweepState::Armed>(i, chip.get<r::Watchdog::Arm>(i));
    follow_watchdog(chip, i);
}

void bite(Chip& chip, Instance i) {
    chip.set<r::Status::Bitten>(i, 1);
    stop(chip, i);
    if (chip.get<r::SweepState::Ran>(i) != 0 || chip.get<r::SweepState::Armed>(i) == 0) return;
    for (std::uint32_t k = 0; k < r::History::kCount; ++k) chip.set<r::History::BittenEarly>(i, 1, k);
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    const bool on = chip.get<r::Ctrl::Enable>(i) != 0;
    if (word == r::SweepTimer::kIndex) {
        if (chip.get<r::SweepState::Twice>(i) == 0) chip.set<r::Status::Clean>(i, 1);
        chip.set<r::SweepState::Twice>(i, 0);
        if (on && !output(chip, i)) start(chip, i);
    } else if (word == r::WatchdogTimer::kIndex) {
        if (chip.get<r::Watchdog::Arm>(i) != 0 && !output(chip, i)) bite(chip, i);
    } else if (on && chip.get<r::Status::Astray>(i) == 0 && chip.get<r::Status::Bitten>(i) == 0) {
        chip.set<r::Status::Ready>(i, 1);
        chip.set<r::SweepState::Ran>(i, 1);
    }
    follow_watchdog(chip, i);
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    const bool sweeping = chip.reg<r::SweepTimer>(i) != 0;
    const bool on = chip.get<r::Ctrl::Enable>(i) != 0;
    const bool starting = chip.reg<r::StartTimer>(i) != 0 || (sweeping && on && !output(chip, i));
    stored &= ~(r::Status::Sweeping::kMask | r::Status::Starting::kMask);
    return stored | (sweeping ? r::Status::Sweeping::kMask : 0) | (starting ? r::Status::Starting::kMask : 0);
}

std::uint64_t enabled(const Chip& chip, Instance i) {
    if (output(chip, i)) return 1;
    return chip.get<r::Ctrl::Enable>(i) == 0 ? 0 : 2;
}
template <typename F>
std::uint64_t while_ready(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<F>(i) : 0;
}
std::uint64_t cache_ways(const Chip& chip, Instance i) {
    return output(chip, i) && chip.get<r::Icache::On>(i) != 0 ? chip.get<r::Icache::Ways>(i) + 1 : 0;
}
/// How long firmware may be silent before it is stopped; 0: for ever.
std::uint64_t watchdog_us(const Chip& chip, Instance i) {
    const bool guards = output(chip, i) && chip.get<r::Watchdog::Arm>(i) != 0;
    return guards ? chip.get<r::Watchdog::Timeout>(i) * kWatchdogUnitUs : 0;
}
std::uint64_t watchdog_quiet(const Chip& chip, Instance i) {
    return chip.get<r::History::BittenEarly>(i, 0) != 0 && chip.get<r::History::BittenEarly>(i, 1) != 0 ? 0 : 1;
}
/// Asks every engine's firmware who it is: each has to know its own place.
std::uint64_t ranked(const Chip& chip, Instance i) {
    const hal::converge::InstanceRow& row = chip.layout().chip.instances[i];
    const std::uint32_t rank = chip.get<r::BootArgument::Rank>(i);
    return output(chip, i) && rank % 65536 == row.index && rank / 65536 == row.count ? 1 : 0;
}

constexpr Measure kMeasures[] = {
    {"enabled", enabled},
    {"program_page", while_ready<r::ProgramBase::Page>},
    {"program_pages", while_ready<r::ProgramLength::Pages>},
    {"cache_ways", cache_ways},
    {"watchdog_us", watchdog_us},
    {"watchdog_quiet", watchdog_quiet},
    {"stack_top_kib", while_ready<r::Stack::Top>},
    {"stack_kib", while_ready<r::Stack::Length>},
    {"interrupt_sources", while_ready<r::Interrupts::Sources>},
    {"data_base_kib", while_ready<r::DataBase::Base>},
    {"data_kib", while_ready<r::DataLength::Length>},
    {"trap_page", while_ready<r::Trap::Page>},
    {"ranked", ranked},
};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.output = output;
    b.unused = unused;
    b.measures = kMeasures;
    b.unstoppable = true;
    return b;
}

}  // namespace

extern const Behaviour k_scalar;
const Behaviour k_scalar = make();

}  // namespace transports::model::blocks
