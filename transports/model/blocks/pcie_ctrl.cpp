#include "hal/registers/pcie_ctrl.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::pcie_ctrl;
using Ltssm = r::Status::Ltssm;

namespace {

constexpr std::uint32_t kDetectUs = 50, kPollingUs = 100, kConfigurationUs = 100, kRecoveryUs = 400;
static_assert(kDetectUs + kPollingUs + kConfigurationUs + kRecoveryUs == r::Status::kLatencyUs, "the way to L0");

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::LinkUp>(i) != 0; }

void enter(Chip& chip, Instance i, std::uint32_t state, std::uint32_t us) {
    chip.set<Ltssm>(i, state);
    chip.set<r::Status::LinkUp>(i, state == Ltssm::kL0 ? 1 : 0);
    chip.set_reg<r::LinkTimer>(i, us);
}

// The partner is an x16 Gen5 root port: it grants what is asked for within that.
void enter_configuration(Chip& chip, Instance i) {
    const std::uint32_t width = chip.get<r::LinkTarget::Width>(i);
    chip.set<r::Negotiated::AskedWidth>(i, width);
    chip.set<r::Negotiated::Width>(i, width > 16 ? 16 : width);
    enter(chip, i, Ltssm::kConfiguration, kConfigurationUs);
}

void enter_recovery(Chip& chip, Instance i) {
    const std::uint32_t speed = chip.get<r::LinkTarget::Speed>(i);
    chip.set<r::Negotiated::AskedSpeed>(i, speed);
    chip.set<r::Negotiated::Speed>(i, speed > 5 ? 5 : speed == 0 ? 1 : speed);
    enter(chip, i, Ltssm::kRecovery, kRecoveryUs);
}

void follow(Chip& chip, Instance i) {
    const bool may = chip.get<r::Ctrl::PerstRelease>(i) != 0 && chip.get<r::Ctrl::LinkEnable>(i) != 0;
    if (!may || !chip.parents_good(i)) {
        enter(chip, i, Ltssm::kOff, 0);
        chip.set_reg<r::Negotiated>(i, 0);
    } else if (chip.get<Ltssm>(i) == Ltssm::kOff) {
        enter(chip, i, Ltssm::kDetect, kDetectUs);
    }
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    switch (chip.get<Ltssm>(i)) {
        case Ltssm::kDetect: return enter(chip, i, Ltssm::kPolling, kPollingUs);
        case Ltssm::kPolling: return enter_configuration(chip, i);
        case Ltssm::kConfiguration: return enter_recovery(chip, i);
        case Ltssm::kRecovery: return enter(chip, i, Ltssm::kL0, 0);
        default: return;
    }
}

// Asked to retrain in L0 the link agrees on its speed again; on its way there it must not be asked, and starts over.
void retrain(Chip& chip, Instance i, std::uint32_t word) {
    const std::uint32_t state = chip.get<Ltssm>(i);
    if (state == Ltssm::kL0) return enter_recovery(chip, i);
    chip.violate(i, word, "retrain asked of a link that is not up");
    if (state != Ltssm::kOff) enter(chip, i, Ltssm::kDetect, kDetectUs);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::LinkCommand::kIndex && (value & r::LinkCommand::Retrain::kMask) != 0) retrain(chip, i, word);
    if (word == r::ErrorStatus::kIndex && chip.reg<r::ErrorStatus>(i) != old) {
        if (chip.get<r::ErrorLog::Saved>(i) == 0) chip.violate(i, word, "errors cleared before the host has them");
        if (chip.reg<r::ErrorStatus>(i) == 0) {
            for (std::uint32_t k = 0; k < r::ErrorPacket::kCount; ++k) chip.set_reg<r::ErrorPacket>(i, 0, k);
            chip.set<r::ErrorLog::Saved>(i, 0);
        }
    }
    if (word == r::Ctrl::kIndex) follow(chip, i);
}

void inputs_changed(Chip& chip, Instance i) { follow(chip, i); }

// What is under way is told by the countdown, not kept.
std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    return (stored & ~r::Status::Moving::kMask) | (chip.reg<r::LinkTimer>(i) != 0 ? r::Status::Moving::kMask : 0);
}

// --- measures

std::uint64_t speed_gen(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<r::Negotiated::Speed>(i) : 0;
}
std::uint64_t width(const Chip& chip, Instance i) { return output(chip, i) ? chip.get<r::Negotiated::Width>(i) : 0; }

// What the host finds: it writes all ones to a BAR and counts the bits that stay clear; a wide one takes the next.
std::uint64_t found(const Chip& chip, Instance i, std::uint32_t bar) {
    const std::uint32_t size = chip.get<r::Bar::SizeLog2>(i, bar);
    const bool wide = chip.get<r::Bar::Wide>(i, bar) != 0;
    if (!output(chip, i) || size == 0) return 0;
    if (!wide && size > 31) return 0;
    if (wide && (bar + 1 >= r::Bar::kCount || chip.get<r::Bar::SizeLog2>(i, bar + 1) != 0)) return 0;
    const std::uint64_t answer = ~((std::uint64_t{1} << size) - 1);
    std::uint64_t n = 0;
    while ((answer >> n & 1) == 0) ++n;
    return n;
}
std::uint64_t memory_log2(const Chip& chip, Instance i) {
    return chip.get<r::Bar::Prefetchable>(i, 0) == 0 ? 0 : found(chip, i, 0);
}
std::uint64_t doorbell_log2(const Chip& chip, Instance i) {
    return chip.get<r::Bar::Prefetchable>(i, 2) != 0 ? 0 : found(chip, i, 2);
}
std::uint64_t payload_log2(const Chip& chip, Instance i) { return 7 + chip.get<r::Packets::Payload>(i); }
std::uint64_t vectors_log2(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<r::Msi::VectorsLog2>(i) : 255;
}
std::uint64_t completion_us(const Chip& chip, Instance i) { return chip.get<r::Completion::LimitUs>(i); }

constexpr Measure kMeasures[] = {
    {"speed_gen", speed_gen},         {"width", width},
    {"memory_log2", memory_log2},     {"doorbell_log2", doorbell_log2},
    {"payload_log2", payload_log2},   {"vectors_log2", vectors_log2},
    {"completion_us", completion_us},
};

// The link goes through recovery and comes back.
bool befall(Chip& chip, Instance i, Event event) {
    if (event != Event::link_lost || !output(chip, i)) return false;
    chip.set<r::ErrorStatus::Fatal>(i, 1);
    enter(chip, i, Ltssm::kDetect, kDetectUs);
    return true;
}

void host_writes(Chip& chip, Instance i, std::uint32_t phase) {
    chip.set<r::Command::BusMaster>(i, phase != 0 ? 1 : 0);
    if (chip.reg<r::ErrorStatus>(i) != 0) chip.set<r::ErrorLog::Saved>(i, 1);
}

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.inputs_changed = inputs_changed;
    b.output = output;
    b.measures = kMeasures;
    b.befall = befall;
    b.host_writes = host_writes;
    return b;
}

}  // namespace

extern const Behaviour k_pcie_ctrl;
const Behaviour k_pcie_ctrl = make();

}  // namespace transports::model::blocks
