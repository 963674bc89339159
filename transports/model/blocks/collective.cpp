#include "hal/registers/collective.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::collective;

namespace {

constexpr std::uint32_t kBuffers = r::BufferAddressLow::kCount;

const hal::converge::InstanceRow& row(const Chip& chip, Instance i) { return chip.layout().chip.instances[i]; }

/// Engine `number`, seen from engine `i`; kNoInstance if there is none.
Instance engine(const Chip& chip, Instance i, std::uint32_t number) {
    if (number >= row(chip, i).count) return kNoInstance;
    return static_cast<Instance>(i - row(chip, i).index + number);
}

bool output(const Chip& chip, Instance i) { return chip.get<r::Status::Ready>(i) != 0; }

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Ready>(i, 0);
    chip.set_reg<r::GreetingTimer>(i, 0);
}

// A ring that cannot be one is never greeted. Addresses are not checked: data go wherever they point.
void start(Chip& chip, Instance i) {
    const std::uint32_t members = chip.get<r::Membership::Members>(i);
    const bool can = chip.parents_good(i) && chip.get<r::Membership::Rank>(i) < members &&
                     engine(chip, i, chip.get<r::Neighbours::Next>(i)) != kNoInstance &&
                     engine(chip, i, chip.get<r::Neighbours::Previous>(i)) != kNoInstance;
    if (can) chip.set_reg<r::GreetingTimer>(i, r::Status::kLatencyUs);
}

// The low half waits for the high half of the same buffer; anything in between makes it forget.
void half_written(Chip& chip, Instance i, std::uint32_t word) {
    const std::uint32_t waiting = chip.reg<r::Latch>(i);
    chip.set_reg<r::Latch>(i, 0);
    if (chip.get<r::Control::Enable>(i) != 0) return;
    for (std::uint32_t buffer = 0; buffer < kBuffers; ++buffer) {
        const std::uint32_t taken = chip.get<r::Status::Taken>(i), bit = 1u << buffer;
        if (word == r::BufferAddressLow::kIndex + buffer * r::BufferAddressLow::kIndexStride) {
            chip.set<r::Status::Taken>(i, taken & ~bit);
            chip.set_reg<r::Latch>(i, buffer + 1);
        } else if (word == r::BufferAddressHigh::kIndex + buffer * r::BufferAddressHigh::kIndexStride) {
            chip.set<r::Status::Taken>(i, waiting == buffer + 1 ? taken | bit : taken & ~bit);
        }
    }
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    half_written(chip, i, word);
    if (word != r::Control::kIndex) return;
    const bool was = (old & r::Control::Enable::kMask) != 0, is = chip.get<r::Control::Enable>(i) != 0;
    if (!was && is) start(chip, i);
    if (!is) stop(chip, i);
}

void claimed(Chip& chip, Instance i) { chip.set_reg<r::Latch>(i, 0); }

void expired(Chip& chip, Instance i, std::uint32_t) {
    if (chip.get<r::Control::Enable>(i) != 0) chip.set<r::Status::Ready>(i, 1);
}

void inputs_changed(Chip& chip, Instance i) {
    if (!chip.parents_good(i)) {
        if (chip.get<r::Status::Ready>(i) != 0) chip.set<r::Errors::PeerLost>(i, 1);
        return stop(chip, i);
    }
    const bool waits = chip.get<r::Status::Ready>(i) == 0 && chip.reg<r::GreetingTimer>(i) == 0;
    if (chip.get<r::Control::Enable>(i) != 0 && waits) start(chip, i);
}

/// Bytes; 0 for an address of which only a half arrived.
std::uint64_t address(const Chip& chip, Instance i, std::uint32_t buffer) {
    if (((chip.get<r::Status::Taken>(i) >> buffer) & 1) == 0) return 0;
    return std::uint64_t{chip.reg<r::BufferAddressHigh>(i, buffer)} << 32 | chip.reg<r::BufferAddressLow>(i, buffer);
}

