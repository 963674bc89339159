#include "hal/registers/dma.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::dma;

namespace {

constexpr std::uint64_t kBeatBytes = 64, kDescriptorBytes = 64, kPageBytes = 4096, kRoundTripUs = 1;

std::uint32_t number(const Chip& chip, Instance i) { return chip.layout().chip.instances[i].index; }

bool busy(const Chip& chip, Instance i) { return chip.get<r::Status::Idle>(i) == 0; }
bool held(const Chip& chip, Instance i) { return chip.get<r::Quiesce::Request>(i) != 0; }

bool output(const Chip& chip, Instance i) {
    return busy(chip, i) && !held(chip, i) && chip.get<r::Errors::DescriptorLost>(i) == 0 && chip.parents_good(i);
}

// A hold lets the engine work off what it has fetched; only then is it idle. A release starts it at once.
void follow(Chip& chip, Instance i) {
    if (chip.get<r::Control::Enable>(i) == 0) {
        chip.set<r::Status::Idle>(i, 1);
        chip.set_reg<r::DrainTimer>(i, 0);
    } else if (!held(chip, i)) {
        chip.set<r::Status::Idle>(i, 0);
        chip.set_reg<r::DrainTimer>(i, 0);
    } else if (busy(chip, i) && chip.reg<r::DrainTimer>(i) == 0) {
        chip.set_reg<r::DrainTimer>(i, r::Status::kLatencyUs);
    }
}

// Descriptors under way were cut for the old geometry: with a new one they go astray, and the engine stops.
void lose(Chip& chip, Instance i, std::uint32_t word, const char* how) {
    chip.violate(i, word, how);
    chip.set<r::Errors::DescriptorLost>(i, 1);
}

bool is_geometry(std::uint32_t word) {
    for (std::uint32_t ring = 0; ring < r::RingBase::kCount; ++ring) {
        if (word == r::RingBase::kIndex + ring * r::RingBase::kIndexStride) return true;
        if (word == r::RingSize::kIndex + ring * r::RingSize::kIndexStride) return true;
    }
    return word == r::Outstanding::kIndex || word == r::Burst::kIndex || word == r::Rate::kIndex ||
           word == r::Translation::kIndex || word == r::TableRoot::kIndex;
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (is_geometry(word) && busy(chip, i) && chip.word(i, word) != old) {
        lose(chip, i, word, "geometry moved while busy");
    }
    if (word == r::Control::kIndex && busy(chip, i) && chip.get<r::Control::Enable>(i) == 0 &&
        (old & r::Control::Enable::kMask) != 0) {
        lose(chip, i, word, "switched off while busy");
    }
    if (word == r::Errors::kIndex && chip.get<r::Control::Enable>(i) != 0 &&
        (old & r::Errors::DescriptorLost::kMask) != 0) {
        chip.set<r::Errors::DescriptorLost>(i, 1);
    }
    if (word == r::Doorbell::kIndex) chip.set_reg<r::Doorbell>(i, 0);
    follow(chip, i);
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    if (held(chip, i)) chip.set<r::Status::Idle>(i, 1);
}

/// Bytes per microsecond in one direction: what the governor lets pass and what the bursts in flight can carry.
std::uint64_t carried(const Chip& chip, Instance i, std::uint64_t bursts) {
    const std::uint64_t in_flight = bursts * (chip.get<r::Burst::Beats>(i) + 1) * kBeatBytes / kRoundTripUs;
    const std::uint64_t governed = chip.get<r::Rate::Mbps>(i);
    return in_flight < governed ? in_flight : governed;
}

std::uint64_t bandwidth_mbps(const Chip& chip, Instance i) {
    const std::uint64_t reads = carried(chip, i, chip.get<r::Outstanding::Reads>(i));
    const std::uint64_t writes = carried(chip, i, chip.get<r::Outstanding::Writes>(i));
    if (!output(chip, i)) return 0;
    return reads < writes ? reads : writes;
}

std::uint64_t burst_beats(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<r::Burst::Beats>(i) + 1 : 0;
}

std::uint64_t ring_bytes(const Chip& chip, Instance i, std::uint32_t ring) {
    return chip.get<r::RingSize::Entries>(i, ring) * kDescriptorBytes;
}

std::uint64_t ring_address(const Chip& chip, Instance i, std::uint32_t ring) {
    return chip.get<r::RingBase::Page>(i, ring) * kPageBytes;
}

// Every ring has its own quarter of a MiB; a ring that runs into the other one delivers nothing.
std::uint64_t ring_base_mib(const Chip& chip, Instance i) {
    const std::uint64_t reads = ring_address(chip, i, 0), writes = ring_address(chip, i, 1);
    const bool apart = reads + ring_bytes(chip, i, 0) <= writes || writes + ring_bytes(chip, i, 1) <= reads;
    const std::uint64_t below = std::uint64_t{number(chip, i)} << 19;
    const std::uint64_t lowest = reads < writes ? reads : writes;
    if (!output(chip, i) || !apart || lowest < below || (lowest - below) % (1u << 20) != 0) return 0;
    return (lowest - below) >> 20;
}

std::uint64_t ring_entries(const Chip& chip, Instance i) {
    const std::uint32_t entries = chip.get<r::RingSize::Entries>(i, 0);
    return output(chip, i) && entries == chip.get<r::RingSize::Entries>(i, 1) ? entries : 0;
}

// The context counts only with its own tables: 64 KiB each, from 4 GiB on.
std::uint64_t context(const Chip& chip, Instance i) {
    const std::uint64_t used = chip.get<r::Translation::Context>(i);
    const std::uint64_t tables = (std::uint64_t{1} << 32) + (used << 16);
    const bool translates =
        chip.get<r::Translation::Enable>(i) != 0 && chip.get<r::TableRoot::Page>(i) * kPageBytes == tables;
    return output(chip, i) && translates && used >= number(chip, i) ? used - number(chip, i) : 0;
}

std::uint64_t page_log2(const Chip& chip, Instance i) {
    const bool translates = chip.get<r::Translation::Enable>(i) != 0;
    return output(chip, i) && translates ? chip.get<r::Translation::PageLog2>(i) : 0;
}

std::uint64_t priority(const Chip& chip, Instance i) {
    constexpr std::uint64_t kMixed = 8;
    const std::uint32_t reads = chip.get<r::Qos::ReadPriority>(i);
    return output(chip, i) && reads == chip.get<r::Qos::WritePriority>(i) ? reads : kMixed;
}

std::uint64_t retries(const Chip& chip, Instance i) {
    constexpr std::uint64_t kSilent = 16;
    return output(chip, i) && chip.get<r::ErrorPolicy::Report>(i) != 0 ? chip.get<r::ErrorPolicy::Retries>(i) : kSilent;
}

std::uint64_t timeout_us(const Chip& chip, Instance i) { return output(chip, i) ? chip.get<r::Timeout::Us>(i) : 0; }

constexpr Measure kMeasures[] = {{"bandwidth_mbps", bandwidth_mbps},
                                 {"burst_beats", burst_beats},
                                 {"ring_base_mib", ring_base_mib},
                                 {"ring_entries", ring_entries},
                                 {"context", context},
                                 {"page_log2", page_log2},
                                 {"priority", priority},
                                 {"retries", retries},
                                 {"timeout_us", timeout_us}};

void host_writes(Chip& chip, Instance i, std::uint32_t phase) { chip.set<r::RingTail::Entry>(i, phase); }

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.output = output;
    b.measures = kMeasures;
    b.host_writes = host_writes;
    return b;
}

}  // namespace

extern const Behaviour k_dma;
const Behaviour k_dma = make();

}  // namespace transports::model::blocks
