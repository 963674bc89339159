#include "hal/registers/hbm_phy.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::hbm_phy;

namespace {

constexpr std::uint64_t kNone = 0xFFFFFFFF;  // no intent has it
constexpr std::uint32_t kJitterPs = 30;

bool training(const Chip& chip, Instance i) { return chip.reg<r::TrainTimer>(i) != 0; }

bool output(const Chip& chip, Instance i) {
    return chip.get<r::Power::On>(i) != 0 && chip.get<r::TrainStatus::Trained>(i) != 0;
}

void forget_training(Chip& chip, Instance i) {
    chip.set<r::TrainStatus::Trained>(i, 0);
    chip.set<r::TrainStatus::Failed>(i, 0);
    chip.set_reg<r::TrainTimer>(i, 0);
    chip.set_reg<r::TrainedRate>(i, 0);
    chip.set_reg<r::TrainedConfig>(i, 0);
    for (std::uint32_t k = 0; k < r::Eye::kCount; ++k) chip.set_reg<r::Eye>(i, 0, k);
}

void power_off(Chip& chip, Instance i) {
    forget_training(chip, i);
    chip.set_reg<r::ZqStatus>(i, 0);
    chip.set_reg<r::ZqTimer>(i, 0);
    for (std::uint32_t k = 0; k < r::Applied::kCount; ++k) chip.set_reg<r::Applied>(i, 0, k);
}

// Unit interval less jitter; drivers and terminations that don't suit the interposer ring.
std::uint32_t eye_ps(const Chip& chip, Instance i, std::uint32_t lane, std::uint32_t mbps) {
    const auto off = [](std::uint32_t code, std::uint32_t ideal) { return code > ideal ? code - ideal : ideal - code; };
    const std::uint32_t jitter =
        kJitterPs + 12 * off(chip.get<r::Lane::Strength>(i, lane), 5) + 9 * off(chip.get<r::Lane::Odt>(i, lane), 3);
    const std::uint32_t interval = mbps == 0 ? 0 : 1'000'000 / mbps;
    return interval > jitter ? interval - jitter : 0;
}

std::uint32_t digest(const Chip& chip, Instance i) {
    std::uint32_t d = 0;
    const auto mix = [&d](std::uint32_t word) { d = ((d << 5) | (d >> 27)) ^ word; };
    mix(chip.reg<r::Rate>(i) & r::Rate::kPlain);
    mix(chip.reg<r::ZqStatus>(i) & r::ZqStatus::Ohm::kMask);
    mix(chip.reg<r::TrainSetup>(i) & r::TrainSetup::kPlain);
    for (std::uint32_t k = 0; k < r::Applied::kCount; ++k) mix(chip.reg<r::Applied>(i, k));
    for (std::uint32_t k = 0; k < r::Lane::kCount; ++k) mix(chip.reg<r::Lane>(i, k) & r::Lane::kPlain);
    return d;
}

// The result is that of the configuration in force at the end, and so is what is latched about it.
void finish_training(Chip& chip, Instance i) {
    const std::uint32_t mbps = chip.get<r::Rate::Mbps>(i);
    bool open = chip.get<r::ZqStatus::Calibrated>(i) != 0;
    for (std::uint32_t k = 0; k < r::Eye::kCount; ++k) {
        const std::uint32_t width = eye_ps(chip, i, k, mbps);
        chip.set<r::Eye::WidthPs>(i, width, k);
        chip.set<r::Eye::HeightMv>(i, width == 0 ? 0 : 60 + width, k);
        open = open && width >= 40;
    }
    chip.set<r::TrainStatus::Trained>(i, open ? 1 : 0);
    chip.set<r::TrainStatus::Failed>(i, open ? 0 : 1);
    chip.set<r::TrainedRate::TrainedMbps>(i, mbps);
    chip.set<r::TrainedConfig::Digest>(i, digest(chip, i));
    const std::uint32_t count = chip.get<r::Statistics::Trainings>(i);
    if (count < r::Statistics::Trainings::kMax) chip.set<r::Statistics::Trainings>(i, count + 1);
}

void command(Chip& chip, Instance i, std::uint32_t word, std::uint32_t value) {
    const bool on = chip.get<r::Power::On>(i) != 0;
    if (word == r::ZqCommand::kIndex && (value & r::ZqCommand::Calibrate::kMask) != 0 && on) {
        if (training(chip, i)) chip.violate(i, word, "impedance calibrated while lanes train");
        forget_training(chip, i);
        chip.set_reg<r::ZqStatus>(i, 0);
        chip.set_reg<r::ZqTimer>(i, r::ZqStatus::kLatencyUs);
    }
    if (word == r::RepairCommand::kIndex && (value & r::RepairCommand::Apply::kMask) != 0 && on) {
        if (training(chip, i)) chip.violate(i, word, "lanes switched over while they train");
        forget_training(chip, i);
        for (std::uint32_t k = 0; k < r::Applied::kCount; ++k) {
            chip.set_reg<r::Applied>(i, chip.reg<r::Repair>(i, k) & r::Repair::kPlain, k);
        }
    }
    if (word == r::TrainCommand::kIndex && (value & r::TrainCommand::Start::kMask) != 0 && on) {
        forget_training(chip, i);
        chip.set_reg<r::TrainTimer>(i, r::TrainStatus::kLatencyUs);
    }
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t, std::uint32_t value) {
    if (word == r::Power::kIndex && chip.get<r::Power::On>(i) == 0) power_off(chip, i);
    command(chip, i, word, value);
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    if (word == r::TrainTimer::kIndex) return finish_training(chip, i);
    chip.set<r::ZqStatus::Calibrated>(i, 1);
    chip.set<r::ZqStatus::Ohm>(i, chip.get<r::Zq::TargetOhm>(i));
}

// What is under way is told by the countdowns, not kept.
std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word == r::TrainStatus::kIndex) {
        return (stored & ~r::TrainStatus::Training::kMask) | (training(chip, i) ? r::TrainStatus::Training::kMask : 0);
    }
    if (word == r::ZqStatus::kIndex) {
        const bool busy = chip.reg<r::ZqTimer>(i) != 0;
        return (stored & ~r::ZqStatus::Busy::kMask) | (busy ? r::ZqStatus::Busy::kMask : 0);
    }
    return stored;
}

