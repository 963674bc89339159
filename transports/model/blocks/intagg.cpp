#include "hal/registers/intagg.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::intagg;

namespace {

constexpr std::uint32_t kBanks = r::Lines::kCount, kErrorBank = 7, kManagement = 1, kCollectUs = 10;

/// Word `word` is an element of R.
template <typename R>
bool is(std::uint32_t word) {
    return word >= R::kIndex && word < R::kIndex + R::kCount;
}

void stop(Chip& chip, Instance i) {
    for (std::uint32_t b = 0; b < kBanks; ++b) {
        if (chip.get<r::Lines::Pending>(i, b) != 0) chip.violate(i, r::Ctrl::kIndex, "capture stopped, events lost");
        chip.set<r::Lines::Pending>(i, 0, b);
    }
    chip.set_reg<r::SettleTimer>(i, 0);
}

void mode(Chip& chip, Instance i, std::uint32_t old) {
    const bool was = (old & r::Ctrl::Capture::kMask) != 0, captures = chip.get<r::Ctrl::Capture>(i) != 0;
    if (was && !captures) stop(chip, i);
    if (was || !captures) return;
    chip.set_reg<r::SettleTimer>(i, r::Status::kLatencyUs);
}

void raise(Chip& chip, Instance i, std::uint32_t b, std::uint32_t lines) {
    const std::uint32_t pending = chip.get<r::Lines::Pending>(i, b);
    if ((pending & lines) != 0) chip.set<r::Summary::Overrun>(i, chip.get<r::Summary::Overrun>(i) | 1u << b);
    chip.set<r::Lines::Pending>(i, pending | lines, b);
}

// The sources of even banks have something to tell the host as soon as they are let: the tile has come up.
void let(Chip& chip, Instance i, std::uint32_t old, std::uint32_t b) {
    if (chip.get<r::Ctrl::Capture>(i) == 0 || b % 2 != 0) return;
    const std::uint32_t rising = chip.get<r::Lines::Enable>(i, b) & ~(old & r::Lines::Enable::kMask);
    raise(chip, i, b, rising & (1u << (b + 1) | 1u) & ~chip.get<r::Lines::Pending>(i, b));
}

// Lines of a bank that are enabled see a change of polarity as an event, and one of the route loses what is under way.
void rerouted(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t b) {
    const std::uint32_t enabled = chip.get<r::Lines::Enable>(i, b), changed = old ^ chip.word(i, word);
    if (changed == 0 || enabled == 0) return;
    chip.violate(i, word, "bank changed while its lines are enabled");
    if (is<r::Polarity>(word)) raise(chip, i, b, enabled & (changed | changed >> 16) & 0xFFFF);
}

void follow(Chip& chip, Instance i) {
    bool waiting = false;
    for (std::uint32_t b = 0; b < kBanks; ++b) {
        waiting |= (chip.get<r::Lines::Enable>(i, b) & chip.get<r::Lines::Pending>(i, b)) != 0;
    }
    chip.set<r::Status::Waiting>(i, waiting ? 1 : 0);
}

bool logged(const Chip& chip, Instance i) {
    return chip.get<r::Log::Phase>(i) == chip.get<r::Event::Phase>(i) &&
           chip.get<r::Log::Row>(i) == chip.get<r::Event::Row>(i);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (word == r::Ctrl::kIndex) mode(chip, i, old);
    if (is<r::Lines>(word)) let(chip, i, old, word - r::Lines::kIndex);
    if (is<r::Polarity>(word)) rerouted(chip, i, word, old, word - r::Polarity::kIndex);
    if (is<r::Route>(word)) rerouted(chip, i, word, old, word - r::Route::kIndex);
    const bool cleared = (old & r::Summary::Parity::kMask) != 0 && chip.get<r::Summary::Parity>(i) == 0;
    if (word == r::Summary::kIndex && cleared) chip.set_reg<r::CollectTimer>(i, kCollectUs);
    if (word == r::Log::kIndex) chip.set<r::Logged::Count>(i, chip.get<r::Logged::Count>(i) + 1);
    follow(chip, i);
}

// The route memory comes up with random contents: the first scrub always finds a row with wrong parity.
void scrub(Chip& chip, Instance i) {
    if (chip.reg<r::Scrub>(i) != 0) return;
    chip.set_reg<r::Scrub>(i, 1);
    chip.set<r::Event::Phase>(i, chip.get<r::Event::Phase>(i) ^ 1u);
    chip.set<r::Event::Row>(i, 0x20u + i % 16u);
    chip.set<r::Summary::Parity>(i, 1);
}

void expired(Chip& chip, Instance i, std::uint32_t word) {
    if (word == r::SettleTimer::kIndex) return scrub(chip, i);
    if (!logged(chip, i)) chip.set_reg<r::Lost>(i, 1);
}

bool settled(const Chip& chip, Instance i) {
    return chip.get<r::Ctrl::Capture>(i) != 0 && chip.reg<r::SettleTimer>(i) == 0;
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    const std::uint32_t collecting = chip.reg<r::CollectTimer>(i) != 0 ? r::Status::Collecting::kMask : 0;
    const std::uint32_t settles = settled(chip, i) ? r::Status::Settled::kMask : 0;
    return (stored & r::Status::Waiting::kMask) | collecting | settles;
}

bool delivers(const Chip& chip, Instance i) { return settled(chip, i) && chip.get<r::Ctrl::Deliver>(i) != 0; }

/// Enabled lines per bank whose events reach somebody; 99 if the banks differ or there are holes.
std::uint64_t lines(const Chip& chip, Instance i) {
    std::uint64_t each = 0;
    for (std::uint32_t b = 0; b < kBanks; ++b) {
        std::uint64_t count = 0;
        const std::uint32_t enabled = chip.get<r::Lines::Enable>(i, b);
        while (count < 16 && (enabled >> count & 1) != 0) ++count;
        const bool whole = enabled >> count == 0 && chip.get<r::Route::Target>(i, b) != 0;
        if (!whole || (b != 0 && count != each)) return 99;
        each = count;
    }
    return delivers(chip, i) ? each : 0;
}

/// Banks all of whose lines have the property in the field F; 999 if in a bank some have and some haven't.
template <typename F>
std::uint64_t banks(const Chip& chip, Instance i) {
    std::uint64_t all = 0;
    for (std::uint32_t b = 0; b < kBanks; ++b) {
        const std::uint32_t have = chip.get<F>(i, b);
        if (have != 0 && have != F::kMax) return 999;
        if (have != 0) all |= 1u << b;
    }
    return all;
}

/// What all banks but the error bank have in the field F, if the error bank has `error`; else 99999.
template <typename F>
std::uint64_t coalescing(const Chip& chip, Instance i, std::uint32_t error) {
    for (std::uint32_t b = 0; b < kErrorBank; ++b) {
        if (chip.get<F>(i, b) != chip.get<F>(i, 0)) return 99'999;
    }
    return chip.get<F>(i, kErrorBank) == error ? chip.get<F>(i, 0) : 99'999;
}

std::uint64_t events(const Chip& chip, Instance i) { return coalescing<r::Threshold::Events>(chip, i, 1); }
std::uint64_t window_us(const Chip& chip, Instance i) { return coalescing<r::Threshold::WindowUs>(chip, i, 0); }

/// Where bank 0 goes, if every other bank goes to the vector behind its neighbour's and errors to management; else 99.
std::uint64_t first_vector(const Chip& chip, Instance i) {
    const std::uint32_t first = chip.get<r::Route::Target>(i, 0);
    for (std::uint32_t b = 1; b < kErrorBank; ++b) {
        if (chip.get<r::Route::Target>(i, b) != first + b) return 99;
    }
    return chip.get<r::Route::Target>(i, kErrorBank) == kManagement ? first : 99;
}

std::uint64_t errors_kept(const Chip& chip, Instance i) { return chip.reg<r::Lost>(i) == 0 ? 1 : 0; }

std::uint64_t rate(const Chip& chip, Instance i) { return chip.get<r::Limits::Rate>(i); }

constexpr Measure kMeasures[] = {{"lines", lines},
                                 {"low_banks", banks<r::Polarity::Low>},
                                 {"edge_banks", banks<r::Polarity::Edge>},
                                 {"events", events},
                                 {"window_us", window_us},
                                 {"first_vector", first_vector},
                                 {"rate", rate},
                                 {"errors_kept", errors_kept}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.measures = kMeasures;
    b.unstoppable = true;
    return b;
}

}  // namespace

extern const Behaviour k_intagg;
const Behaviour k_intagg = make();

}  // namespace transports::model::blocks
