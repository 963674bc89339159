#include <algorithm>

#include "hal/registers/sram.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::sram;

namespace {

constexpr std::uint32_t kFillUs = r::Status::kLatencyUs, kStartUs = 20, kPartitions = r::Partition::kCount;
constexpr std::uint32_t kUnitKib = 16, kBankKib = 1024, kBanks = 16;

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Ready>(i) != 0; }
bool unused(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Enable>(i) == 0; }

template <typename F>
void log(Chip& chip, Instance i) {
    if (chip.get<F>(i) != 0) {
        chip.set<r::EccLog::Overflow>(i, 1);
    } else {
        chip.set<F>(i, 1);
    }
    for (std::uint32_t k = 0; k < r::EccRaised::kCount; ++k) {
        chip.set_reg<r::EccRaised>(i, chip.reg<r::EccRaised>(i, k) | F::kMask, k);
    }
}

void lose(Chip& chip, Instance i, std::uint32_t banks) {
    chip.set<r::Filled::Banks>(i, chip.get<r::Filled::Banks>(i) & ~banks);
    chip.set<r::FillState::Live>(i, chip.get<r::FillState::Live>(i) & ~banks);
    chip.set<r::FillState::Filling>(i, chip.get<r::FillState::Filling>(i) & ~banks);
}

void fill(Chip& chip, Instance i, std::uint32_t banks) {
    const std::uint32_t word = r::Fill::kIndex;
    if (chip.reg<r::FillTimer>(i) != 0) {
        chip.violate(i, word, "second fill while one runs");
        lose(chip, i, banks | chip.get<r::FillState::Filling>(i));
        return;
    }
    if ((banks & chip.get<r::Filled::Banks>(i) & chip.get<r::FillState::Live>(i)) != 0) {
        chip.violate(i, word, "live data filled with zeros");
        if (chip.traffic_running()) chip.disturb(i, "data wiped under traffic");
    }
    lose(chip, i, banks);
    chip.set<r::Status::Done>(i, 0);
    chip.set<r::FillState::Filling>(i, banks & chip.get<r::Banks::Powered>(i));
    chip.set_reg<r::FillTimer>(i, kFillUs);
}

void start(Chip& chip, Instance i) {
    const std::uint32_t unfilled = chip.get<r::Banks::Powered>(i) & ~chip.get<r::Filled::Banks>(i);
    if (chip.reg<r::FillTimer>(i) != 0) return;  // goes on when the fill is over
    if (unfilled != 0) {
        chip.violate(i, r::Ctrl::kIndex, "banks served that were never filled");
        log<r::EccLog::Unfilled>(chip, i);
    }
    chip.set_reg<r::StartTimer>(i, kStartUs);
}

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Ready>(i, 0);
    chip.set_reg<r::StartTimer>(i, 0);
}

bool valid(const Chip& chip, Instance i, std::uint32_t k) {
    return chip.get<r::PartitionUse::Valid>(i, k) != 0 && chip.get<r::Partition::Length>(i, k) != 0;
}

bool overlap(const Chip& chip, Instance i, std::uint32_t a, std::uint32_t b) {
    const std::uint32_t from_a = chip.get<r::Partition::Base>(i, a),
                        to_a = from_a + chip.get<r::Partition::Length>(i, a);
    const std::uint32_t from_b = chip.get<r::Partition::Base>(i, b),
                        to_b = from_b + chip.get<r::Partition::Length>(i, b);
    return valid(chip, i, a) && valid(chip, i, b) && from_a < to_b && from_b < to_a;
}

void partition_written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old) {
    const bool ranges = word >= r::Partition::kIndex && word < r::Partition::kIndex + kPartitions;
    const bool uses = word >= r::PartitionUse::kIndex && word < r::PartitionUse::kIndex + kPartitions;
    if (!ranges && !uses) return;
    const std::uint32_t k = word - (ranges ? r::Partition::kIndex : r::PartitionUse::kIndex);
    if (ranges && chip.word(i, word) != old && chip.get<r::PartitionUse::Valid>(i, k) != 0) {
        chip.violate(i, word, "valid partition moved");
    }
    for (std::uint32_t other = 0; other < kPartitions; ++other) {
        if (other != k && overlap(chip, i, k, other)) chip.violate(i, word, "two partitions overlap");
    }
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (word == r::Banks::kIndex) lose(chip, i, ~chip.get<r::Banks::Powered>(i));
    if (word == r::Ecc::kIndex && ((old ^ chip.reg<r::Ecc>(i)) & r::Ecc::Mode::kMask) != 0) lose(chip, i, 0xFFFF);
    if (word == r::Fill::kIndex) {
        const std::uint32_t banks = chip.get<r::Fill::Banks>(i);
        chip.set_reg<r::Fill>(i, 0);
        fill(chip, i, banks);
    }
    if (word == r::Ctrl::kIndex) {
        const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
        if (was != is) stop(chip, i);
        if (!was && is) start(chip, i);
    }
    partition_written(chip, i, word, old);
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    const bool on = chip.get<r::Ctrl::Enable>(i) != 0;
    if (word == r::StartTimer::kIndex) {
        if (!on) return;
        chip.set<r::Status::Ready>(i, 1);
        chip.set<r::FillState::Live>(i, chip.get<r::Banks::Powered>(i));  // engines write as soon as they can
        return;
    }
    const std::uint32_t banks = chip.get<r::FillState::Filling>(i);
    if (banks != 0) {
        log<r::EccLog::Invalid>(chip, i);  // power-on leaves random bits, and the fill reads before it writes
        chip.set<r::Filled::Banks>(i, chip.get<r::Filled::Banks>(i) | banks);
        chip.set<r::FillState::Filling>(i, 0);
        chip.set<r::Status::Done>(i, 1);
    }
    if (on && !output(chip, i) && chip.reg<r::StartTimer>(i) == 0) start(chip, i);
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    const bool filling = chip.reg<r::FillTimer>(i) != 0;
    const bool waits = filling && chip.get<r::Ctrl::Enable>(i) != 0 && !output(chip, i);
    stored &= ~(r::Status::Filling::kMask | r::Status::Starting::kMask);
    return stored | (filling ? r::Status::Filling::kMask : 0) |
           (chip.reg<r::StartTimer>(i) != 0 || waits ? r::Status::Starting::kMask : 0);
}

