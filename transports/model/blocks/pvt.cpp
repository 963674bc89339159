#include "hal/registers/pvt.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::pvt;

namespace {

constexpr std::uint32_t kConvertUs = 60;
constexpr std::uint32_t kHot = 1, kCold = 2, kOver = 4, kUnder = 8;

std::int64_t spot(const Chip& chip, Instance i) { return chip.layout().chip.instances[i].index; }

// The real world, and what the sensing elements make of it: steps of 250 m°C, 250 µV and 0.5 permille from their own
// zero. Every spot of the die is a little different.
std::int64_t true_milli(const Chip& chip, Instance i) { return 61'000 + spot(chip, i) % 8 * 1500; }
std::int64_t true_mv(const Chip&, Instance) { return 750; }
std::int64_t true_permille(const Chip& chip, Instance i) { return 985 + spot(chip, i) % 5 * 6; }

std::int64_t raw_temperature(const Chip& chip, Instance i, std::int64_t milli) {
    return (milli + (70 + spot(chip, i) % 4) * 1000) / 250;
}
std::int64_t raw_voltage(const Chip& chip, Instance i, std::int64_t mv) {
    return (mv - 400 - spot(chip, i) % 8) * 1000 / 250;
}
std::int64_t raw_process(const Chip& chip, Instance i) {
    return (true_permille(chip, i) - 600 - spot(chip, i) % 16) * 1000 / 500;
}

std::int64_t slope(const Chip& chip, Instance i, std::uint32_t k) { return chip.reg<r::Live>(i, k) & 0xFFFF; }
std::int64_t offset(const Chip& chip, Instance i, std::uint32_t k) { return chip.reg<r::Live>(i, k) >> 16; }

std::int64_t converted_milli(const Chip& chip, Instance i, std::int64_t milli) {
    return raw_temperature(chip, i, milli) * slope(chip, i, 0) - offset(chip, i, 0) * 1000;
}
std::int64_t converted_mv(const Chip& chip, Instance i, std::int64_t mv) {
    return raw_voltage(chip, i, mv) * slope(chip, i, 1) / 1000 + offset(chip, i, 1);
}

bool differs(const Chip& chip, Instance i) {
    for (std::uint32_t k = 0; k < r::Live::kCount; ++k) {
        if (chip.reg<r::Live>(i, k) != chip.word(i, r::CalTemperature::kIndex + k)) return true;
    }
    return false;
}

/// The limits that a spot of this temperature and voltage exceeds, as the sensor sees it.
std::uint32_t exceeded(const Chip& chip, Instance i, std::int64_t milli, std::int64_t mv) {
    const std::int64_t seen_milli = converted_milli(chip, i, milli), seen_mv = converted_mv(chip, i, mv);
    const std::int64_t low_c = std::int64_t{chip.get<r::LimitTemperature::LowC>(i)} - 64;
    std::uint32_t bits = 0;
    if (seen_milli >= std::int64_t{chip.get<r::LimitTemperature::HighC>(i)} * 1000) bits |= kHot;
    if (seen_milli <= low_c * 1000) bits |= kCold;
    if (seen_mv >= chip.get<r::LimitVoltage::HighMv>(i)) bits |= kOver;
    if (seen_mv <= chip.get<r::LimitVoltage::LowMv>(i)) bits |= kUnder;
    return bits;
}

bool ready(const Chip& chip, Instance i) {
    return chip.get<r::Ctrl::Enable>(i) != 0 && chip.reg<r::ConvertTimer>(i) == 0;
}

// Nothing in this world is too hot: whatever raises an alarm is a sensor that isn't set up, and it throttles the chip.
void follow(Chip& chip, Instance i, std::uint32_t word) {
    const std::uint32_t now = ready(chip, i) ? exceeded(chip, i, true_milli(chip, i), true_mv(chip, i)) : 0;
    const std::uint32_t raised = now & chip.get<r::AlarmEnable::Source>(i) & ~chip.get<r::Alarm::Source>(i);
    chip.set<r::Alarm::Source>(i, chip.get<r::Alarm::Source>(i) | raised);
    if (raised == 0) return;
    chip.violate(i, word, "false alarm");
    if (chip.traffic_running()) chip.disturb(i, "throttled by a false alarm");
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::Command::kIndex && (value & r::Command::Apply::kMask) != 0) {
        chip.set_reg<r::ApplyTimer>(i, r::Status::kLatencyUs);
    }
    if (word == r::Ctrl::kIndex) {
        const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
        if (was != is) chip.set_reg<r::ConvertTimer>(i, is ? kConvertUs : 0);
    }
    follow(chip, i, word);
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    if (word == r::ApplyTimer::kIndex) {
        for (std::uint32_t k = 0; k < r::Live::kCount; ++k) {
            chip.set_reg<r::Live>(i, chip.word(i, r::CalTemperature::kIndex + k), k);
        }
    }
    follow(chip, i, word);
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word == r::Status::kIndex) {
        const std::uint32_t applying = chip.reg<r::ApplyTimer>(i) != 0 ? r::Status::Applying::kMask : 0;
        const std::uint32_t differing = differs(chip, i) ? r::Status::Differs::kMask : 0;
        const std::uint32_t converting = ready(chip, i) ? r::Status::Ready::kMask : 0;
        const std::uint32_t now =
            ready(chip, i) ? exceeded(chip, i, true_milli(chip, i), true_mv(chip, i)) << r::Status::Exceeded::kLsb : 0;
        return applying | differing | converting | now;
    }
    if (!ready(chip, i)) return stored;
    std::int64_t reading = stored;
    if (word == r::Temperature::kIndex) reading = converted_milli(chip, i, true_milli(chip, i));
    if (word == r::Voltage::kIndex) reading = converted_mv(chip, i, true_mv(chip, i));
    if (word == r::Process::kIndex) reading = raw_process(chip, i) * slope(chip, i, 2) / 1000 + offset(chip, i, 2);
    return static_cast<std::uint32_t>(reading);
}

