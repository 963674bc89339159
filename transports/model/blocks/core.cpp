#include "hal/registers/core.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::core;

namespace {

constexpr std::uint32_t kRiseUs = r::Status::kLatencyUs, kDrainUs = 20, kResetUs = 20;

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Ready>(i) != 0; }

bool supplied(const Chip& chip, Instance i) {
    return chip.get<r::Power::Supply>(i) != 0 && chip.get<r::Status::FusedOff>(i) == 0;
}

template <typename F>
void log(Chip& chip, Instance i) {
    chip.set<F>(i, 1);
    for (std::uint32_t k = 0; k < r::MachineCheckRaised::kCount; ++k) {
        chip.set_reg<r::MachineCheckRaised>(i, chip.reg<r::MachineCheckRaised>(i, k) | F::kMask, k);
    }
}

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Ready>(i, 0);
    chip.set_reg<r::ResetTimer>(i, 0);
}

void corrupt(Chip& chip, Instance i, std::uint32_t word, const char* how) {
    chip.violate(i, word, how);
    chip.set<r::Status::Corrupted>(i, 1);
}

// Power first: a supply that changes its mind before the island has drained leaves charges behind.
void follow_power(Chip& chip, Instance i, bool was_supplied) {
    const bool is = supplied(chip, i), good = chip.get<r::Status::PowerGood>(i) != 0;
    if (is && !good && chip.reg<r::PowerTimer>(i) != 0 && !was_supplied) {
        corrupt(chip, i, r::Power::kIndex, "power switched on before the island has drained");
    }
    if (is && !good && (chip.reg<r::PowerTimer>(i) == 0 || !was_supplied)) chip.set_reg<r::PowerTimer>(i, kRiseUs);
    if (!is && (good || was_supplied)) {
        chip.set<r::Status::PowerGood>(i, 0);
        chip.set_reg<r::PowerTimer>(i, kDrainUs);
    }
}

void follow(Chip& chip, Instance i) {
    const bool clocked = chip.get<r::Status::PowerGood>(i) != 0 && chip.get<r::Isolation::Clamp>(i) == 0 &&
                         chip.get<r::LocalClock::Run>(i) != 0 && chip.get<r::LocalClock::Ratio>(i) != 0;
    chip.set<r::Status::Clocked>(i, clocked ? 1 : 0);
    const bool runs = clocked && chip.get<r::ResetControl::Release>(i) != 0 && chip.get<r::Status::Corrupted>(i) == 0;
    if (!runs) return stop(chip, i);
    if (chip.get<r::Status::Ready>(i) == 0 && chip.reg<r::ResetTimer>(i) == 0) chip.set_reg<r::ResetTimer>(i, kResetUs);
}

void half_written(Chip& chip, Instance i) {
    if (chip.get<r::VectorState::Latched>(i) != 0) return;
    if (chip.get<r::VectorState::Half>(i) == 0) return chip.set<r::VectorState::Half>(i, 1);
    chip.set<r::VectorState::Half>(i, 0);
    if (chip.get<r::Status::PowerGood>(i) == 0) return;  // the latches stand in the island
    chip.set<r::VectorState::Latched>(i, 1);
    chip.set_reg<r::VectorActiveLow>(i, chip.reg<r::VectorLow>(i));
    chip.set_reg<r::VectorActiveHigh>(i, chip.reg<r::VectorHigh>(i));
}

void opened(Chip& chip, Instance i) {
    if (chip.get<r::Status::PowerGood>(i) != 0) return;
    log<r::MachineCheck::Unpowered>(chip, i);
    corrupt(chip, i, r::Isolation::kIndex, "isolation opened before power is good");
}

void clock_started(Chip& chip, Instance i) {
    const bool safe = chip.get<r::Droop::Detect>(i) != 0 && chip.get<r::CurrentLimit::Enforce>(i) != 0;
    if (!safe) {
        log<r::MachineCheck::Droop>(chip, i);
        corrupt(chip, i, r::LocalClock::kIndex, "clock started without droop protection");
    }
    if (chip.get<r::Isolation::Clamp>(i) != 0) corrupt(chip, i, r::LocalClock::kIndex, "clock started into clamps");
}