// --- measures

// The rate that was trained for, if the lanes are still those that were trained and nothing but jitter narrows the
// eyes.
std::uint64_t data_rate_mbps(const Chip& chip, Instance i) {
    if (!output(chip, i) || digest(chip, i) != chip.reg<r::TrainedConfig>(i)) return 0;
    const std::uint32_t mbps = chip.get<r::TrainedRate::TrainedMbps>(i);
    for (std::uint32_t k = 0; k < r::Eye::kCount; ++k) {
        if (eye_ps(chip, i, k, mbps) + kJitterPs != 1'000'000 / mbps) return 0;
    }
    return mbps;
}

std::uint64_t impedance_ohm(const Chip& chip, Instance i) {
    return chip.get<r::ZqStatus::Calibrated>(i) == 0 ? 0 : chip.get<r::ZqStatus::Ohm>(i);
}

std::uint64_t replaced(const Chip& chip, Instance i, std::uint32_t spare) {
    if (!output(chip, i)) return kNone;
    return chip.get<r::Applied::Used>(i, spare) == 0 ? 0 : chip.get<r::Applied::Replaced>(i, spare) + 1;
}
std::uint64_t repair_lane_0(const Chip& chip, Instance i) { return replaced(chip, i, 0); }
std::uint64_t repair_lane_1(const Chip& chip, Instance i) { return replaced(chip, i, 1); }

// The interposer's flight time plus the lane's delay; 0 unless all lanes agree.
std::uint64_t arrival_ps(const Chip& chip, Instance i) {
    const std::uint32_t stack = chip.layout().chip.instances[i].index;
    std::uint32_t common = 0;
    for (std::uint32_t k = 0; k < r::Lane::kCount; ++k) {
        const std::uint32_t flight = 200 + stack % 4 * 10 + k * 15;
        const std::uint32_t arrival = flight + chip.get<r::Lane::DelayPs>(i, k);
        if (k != 0 && arrival != common) return 0;
        common = arrival;
    }
    return common;
}

std::uint64_t vref_mv(const Chip& chip, Instance i) {
    for (std::uint32_t k = 1; k < r::Lane::kCount; ++k) {
        if (chip.get<r::Lane::Vref>(i, k) != chip.get<r::Lane::Vref>(i, 0)) return 0;
    }
    return 300 + chip.get<r::Lane::Vref>(i, 0);
}

std::uint64_t drift_limit_ps(const Chip& chip, Instance i) {
    return chip.get<r::Drift::Watch>(i) == 0 ? 0 : chip.get<r::Drift::LimitPs>(i);
}
std::uint64_t idle_ns(const Chip& chip, Instance i) { return chip.get<r::LowPower::IdleNs>(i); }

constexpr Measure kMeasures[] = {
    {"data_rate_mbps", data_rate_mbps}, {"impedance_ohm", impedance_ohm},
    {"repair_lane_0", repair_lane_0},   {"repair_lane_1", repair_lane_1},
    {"arrival_ps", arrival_ps},         {"vref_mv", vref_mv},
    {"drift_limit_ps", drift_limit_ps}, {"idle_ns", idle_ns},
};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.output = output;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_hbm_phy;
const Behaviour k_hbm_phy = make();

}  // namespace transports::model::blocks