// --- measures: the limits are found by heating and feeding the spot until the alarm's condition comes, degree by
// degree and millivolt by millivolt; 9999 if it never does.
constexpr std::uint64_t kNever = 9999;

template <std::uint32_t kBit>
std::uint64_t limit(const Chip& chip, Instance i) {
    const bool rising = kBit == kHot || kBit == kOver, volts = kBit == kOver || kBit == kUnder;
    const std::int64_t top = volts ? 1400 : 150;
    if (!ready(chip, i)) return kNever;
    for (std::int64_t n = 0; n <= top; ++n) {
        const std::int64_t at = rising ? n : top - n;
        const std::int64_t milli = volts ? 60'000 : at * 1000, mv = volts ? at : 750;
        if ((exceeded(chip, i, milli, mv) & kBit) != 0) return static_cast<std::uint64_t>(at);
    }
    return kNever;
}

std::uint64_t period_us(const Chip& chip, Instance i) {
    return ready(chip, i) ? chip.get<r::Sampling::PeriodUs>(i) : 0;
}
std::uint64_t average(const Chip& chip, Instance i) { return chip.get<r::Sampling::Average>(i); }

/// Alarms that would throttle the chip, and none that does so already.
std::uint64_t alarms(const Chip& chip, Instance i) {
    const bool quiet = ready(chip, i) && chip.get<r::Alarm::Source>(i) == 0;
    return quiet ? chip.get<r::AlarmEnable::Source>(i) : 99;
}

constexpr Measure kMeasures[] = {{"period_us", period_us}, {"average", average},      {"high_c", limit<kHot>},
                                 {"low_c", limit<kCold>},  {"high_mv", limit<kOver>}, {"low_mv", limit<kUnder>},
                                 {"alarms", alarms}};

// The spot gets hotter than its limit for a moment.
bool befall(Chip& chip, Instance i, Event event) {
    const bool enabled = (chip.get<r::AlarmEnable::Source>(i) & kHot) != 0;
    if (event != Event::alarm || !ready(chip, i) || !enabled) return false;
    chip.set<r::Alarm::Source>(i, chip.get<r::Alarm::Source>(i) | kHot);
    return true;
}

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.measures = kMeasures;
    b.unstoppable = true;
    b.befall = befall;
    return b;
}

}  // namespace

extern const Behaviour k_pvt;
const Behaviour k_pvt = make();

}  // namespace transports::model::blocks