void released(Chip& chip, Instance i) {
    if (chip.get<r::Status::Clocked>(i) == 0) {
        log<r::MachineCheck::Unclocked>(chip, i);
        corrupt(chip, i, r::ResetControl::kIndex, "reset released without a clock");
    }
    if (chip.get<r::VectorState::Latched>(i) == 0) {
        log<r::MachineCheck::Vector>(chip, i);
        corrupt(chip, i, r::ResetControl::kIndex, "core started without a boot vector");
    }
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    const std::uint32_t now = chip.word(i, word);
    const auto rose = [old, now](std::uint32_t mask) { return (old & mask) == 0 && (now & mask) != 0; };
    const auto fell = [old, now](std::uint32_t mask) { return (old & mask) != 0 && (now & mask) == 0; };
    bool was_supplied = supplied(chip, i);
    if (word == r::Power::kIndex) {
        was_supplied = (old & r::Power::Supply::kMask) != 0 && chip.get<r::Status::FusedOff>(i) == 0;
        if (fell(r::Power::Supply::kMask) && chip.get<r::Isolation::Clamp>(i) == 0) {
            chip.violate(i, word, "power cut behind open outputs");
        }
    }
    if (word == r::Isolation::kIndex && fell(r::Isolation::Clamp::kMask)) opened(chip, i);
    if (word == r::LocalClock::kIndex) {
        const std::uint32_t run = r::LocalClock::Run::kMask;
        if (rose(run)) clock_started(chip, i);
        if ((old & now & run) != 0 && ((old ^ now) & r::LocalClock::Ratio::kMask) != 0) {
            corrupt(chip, i, word, "ratio changed while the clock runs");
        }
    }
    if (word == r::ResetControl::kIndex && rose(r::ResetControl::Release::kMask)) released(chip, i);
    if (word == r::VectorLow::kIndex || word == r::VectorHigh::kIndex) half_written(chip, i);
    if (word == r::VectorState::kIndex && (value & r::VectorState::Abort::kMask) != 0) {
        chip.set<r::VectorState::Half>(i, 0);
    }
    follow_power(chip, i, was_supplied);
    follow(chip, i);
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    if (word == r::ResetTimer::kIndex) {
        chip.set<r::Status::Ready>(i, 1);
    } else if (supplied(chip, i)) {
        if (chip.get<r::Status::PowerGood>(i) == 0) log<r::MachineCheck::PowerUp>(chip, i);
        chip.set<r::Status::PowerGood>(i, 1);
    } else {
        chip.set<r::Status::PowerGood>(i, 0);
        chip.set<r::Status::Corrupted>(i, 0);
        chip.set<r::VectorState::Latched>(i, 0);
        chip.set_reg<r::VectorActiveLow>(i, 0);
        chip.set_reg<r::VectorActiveHigh>(i, 0);
    }
    follow(chip, i);
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    const bool moves = chip.reg<r::PowerTimer>(i) != 0 || chip.reg<r::ResetTimer>(i) != 0;
    return (stored & ~r::Status::Moving::kMask) | (moves ? r::Status::Moving::kMask : 0);
}

bool unused(const Chip& chip, Instance i) { return chip.get<r::Power::Supply>(i) == 0; }

bool runs(const Chip& chip, Instance i) { return output(chip, i) && chip.get<r::Status::Corrupted>(i) == 0; }
/// `content` of a running core; what a core that doesn't run has is nothing.
template <typename F>
std::uint64_t while_running(const Chip& chip, Instance i) {
    return runs(chip, i) ? chip.get<F>(i) : 0;
}

