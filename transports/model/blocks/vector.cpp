#include "hal/registers/vector.hpp"

#include <cmath>

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::vector;

namespace {

constexpr std::uint32_t kEntries = r::Lut::kCount;

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Ready>(i) != 0; }
bool unused(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Enable>(i) == 0; }

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::Ctrl::kIndex) {
        const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
        if (was != is) {
            chip.set<r::Status::Ready>(i, 0);
            chip.set_reg<r::StartTimer>(i, is ? r::Status::kLatencyUs : 0);
        }
    }
    if (word == r::LutPointer::kIndex) {
        for (std::uint32_t k = 0; k < kEntries; ++k) chip.set_reg<r::Lut>(i, 0, k);
    } else if (word == r::LutData::kIndex) {
        const std::uint32_t entry = chip.get<r::LutPointer::Entry>(i);
        chip.set_reg<r::Lut>(i, value, entry);
        chip.set_reg<r::LutData>(i, 0);
        chip.set<r::LutPointer::Entry>(i, (entry + 1) % kEntries);
    } else {
        return;
    }
    // Lanes that look up between two writes see half of each table.
    if (chip.get<r::Ctrl::Enable>(i) == 0) return;
    chip.set<r::Status::Torn>(i, 1);
    chip.violate(i, word, "table written while it is in use");
    if (chip.traffic_running()) chip.disturb(i, "table torn under traffic");
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    if (chip.get<r::Ctrl::Enable>(i) != 0) chip.set<r::Status::Ready>(i, 1);
}

std::uint32_t fnv(const Chip& chip, Instance i) {
    std::uint32_t hash = 0x811C9DC5u;
    for (std::uint32_t byte = 0; byte < 4 * kEntries; ++byte) {
        hash ^= (chip.reg<r::Lut>(i, byte / 4) >> (8 * (byte % 4))) & 0xFFu;
        hash *= 0x01000193u;
    }
    return hash;
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word == r::LutDigest::kIndex) return fnv(chip, i);
    if (word != r::Status::kIndex) return stored;
    const bool starting = chip.reg<r::StartTimer>(i) != 0;
    return (stored & ~r::Status::Starting::kMask) | (starting ? r::Status::Starting::kMask : 0);
}

std::uint64_t enabled(const Chip& chip, Instance i) {
    if (output(chip, i)) return 1;
    return chip.get<r::Ctrl::Enable>(i) == 0 ? 0 : 2;
}
template <typename F>
std::uint64_t while_ready(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<F>(i) : 0;
}
template <typename R>
std::uint64_t bits(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.reg<R>(i) & R::kPlain : 0;
}
std::uint64_t lane_bits(const Chip& chip, Instance i) {
    return output(chip, i) ? std::uint64_t{16} << chip.get<r::Lanes::Width>(i) : 0;
}

double activation_of(std::uint32_t number, double x) {
    switch (number) {
        case 1: return x * std::erfc(-x / std::sqrt(2.0)) / 2;
        case 2: return x / (1 + std::exp(-x));
        case 3: return std::tanh(x);
        default: return 1 / (1 + std::exp(-x));
    }
}

/// Looks every entry up and finds the function that gives the same everywhere.
std::uint64_t activation(const Chip& chip, Instance i) {
    if (!output(chip, i)) return 0;
    for (std::uint32_t number = 1; number <= 4; ++number) {
        bool same = true;
        for (std::uint32_t k = 0; k < kEntries; ++k) {
            const double y = static_cast<std::int32_t>(chip.reg<r::Lut>(i, k)) / 65536.0;
            same = same && std::fabs(y - activation_of(number, (static_cast<double>(k) - 8) / 2)) < 1.0 / 65536;
        }
        if (same) return number;
    }
    return 0;
}

constexpr Measure kMeasures[] = {
    {"enabled", enabled},
    {"lanes", while_ready<r::Lanes::InUse>},
    {"lane_bits", lane_bits},
    {"formats", bits<r::Formats>},
    {"rounding_mode", while_ready<r::Rounding::Mode>},
    {"exception_mask", bits<r::ExceptionMask>},
    {"activation", activation},
    {"window_base_kib", while_ready<r::WindowBase::Base>},
    {"window_kib", while_ready<r::WindowLength::Length>},
    {"priority", while_ready<r::Arbitration::Priority>},
    {"prefetch_lines", while_ready<r::Prefetch::Distance>},
    {"timeout_kiloclocks", while_ready<r::Timeout::Kiloclocks>},
};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.output = output;
    b.unused = unused;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_vector;
const Behaviour k_vector = make();

}  // namespace transports::model::blocks
