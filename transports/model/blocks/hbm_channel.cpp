#include "hal/registers/hbm_channel.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::hbm_channel;

namespace {

bool serves(const Chip& chip, Instance i) {
    return chip.get<r::Status::Ready>(i) != 0 && chip.get<r::Ctrl::MapOut>(i) == 0;
}

// Traffic goes around a channel that is mapped out; it stalls at one that is neither this nor ready.
bool output(const Chip& chip, Instance i) {
    return serves(chip, i) || (chip.get<r::Ctrl::Enable>(i) == 0 && chip.get<r::Ctrl::MapOut>(i) != 0);
}

void stop(Chip& chip, Instance i) {
    chip.set_reg<r::Status>(i, 0);
    chip.set_reg<r::LevelTimer>(i, 0);
}

void follow(Chip& chip, Instance i) {
    if (chip.get<r::Ctrl::Enable>(i) == 0 || !chip.parents_good(i)) return stop(chip, i);
    if (chip.get<r::Status::Ready>(i) != 0 || chip.reg<r::LevelTimer>(i) != 0) return;
    chip.set_reg<r::LevelTimer>(i, r::Status::kLatencyUs);
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    chip.set<r::Status::Ready>(i, 1);
    chip.set<r::LevelResult::Phase>(i, 20 + chip.layout().chip.instances[i].index % 16);
}

bool places(std::uint32_t word) {
    return word == r::RangeBase::kIndex || word == r::RangeLimit::kIndex || word == r::Page::kIndex;
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (places(word) && chip.get<r::Ctrl::Enable>(i) != 0 && chip.word(i, word) != old) {
        chip.violate(i, word, "address range or page policy moved while the channel is enabled");
    }
    if (word == r::ErrorStatus::kIndex && chip.reg<r::ErrorStatus>(i) != old) {
        if (chip.get<r::ErrorLog::Saved>(i) == 0) chip.violate(i, word, "errors cleared before the host has them");
        if (chip.reg<r::ErrorStatus>(i) == 0) {
            chip.set_reg<r::ErrorWhere>(i, 0);
            chip.set<r::ErrorLog::Saved>(i, 0);
        }
    }
    if (word == r::Ctrl::kIndex) follow(chip, i);
}

void inputs_changed(Chip& chip, Instance i) { follow(chip, i); }

// What is under way is told by the countdown, not kept.
std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    const bool levelling = chip.reg<r::LevelTimer>(i) != 0;
    return (stored & ~r::Status::Levelling::kMask) | (levelling ? r::Status::Levelling::kMask : 0);
}

// --- measures

std::uint64_t enabled(const Chip& chip, Instance i) {
    if (serves(chip, i)) return 1;
    return output(chip, i) ? 0 : 2;  // 2: neither in use nor out of the way
}

// MiB that this channel answers and no other does.
std::uint64_t capacity_mib(const Chip& chip, Instance i) {
    if (!serves(chip, i)) return 0;
    const std::uint64_t first = chip.get<r::RangeBase::FirstMib>(i), last = chip.get<r::RangeLimit::LastMib>(i);
    std::uint64_t mine = first <= last ? last - first + 1 : 0;
    const std::uint8_t type = chip.layout().chip.instances[i].type;
    for (Instance other = 0; other < chip.layout().first_cell.size() && mine != 0; ++other) {
        if (other == i || chip.layout().chip.instances[other].type != type || !serves(chip, other)) continue;
        const std::uint64_t from = chip.get<r::RangeBase::FirstMib>(other);
        const std::uint64_t to = chip.get<r::RangeLimit::LastMib>(other);
        if (from > to || from > last || to < first) continue;
        const std::uint64_t shared = (to < last ? to : last) - (from > first ? from : first) + 1;
        mine = shared < mine ? mine - shared : 0;
    }
    return mine;
}

std::uint64_t page_policy(const Chip& chip, Instance i) { return chip.get<r::Page::Policy>(i); }

// A promise stands only if all promises together can be kept, and if nobody with more priority has the first word.
std::uint64_t read_share(const Chip& chip, Instance i) {
    std::uint32_t sum = 0;
    for (std::uint32_t k = 0; k < r::Class::kCount; ++k) {
        sum += chip.get<r::Class::Share>(i, k);
        if (k != 0 && chip.get<r::Class::Priority>(i, k) >= chip.get<r::Class::Priority>(i, 0)) return 0;
    }
    return sum == 100 ? chip.get<r::Class::Share>(i, 0) : 0;
}

std::uint64_t ecc_limit(const Chip& chip, Instance i) {
    const std::uint32_t window = chip.get<r::Ecc::WindowMs>(i);
    if (chip.get<r::Ecc::Correct>(i) == 0 || window == 0) return 0;
    return std::uint64_t{chip.get<r::Ecc::Limit>(i)} * 1000 / window;
}
std::uint64_t scrub_interval_us(const Chip& chip, Instance i) {
    return chip.get<r::Scrub::Run>(i) == 0 ? 0 : chip.get<r::Scrub::IntervalUs>(i);
}
std::uint64_t hot_percent(const Chip& chip, Instance i) { return chip.get<r::Throttle::Hot>(i); }

constexpr Measure kMeasures[] = {
    {"enabled", enabled},         {"capacity_mib", capacity_mib}, {"page_policy", page_policy},
    {"read_share", read_share},   {"ecc_limit", ecc_limit},       {"scrub_interval_us", scrub_interval_us},
    {"hot_percent", hot_percent},
};

bool befall(Chip& chip, Instance i, Event event) {
    if (event != Event::ecc_error || !serves(chip, i)) return false;
    chip.set<r::ErrorStatus::Uncorrected>(i, 1);
    chip.set_reg<r::ErrorWhere>(i, 0x0123'4567);
    return true;
}

void host_writes(Chip& chip, Instance i, std::uint32_t) {
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

extern const Behaviour k_hbm_channel;
const Behaviour k_hbm_channel = make();

}  // namespace transports::model::blocks