std::uint64_t enabled(const Chip& chip, Instance i) {
    if (output(chip, i)) return 1;
    return chip.get<r::Ctrl::Enable>(i) == 0 ? 0 : 2;
}
/// Banks that keep what is written to them and read back right.
std::uint32_t usable(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<r::Banks::Powered>(i) & chip.get<r::Filled::Banks>(i) : 0;
}
std::uint64_t banks(const Chip& chip, Instance i) { return usable(chip, i); }

/// Tries every stretch of memory, in which partitions and bank are the same, as engine `kOwner`: counts those where
/// exactly one partition lets it write into a usable bank.
template <std::uint32_t kOwner>
std::uint64_t share_kib(const Chip& chip, Instance i) {
    constexpr std::uint32_t kBankUnits = kBankKib / kUnitKib;
    const std::uint32_t banks = usable(chip, i);
    std::uint64_t units = 0;
    for (std::uint32_t unit = 0, past = 0; unit < kBanks * kBankUnits; unit = past) {
        past = unit - unit % kBankUnits + kBankUnits;
        std::uint32_t hits = 0, mine = 0;
        for (std::uint32_t k = 0; k < kPartitions; ++k) {
            const std::uint32_t from = chip.get<r::Partition::Base>(i, k);
            const std::uint32_t to = from + chip.get<r::Partition::Length>(i, k);
            if (!valid(chip, i, k) || unit >= to) continue;
            past = std::min(past, unit < from ? from : to);
            if (unit < from) continue;
            ++hits;
            mine += chip.get<r::PartitionUse::Owner>(i, k) == kOwner && chip.get<r::PartitionUse::Writable>(i, k) != 0;
        }
        if (hits == 1 && mine == 1 && (banks >> unit / kBankUnits & 1u) != 0) units += past - unit;
    }
    return units * kUnitKib;
}
template <typename F>
std::uint64_t while_ready(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<F>(i) : 0;
}
std::uint64_t retention_mv(const Chip& chip, Instance i) {
    return output(chip, i) && chip.get<r::Retention::Keep>(i) != 0 ? 500 + 10 * chip.get<r::Retention::Code>(i) : 0;
}
std::uint64_t interrupts(const Chip& chip, Instance i) { return output(chip, i) ? chip.reg<r::Interrupts>(i) : 0; }
std::uint64_t errors_kept(const Chip& chip, Instance i) {
    const std::uint32_t raised = chip.reg<r::EccRaised>(i, 0) & chip.reg<r::EccRaised>(i, 1);
    const std::uint32_t kept = chip.reg<r::EccKept>(i, 0) | chip.reg<r::EccKept>(i, 1);
    return (raised & ~(chip.reg<r::EccLog>(i) | kept)) == 0 ? 1 : 0;
}

constexpr Measure kMeasures[] = {
    {"enabled", enabled},
    {"banks", banks},
    {"ecc_mode", while_ready<r::Ecc::Mode>},
    {"patrol_seconds_log2", while_ready<r::Ecc::Patrol>},
    {"tensor_kib", share_kib<0>},
    {"vector_kib", share_kib<1>},
    {"scalar_kib", share_kib<2>},
    {"gpsimd_kib", share_kib<3>},
    {"dma_kib", share_kib<4>},
    {"retention_mv", retention_mv},
    {"read_clocks", while_ready<r::Timing::Read>},
    {"interrupts", interrupts},
    {"errors_kept", errors_kept},
};

bool befall(Chip& chip, Instance i, Event event) {
    if (event != Event::ecc_error || !output(chip, i)) return false;
    log<r::EccLog::Corrected>(chip, i);
    return true;
}

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.output = output;
    b.unused = unused;
    b.measures = kMeasures;
    b.unstoppable = true;
    b.befall = befall;
    return b;
}

}  // namespace

extern const Behaviour k_sram;
const Behaviour k_sram = make();

}  // namespace transports::model::blocks