// Data are passed on until they are back where they came from. Whoever gets them must expect them from there.
std::uint64_t ring_length(const Chip& chip, Instance i) {
    Instance at = i;
    for (std::uint32_t passed = 1; passed <= row(chip, i).count; ++passed) {
        const Instance next = engine(chip, i, chip.get<r::Neighbours::Next>(at));
        if (!output(chip, at) || next == kNoInstance) return 0;
        if (engine(chip, i, chip.get<r::Neighbours::Previous>(next)) != at) return 0;
        at = next;
        if (at == i) return passed;
    }
    return 0;
}

std::uint64_t rings(const Chip& chip, Instance i) {
    const std::uint64_t length = ring_length(chip, i);
    if (length == 0 || length != chip.get<r::Membership::Members>(i)) return 0;
    return row(chip, i).count / length;
}

std::uint64_t algorithm(const Chip& chip, Instance i) {
    constexpr std::uint64_t kNone = 4;
    return output(chip, i) ? chip.get<r::Control::Algorithm>(i) : kNone;
}

std::uint64_t groups(const Chip& chip, Instance i) {
    constexpr std::uint64_t kNone = 9;
    if (!output(chip, i)) return kNone;
    std::uint64_t mine = 0;
    for (std::uint32_t g = 0; g < r::ProcessGroup::kCount; ++g) {
        if (chip.get<r::ProcessGroup::Valid>(i, g) == 0) continue;
        std::uint32_t member = chip.get<r::ProcessGroup::First>(i, g);
        bool found = false;
        for (std::uint32_t k = 0; k < chip.get<r::ProcessGroup::Members>(i, g); ++k) {
            if (member >= row(chip, i).count) return kNone;
            found |= member == row(chip, i).index;
            member += chip.get<r::ProcessGroup::Stride>(i, g);
        }
        mine += found ? 1 : 0;
    }
    return mine;
}

std::uint64_t chunk_kib(const Chip& chip, Instance i) {
    return output(chip, i) && chip.get<r::Chunk::Depth>(i) != 0 ? chip.get<r::Chunk::Kib>(i) : 0;
}

// Three buffers of its own for every engine, one behind the other and none on top of another.
std::uint64_t buffer_base_mib(const Chip& chip, Instance i) {
    const std::uint64_t size = std::uint64_t{chip.get<r::BufferSize::Mib>(i)} << 20;
    std::uint64_t lowest = ~std::uint64_t{0};
    for (std::uint32_t a = 0; a < kBuffers; ++a) {
        const std::uint64_t from = address(chip, i, a);
        if (from == 0) return 0;
        for (std::uint32_t b = 0; b < a; ++b) {
            const std::uint64_t other = address(chip, i, b);
            if (from < other + size && other < from + size) return 0;
        }
        lowest = from < lowest ? from : lowest;
    }
    const std::uint64_t below = kBuffers * size * row(chip, i).index;
    return output(chip, i) && lowest >= below ? (lowest - below) >> 20 : 0;
}

std::uint64_t buffer_mib(const Chip& chip, Instance i) { return output(chip, i) ? chip.get<r::BufferSize::Mib>(i) : 0; }

// A lot that never fills is never returned.
std::uint64_t credits(const Chip& chip, Instance i) {
    const std::uint32_t lot = chip.get<r::Flow::Lot>(i), granted = chip.get<r::Flow::Credits>(i);
    return output(chip, i) && lot != 0 && lot <= granted ? granted : 0;
}

std::uint64_t types(const Chip& chip, Instance i) {
    return output(chip, i) && chip.get<r::Reduction::Ops>(i) != 0 ? chip.get<r::Reduction::Types>(i) : 0;
}

std::uint64_t timeout_ms(const Chip& chip, Instance i) { return output(chip, i) ? chip.get<r::Timeout::Ms>(i) : 0; }

constexpr Measure kMeasures[] = {{"rings", rings},
                                 {"algorithm", algorithm},
                                 {"groups", groups},
                                 {"chunk_kib", chunk_kib},
                                 {"buffer_base_mib", buffer_base_mib},
                                 {"buffer_mib", buffer_mib},
                                 {"credits", credits},
                                 {"types", types},
                                 {"timeout_ms", timeout_ms}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.claimed = claimed;
    b.expired = expired;
    b.inputs_changed = inputs_changed;
    b.output = output;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_collective;
const Behaviour k_collective = make();

}  // namespace transports::model::blocks
