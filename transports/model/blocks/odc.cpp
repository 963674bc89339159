#include "hal/registers/odc.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::odc;

namespace {

// The image's header, as the controller's boot code checks it: magic, version, words in all, digest of the body.
constexpr std::uint32_t kMagic = 0x4643'444F, kHeaderWords = 4;
constexpr std::uint16_t kSupply = 1;  // parent: behind the gate

std::uint32_t code(const Chip& chip, Instance i, std::uint32_t word) { return chip.reg<r::Code>(i, word); }

std::uint32_t digest(const Chip& chip, Instance i, std::uint32_t from, std::uint32_t to) {
    std::uint32_t hash = 0x811C'9DC5u;
    for (std::uint32_t k = from; k < to; ++k) {
        const std::uint32_t word = code(chip, i, k);
        hash = (hash ^ (word & 0xFF)) * 0x0100'0193u;
        hash = (hash ^ (word >> 8 & 0xFF)) * 0x0100'0193u;
        hash = (hash ^ (word >> 16 & 0xFF)) * 0x0100'0193u;
        hash = (hash ^ word >> 24) * 0x0100'0193u;
    }
    return hash;
}

std::uint32_t words(const Chip& chip, Instance i) {
    const std::uint32_t length = chip.get<r::Length::Words>(i);
    return length < r::Code::kCount ? length : r::Code::kCount;
}

/// The code memory holds an image that runs.
bool sound(const Chip& chip, Instance i) {
    const std::uint32_t size = code(chip, i, 2);
    return code(chip, i, 0) == kMagic && size > kHeaderWords && size <= r::Code::kCount &&
           digest(chip, i, kHeaderWords, size) == code(chip, i, 3);
}

bool is_code(std::uint32_t word) { return word >= r::Code::kIndex && word < r::Code::kIndex + r::Code::kCount; }

void stop(Chip& chip, Instance i) {
    chip.set<r::Boot::Running>(i, 0);
    chip.set<r::Boot::Crashed>(i, 0);
    chip.set<r::Boot::Version>(i, 0);
    chip.set_reg<r::BootTimer>(i, 0);
}

void start(Chip& chip, Instance i) {
    const bool verified = chip.get<r::Status::Digested>(i) != 0 && chip.get<r::Status::Written>(i) == 0 &&
                          chip.get<r::Status::BrownOut>(i) == 0 && chip.reg<r::VerifyTimer>(i) == 0;
    if (!verified) chip.violate(i, r::Ctrl::kIndex, "released code that wasn't verified");
    const std::uint32_t attempts = chip.get<r::Boot::Attempts>(i);
    chip.set<r::Boot::Attempts>(i, attempts == 15 ? 15 : attempts + 1);
    chip.set_reg<r::BootTimer>(i, r::Boot::kLatencyUs);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::Ctrl::kIndex) {
        const bool was = (old & r::Ctrl::Release::kMask) != 0, is = chip.get<r::Ctrl::Release>(i) != 0;
        if (!was && is) start(chip, i);
        if (was && !is) stop(chip, i);
    }
    if ((is_code(word) && chip.get<r::LoadCtrl::Writable>(i) != 0) || word == r::Length::kIndex) {
        if (chip.reg<r::VerifyTimer>(i) != 0) chip.violate(i, word, "code written while it is verified");
        if (chip.get<r::Ctrl::Release>(i) != 0) chip.violate(i, word, "code written under a running processor");
        chip.set<r::Status::Written>(i, 1);
        chip.set<r::Boot::Attempts>(i, 0);
    }
    if (word == r::LoadCtrl::kIndex && (value & r::LoadCtrl::Verify::kMask) != 0) {
        if (chip.reg<r::VerifyTimer>(i) != 0) chip.violate(i, word, "verification started while one runs");
        chip.set<r::Status::Digested>(i, 0);
        chip.set<r::Status::Written>(i, 0);
        chip.set_reg<r::VerifyTimer>(i, r::Status::kLatencyUs);
    }
}

// Broken firmware is worse than none: it plays with the rails of a die that may be working.
void booted(Chip& chip, Instance i) {
    if (sound(chip, i)) {
        chip.set<r::Boot::Running>(i, 1);
        chip.set<r::Boot::Version>(i, code(chip, i, 1));
        chip.set<r::Boot::Attempts>(i, 0);
        return;
    }
    chip.set<r::Boot::Crashed>(i, 1);
    chip.violate(i, r::Boot::kIndex, "firmware ran wild");
    if (chip.traffic_running()) chip.disturb(i, "firmware ran wild");
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    if (word == r::BootTimer::kIndex) return booted(chip, i);
    chip.set_reg<r::Digest>(i, digest(chip, i, 0, words(chip, i)));
    chip.set<r::Status::Digested>(i, 1);
}

// Reset and a stopped clock leave the memory alone; a supply that fails doesn't, and the digest doesn't notice.
void inputs_changed(Chip& chip, Instance i) {
    const bool held_code = chip.get<r::Status::Digested>(i) != 0 || chip.get<r::Status::Written>(i) != 0;
    if (chip.parent_good(i, kSupply) || !held_code || chip.get<r::Status::BrownOut>(i) != 0) return;
    for (std::uint32_t k = 0; k < r::Code::kCount; ++k) {
        if (k % 3 == 0) chip.set_reg<r::Code>(i, code(chip, i, k) | 0x1020'0400u, k);
    }
    chip.set<r::Status::BrownOut>(i, 1);
    stop(chip, i);
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    return (stored & ~r::Status::Busy::kMask) | (chip.reg<r::VerifyTimer>(i) != 0 ? r::Status::Busy::kMask : 0);
}

bool prepared(const Chip& chip, Instance i) {
    // Firmware may only ever reach its own half's rails and sensors.
    return chip.get<r::Window::Valid>(i, 2) == 0 && chip.get<r::Window::Valid>(i, 3) == 0;
}

std::uint64_t heartbeat(const Chip& chip, Instance i) {
    return prepared(chip, i) ? chip.get<r::Arguments::HeartbeatUs>(i) : 0;
}
std::uint64_t power(const Chip& chip, Instance i) { return chip.get<r::Envelope::PowerW>(i); }
std::uint64_t slew(const Chip& chip, Instance i) { return chip.get<r::Envelope::SlewUs>(i); }

/// Not of the intent's fields but of its image; 0 in reset.
std::uint64_t firmware_version(const Chip& chip, Instance i) { return chip.get<r::Boot::Version>(i); }

constexpr Measure kMeasures[] = {
    {"heartbeat_us", heartbeat}, {"power_w", power}, {"slew_us", slew}, {"firmware_version", firmware_version}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.inputs_changed = inputs_changed;
    b.measures = kMeasures;
    b.unstoppable = true;
    return b;
}

}  // namespace

extern const Behaviour k_odc;
const Behaviour k_odc = make();

}  // namespace transports::model::blocks
