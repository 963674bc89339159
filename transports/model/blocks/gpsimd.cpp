#include "hal/registers/gpsimd.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::gpsimd;

namespace {

constexpr std::uint32_t kFabricUs = 20, kLaunchUs = 20, kSubCores = r::Stack::kCount,
                        kSemaphores = r::Semaphore::kCount;

std::uint32_t running(const Chip& chip, Instance i) { return chip.get<r::Status::Running>(i); }
bool output(const Chip& chip, Instance i) { return running(chip, i) != 0 && chip.get<r::Status::Fabric>(i) != 0; }
bool unused(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Enable>(i) == 0; }

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Fabric>(i, 0);
    chip.set<r::Status::Running>(i, 0);
    chip.set<r::Status::Queued>(i, 0);
    chip.set_reg<r::FabricTimer>(i, 0);
    chip.set_reg<r::LaunchTimer>(i, 0);
}

void start_sub_cores(Chip& chip, Instance i, std::uint32_t mask) {
    if (chip.get<r::Status::Fabric>(i) == 0) return;
    const std::uint32_t again = mask & running(chip, i);
    if (again != 0) {
        chip.violate(i, r::Start::kIndex, "sub-core started while it runs");
        chip.set<r::Status::Restarted>(i, chip.get<r::Status::Restarted>(i) | again);
        if (chip.traffic_running()) chip.disturb(i, "sub-core restarted under traffic");
    }
    const std::uint32_t queued = chip.get<r::Status::Queued>(i) | (mask & ~running(chip, i));
    chip.set<r::Status::Queued>(i, queued);
    if (queued != 0 && chip.reg<r::LaunchTimer>(i) == 0) chip.set_reg<r::LaunchTimer>(i, kLaunchUs);
}

// The queued sub-cores start; the first of all take the semaphores as they are.
void launch(Chip& chip, Instance i) {
    const std::uint32_t queued = chip.get<r::Status::Queued>(i);
    if (queued == 0) return;
    if (running(chip, i) == 0) {
        std::uint32_t units = 0;
        for (std::uint32_t k = 0; k < kSemaphores; ++k) units |= chip.get<r::Semaphore::Units>(i, k) << (8 * k);
        for (std::uint32_t k = 0; k < r::Found::kCount; ++k) chip.set_reg<r::Found>(i, units, k);
    }
    chip.set<r::Status::Running>(i, running(chip, i) | queued);
    chip.set<r::Status::Queued>(i, 0);
}

void table_written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old) {
    const std::uint32_t first_entry = r::OpEntry::kIndex, first_control = r::OpControl::kIndex;
    if (word >= first_entry && word < first_entry + r::OpEntry::kCount && chip.word(i, word) != old) {
        if (chip.get<r::OpControl::Valid>(i, word - first_entry) == 0) return;
        chip.violate(i, word, "entry of a valid operation moved");
        if (chip.traffic_running()) chip.disturb(i, "operation torn under traffic");
    }
    if (word >= first_control && word < first_control + r::OpControl::kCount) {
        const bool withdrawn = (old & ~chip.word(i, word) & r::OpControl::Valid::kMask) != 0;
        if (withdrawn && running(chip, i) != 0 && chip.traffic_running())
            chip.disturb(i, "operation gone under traffic");
    }
    if (word >= r::Stack::kIndex && word < r::Stack::kIndex + kSubCores && chip.word(i, word) != old) {
        if ((running(chip, i) & (1u << (word - r::Stack::kIndex))) != 0)
            chip.violate(i, word, "stack of a running sub-core moved");
    }
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (word == r::Ctrl::kIndex) {
        const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
        if (was != is) stop(chip, i);
        if (!was && is) chip.set_reg<r::FabricTimer>(i, kFabricUs);
    }
    if (word == r::Start::kIndex) {
        const std::uint32_t mask = chip.get<r::Start::SubCores>(i);
        chip.set_reg<r::Start>(i, 0);
        start_sub_cores(chip, i, mask);
    }
    if (word == r::Stop::kIndex) {
        const std::uint32_t mask = chip.get<r::Stop::SubCores>(i);
        chip.set_reg<r::Stop>(i, 0);
        chip.set<r::Status::Running>(i, running(chip, i) & ~mask);
        chip.set<r::Status::Queued>(i, chip.get<r::Status::Queued>(i) & ~mask);
    }
    if (word >= r::Semaphore::kIndex && word < r::Semaphore::kIndex + kSemaphores && running(chip, i) != 0) {
        chip.violate(i, word, "semaphore written while sub-cores use it");
        if (chip.traffic_running()) chip.disturb(i, "semaphore overwritten under traffic");
    }
    table_written(chip, i, word, old);
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    if (chip.get<r::Ctrl::Enable>(i) == 0) return;
    if (word == r::FabricTimer::kIndex) {
        chip.set<r::Status::Fabric>(i, 1);
    } else if (chip.get<r::Status::Fabric>(i) != 0) {
        launch(chip, i);
    }
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word == r::Status::kIndex) {
        stored &= ~(r::Status::Starting::kMask | r::Status::Launching::kMask);
        return stored | (chip.reg<r::FabricTimer>(i) != 0 ? r::Status::Starting::kMask : 0) |
               (chip.reg<r::LaunchTimer>(i) != 0 ? r::Status::Launching::kMask : 0);
    }
    // Under traffic every running sub-core holds a unit of each semaphore.
    if (word < r::Semaphore::kIndex || word >= r::Semaphore::kIndex + kSemaphores || !chip.traffic_running())
        return stored;
    std::uint32_t held = 0;
    for (std::uint32_t rest = running(chip, i); rest != 0; rest &= rest - 1) ++held;
    return stored > held ? stored - held : 0;
}

