#include "chaos/left_out.hpp"

#include <algorithm>

#include "hal/registers/names.hpp"

namespace chaos {

using transports::model::Layout;
using transports::model::Monitor;
using transports::model::Snapshot;

namespace {

constexpr const char* kAnyValue = "random, last before it wraps, next, or 0";

/// SplitMix64: every seed gives a sequence of its own.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    std::uint32_t word() { return static_cast<std::uint32_t>(next() >> 32); }
    std::uint32_t below(std::uint32_t bound) { return word() % bound; }

    std::uint32_t shifted(std::uint32_t old) {
        switch (below(4)) {
            case 0: return ~0u;
            case 1: return old + 1;
            case 2: return 0;
            default: return word();
        }
    }

private:
    std::uint64_t state_;
};

std::uint64_t shift_cells(const Layout& layout, Snapshot& chip, Random& random) {
    std::uint64_t shifted = 0;
    std::vector<bool> is_timer(layout.cells);
    for (const Layout::Timer& timer : layout.timers) is_timer[timer.cell] = true;
    for (std::uint32_t cell = 0; cell < layout.cells; ++cell) {
        const std::uint32_t kept = layout.hash_mask[cell], old = chip.cells[cell];
        if (kept == ~0u) continue;
        std::uint32_t value = random.shifted(old);
        // A countdown that rests goes on resting; one that runs may have more time left, not less: see the table.
        if (is_timer[cell]) value = old == 0 ? 0 : std::max(old, value);
        chip.cells[cell] = (old & kept) | (value & ~kept);
        if (chip.cells[cell] != old) ++shifted;
    }
    return shifted;
}

void shift_sessions(Rig& rig, Random& random) {
    auto& bridge = rig.session;
    bridge.owner_nonce = random.word();
    bridge.request_crc = random.word();
    bridge.last_sequence = static_cast<std::uint16_t>(random.shifted(bridge.last_sequence));
    bridge.reply_size = static_cast<std::uint16_t>(random.below(transports::spi::kMaxReply + 1));
    for (std::uint8_t& byte : bridge.reply) byte = static_cast<std::uint8_t>(random.word());
    auto& window = rig.window_session;
    window.expected = random.shifted(window.expected);
    window.nonce = random.word();
    window.refused = random.shifted(window.refused) % transports::pcie::kRefusedModulo;
    window.refused_address = random.word();
    window.dropped = random.shifted(window.dropped);
    window.refused_read = random.word();
}

void shift_monitor(Monitor& monitor, Random& random) {
    for (std::uint64_t* const counter : {&monitor.steps, &monitor.accesses, &monitor.writes}) {
        *counter = std::uint64_t{random.shifted(0)} << 32 | random.shifted(static_cast<std::uint32_t>(*counter));
    }
    monitor.disturbances = random.shifted(monitor.disturbances);
    monitor.violations = random.shifted(monitor.violations);
}

}  // namespace

std::vector<LeftOut> left_out() {
    std::vector<LeftOut> rows;
    const auto types = hal::registers::type_names();
    for (std::size_t t = 0; t < types.size(); ++t) {
        for (const hal::registers::RegisterName& reg : types[t].registers) {
            const bool countdown = transports::model::type_rows()[t].words[reg.index].timer;
            for (const hal::registers::FieldName& field : reg.fields) {
                if (*field.left_out == '\0') continue;
                rows.push_back(
                    {std::string(types[t].name) + "." + reg.name + (reg.count > 1 ? "[]." : ".") + field.name,
                     field.left_out, countdown ? "more time left, if it runs" : kAnyValue});
            }
        }
    }
    rows.push_back({"the model's clock", "only differences of time are ever used", "any time"});
    rows.push_back({"owner epoch", "only equality matters, and every HAL claims first",
                    "any, the last before it wraps and none too"});
    rows.push_back({"SPI bridge: nonce, sequence, retained reply", "another nonce's claim clears them", kAnyValue});
    rows.push_back(
        {"PCIe window: mailbox, refusals, drops", "written before use; only changes of counters matter", kAnyValue});
    rows.push_back(
        {"the workload's progress, monitor counters", "statistics beside the chip; the phase is state", kAnyValue});
    return rows;
}

std::uint64_t shift_left_out(Rig& rig, std::uint64_t seed) {
    Random random(seed);
    Snapshot chip = rig.chip.snapshot();
    std::uint64_t shifted = shift_cells(rig.chip.layout(), chip, random);
    // Half of the range that a clock of 64 bits has: it never goes back, so it doesn't wrap under a HAL.
    chip.now_ns = random.next() >> 1;
    chip.epoch = std::min(random.shifted(chip.epoch), transports::spi::kEpochLast);
    rig.chip.restore(chip);
    shift_sessions(rig, random);
    shift_monitor(rig.chip.monitor, random);
    return shifted;
}

}  // namespace chaos
