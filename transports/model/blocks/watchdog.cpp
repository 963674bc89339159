#include "hal/registers/watchdog.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::watchdog;

namespace {

constexpr std::uint32_t kFirst = 0x5AFE'0001, kSecond = 0x5AFE'0002, kFeed = 0x57D0, kSafeHold = 3;

/// Microseconds from feed to half time, and as many from there to expiry.
std::uint32_t half(const Chip& chip, Instance i) {
    const std::uint32_t us = chip.get<r::Effective::Ms>(i) * 500u;
    return us == 0 ? 1 : us;
}

bool running(const Chip& chip, Instance i) { return chip.get<r::Status::Running>(i) != 0; }

void restart(Chip& chip, Instance i) {
    chip.set<r::Status::RemainingHalf>(i, 0);
    chip.set_reg<r::Countdown>(i, half(chip, i));
}

void stop(Chip& chip, Instance i) {
    chip.set<r::Status::Running>(i, 0);
    chip.set<r::Status::RemainingHalf>(i, 0);
    chip.set_reg<r::Countdown>(i, 0);
}

void expire(Chip& chip, Instance i) {
    stop(chip, i);
    chip.set<r::Status::Expired>(i, 1);
    const std::uint32_t count = chip.get<r::Expiries::Count>(i);
    if (count != r::Expiries::Count::kMax) chip.set<r::Expiries::Count>(i, count + 1);
    if (chip.get<r::Effective::AtExpiry>(i) != kSafeHold) return;
    chip.set<r::Status::SafeHold>(i, 1);
    if (chip.traffic_running()) chip.disturb(i, "safe hold: the watchdog wasn't fed");
}

void unlock_word(Chip& chip, Instance i, std::uint32_t value) {
    const bool first_seen = chip.reg<r::UnlockPhase>(i) != 0;
    chip.set<r::Status::Open>(i, first_seen && value == kSecond ? 1 : 0);
    chip.set_reg<r::UnlockPhase>(i, value == kFirst ? 1 : 0);
    chip.set_reg<r::Unlock>(i, 0);
}

void feed(Chip& chip, Instance i, std::uint32_t value) {
    chip.set_reg<r::Feed>(i, 0);
    if (!running(chip, i)) return;
    if ((value & r::Feed::Key::kMask) != kFeed) {
        chip.violate(i, r::Feed::kIndex, "fed with a wrong key");
        return expire(chip, i);
    }
    if (chip.get<r::Ctrl::Windowed>(i) != 0 && chip.get<r::Status::RemainingHalf>(i) == 0) {
        return chip.violate(i, r::Feed::kIndex, "fed in the first half of its time");
    }
    restart(chip, i);
}

// An expired watchdog doesn't start before it has been acknowledged.
void mode(Chip& chip, Instance i, std::uint32_t old) {
    const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
    if (was && !is) stop(chip, i);
    if (was || !is || chip.get<r::Status::Expired>(i) != 0) return;
    chip.set<r::Effective::Ms>(i, chip.get<r::Timeout::Ms>(i));
    chip.set<r::Effective::AtHalf>(i, chip.get<r::Stages::AtHalf>(i));
    chip.set<r::Effective::AtExpiry>(i, chip.get<r::Stages::AtExpiry>(i));
    chip.set<r::Status::Running>(i, 1);
    restart(chip, i);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::Unlock::kIndex) return unlock_word(chip, i, value);
    chip.set_reg<r::UnlockPhase>(i, 0);
    if (word == r::Feed::kIndex) feed(chip, i, value);
    if (word == r::Ctrl::kIndex) mode(chip, i, old);
    if (chip.get<r::Status::Expired>(i) == 0) chip.set<r::Status::SafeHold>(i, 0);
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    if (!running(chip, i)) return;
    if (chip.get<r::Status::RemainingHalf>(i) != 0) return expire(chip, i);
    chip.set<r::Status::RemainingHalf>(i, 1);
    chip.set_reg<r::Countdown>(i, half(chip, i));
}

void claimed(Chip& chip, Instance i) {
    chip.set_reg<r::UnlockPhase>(i, 0);
    chip.set<r::Status::Open>(i, 0);
}

std::uint64_t timeout_ms(const Chip& chip, Instance i) { return running(chip, i) ? half(chip, i) / 500 : 0; }
std::uint64_t at_half(const Chip& chip, Instance i) {
    return running(chip, i) ? chip.get<r::Effective::AtHalf>(i) : 99;
}
std::uint64_t at_expiry(const Chip& chip, Instance i) {
    return running(chip, i) ? chip.get<r::Effective::AtExpiry>(i) : 99;
}
std::uint64_t windowed(const Chip& chip, Instance i) { return running(chip, i) ? chip.get<r::Ctrl::Windowed>(i) : 99; }

constexpr Measure kMeasures[] = {
    {"timeout_ms", timeout_ms}, {"at_half", at_half}, {"at_expiry", at_expiry}, {"windowed", windowed}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.expired = expired;
    b.claimed = claimed;
    b.measures = kMeasures;
    b.background = true;
    return b;
}

}  // namespace

extern const Behaviour k_watchdog;
const Behaviour k_watchdog = make();

}  // namespace transports::model::blocks