std::uint64_t enabled(const Chip& chip, Instance i) {
    if (output(chip, i)) return 1;
    return chip.get<r::Ctrl::Enable>(i) == 0 ? 0 : 2;
}
/// Those that run and have a stack of their own.
std::uint64_t sub_cores(const Chip& chip, Instance i) {
    std::uint32_t fit = output(chip, i) ? running(chip, i) : 0;
    for (std::uint32_t a = 0; a < kSubCores; ++a) {
        const std::uint32_t begin = chip.get<r::Stack::Base>(i, a), end = begin + chip.get<r::Stack::Limit>(i, a);
        if (begin == end) fit &= ~(1u << a);
        for (std::uint32_t b = 0; b < kSubCores; ++b) {
            const std::uint32_t first = chip.get<r::Stack::Base>(i, b), last = first + chip.get<r::Stack::Limit>(i, b);
            if (a != b && begin < last && first < end) fit &= ~(1u << a);
        }
    }
    return fit;
}
/// The smallest stack that a running sub-core has.
std::uint64_t stack_kib(const Chip& chip, Instance i) {
    std::uint32_t smallest = 0;
    for (std::uint32_t k = 0; k < kSubCores && output(chip, i); ++k) {
        const std::uint32_t limit = chip.get<r::Stack::Limit>(i, k);
        if ((running(chip, i) & (1u << k)) != 0 && (smallest == 0 || limit < smallest)) smallest = limit;
    }
    return smallest;
}
/// Units that the firmware found in every semaphore when it started.
std::uint64_t semaphore_units(const Chip& chip, Instance i) {
    if (!output(chip, i)) return 0;
    const std::uint32_t a = chip.reg<r::Found>(i, 0), b = chip.reg<r::Found>(i, 1), c = chip.reg<r::Found>(i, 2);
    const std::uint32_t found = (a & b) | (a & c) | (b & c);
    const std::uint32_t units = found & 0xFFu;
    return found == units * 0x01010101u && chip.reg<r::SemaphoreCapacity>(i) == found ? units : 0;
}
/// Calls every opcode. The library's directory: operation k, opcode 0xC0 + k, begins at word 0x400 * (k + 1).
std::uint64_t operations(const Chip& chip, Instance i) {
    std::uint32_t right = 0;
    for (std::uint32_t opcode = 0xC0; opcode < 0xC0 + r::OpControl::kCount; ++opcode) {
        std::uint32_t found = 0;
        for (std::uint32_t k = 0; k < r::OpControl::kCount; ++k) {
            if (chip.get<r::OpControl::Valid>(i, k) == 0 || chip.get<r::OpControl::Opcode>(i, k) != opcode) continue;
            found += chip.get<r::OpEntry::Word>(i, k) == 0x400 * (opcode - 0xC0 + 1) ? 1 : 2;
        }
        if (found == 1) ++right;
        if (found > 1) return 0xFF;  // somebody's call goes astray
    }
    return output(chip, i) ? right : 0xFE;
}
std::uint64_t firmware_version(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.reg<r::FirmwareVersion>(i) : 0;
}
template <typename F>
std::uint64_t while_running(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<F>(i) : 0;
}

constexpr Measure kMeasures[] = {
    {"enabled", enabled},
    {"sub_cores", sub_cores},
    {"stack_kib", stack_kib},
    {"semaphore_units", semaphore_units},
    {"operations", operations},
    {"firmware_version", firmware_version},
    {"library_base_kib", while_running<r::Library::Base>},
    {"library_kib", while_running<r::Library::Length>},
    {"slice_us", while_running<r::Slices::Slice>},
    {"dma_credits", while_running<r::Credits::Total>},
    {"host_interrupts", while_running<r::InterruptMask::Host>},
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

extern const Behaviour k_gpsimd;
const Behaviour k_gpsimd = make();

}  // namespace transports::model::blocks