std::uint64_t enabled(const Chip& chip, Instance i) {
    if (runs(chip, i)) return 1;
    const bool dark = chip.get<r::Status::PowerGood>(i) == 0 && chip.reg<r::PowerTimer>(i) == 0 && !supplied(chip, i);
    return dark && (!chip.accessible(i) || chip.get<r::Isolation::Clamp>(i) != 0) ? 0 : 2;
}
std::uint64_t current_limit(const Chip& chip, Instance i) {
    return chip.get<r::CurrentLimit::Enforce>(i) == 0 ? 0 : while_running<r::CurrentLimit::Amperes>(chip, i);
}
std::uint64_t thermal_limit(const Chip& chip, Instance i) {
    // Without a way back the core would throttle for ever.
    const bool returns = chip.get<r::Thermal::ResumeC>(i) < chip.get<r::Thermal::LimitC>(i);
    return returns ? while_running<r::Thermal::LimitC>(chip, i) : 0;
}
std::uint64_t droop_threshold(const Chip& chip, Instance i) {
    return chip.get<r::Droop::Detect>(i) == 0 ? 0 : while_running<r::Droop::ThresholdMv>(chip, i);
}
std::uint64_t vector_low(const Chip& chip, Instance i) { return runs(chip, i) ? chip.reg<r::VectorActiveLow>(i) : 0; }
std::uint64_t vector_high(const Chip& chip, Instance i) { return runs(chip, i) ? chip.reg<r::VectorActiveHigh>(i) : 0; }

/// Raises the interrupt and looks whose it would be taken for.
std::uint64_t interrupt_delivered(const Chip& chip, Instance i) {
    if (!runs(chip, i) || chip.get<r::IrqRoute::Deliver>(i) == 0) return 0;
    const std::uint32_t where = r::IrqRoute::Line::kMask | r::IrqRoute::Aggregator::kMask;
    for (Instance other = 0; other < chip.layout().first_cell.size(); ++other) {
        const bool core = chip.layout().type[other] == chip.layout().type[i];
        if (!core || other == i || chip.get<r::IrqRoute::Deliver>(other) == 0) continue;
        if (((chip.reg<r::IrqRoute>(other) ^ chip.reg<r::IrqRoute>(i)) & where) == 0) return 0;
    }
    return 1;
}
std::uint64_t perf_event_base(const Chip& chip, Instance i) {
    const std::uint32_t base = chip.get<r::PerfSelect::Event>(i, 0);
    for (std::uint32_t k = 0; k < r::PerfSelect::kCount; ++k) {
        if (chip.get<r::PerfSelect::Counting>(i, k) == 0 || chip.get<r::PerfSelect::Event>(i, k) != base + k) return 0;
    }
    return runs(chip, i) ? base : 0;
}
std::uint64_t machine_checks_kept(const Chip& chip, Instance i) {
    const std::uint32_t raised = chip.reg<r::MachineCheckRaised>(i, 0) & chip.reg<r::MachineCheckRaised>(i, 1);
    const std::uint32_t kept = chip.reg<r::MachineCheckKept>(i, 0) | chip.reg<r::MachineCheckKept>(i, 1);
    return (raised & ~(chip.reg<r::MachineCheck>(i) | kept)) == 0 ? 1 : 0;
}

constexpr Measure kMeasures[] = {
    {"enabled", enabled},
    {"clock_ratio", while_running<r::LocalClock::Ratio>},
    {"current_limit_a", current_limit},
    {"throttle_skip", while_running<r::Throttle::Skip>},
    {"thermal_limit_c", thermal_limit},
    {"droop_threshold_mv", droop_threshold},
    {"droop_stretch", while_running<r::Droop::Stretch>},
    {"boot_vector_low", vector_low},
    {"boot_vector_high", vector_high},
    {"interrupt_severity", while_running<r::IrqRoute::Severity>},
    {"interrupt_delivered", interrupt_delivered},
    {"perf_event_base", perf_event_base},
    {"machine_checks_kept", machine_checks_kept},
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

extern const Behaviour k_core;
const Behaviour k_core = make();

}  // namespace transports::model::blocks
