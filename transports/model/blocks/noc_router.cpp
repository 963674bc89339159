#include "hal/registers/noc_router.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::noc_router;

namespace {

constexpr std::uint32_t kNever = 0xFFFFFFFF;

// The mesh as it lies on the die: routers row by row, 2^ceil(log2(routers) / 2) of them in a row.
struct Place {
    std::uint32_t x, y;
};

std::uint32_t routers(const Chip& chip, Instance i) { return chip.layout().chip.instances[i].count; }
std::uint32_t number(const Chip& chip, Instance i) { return chip.layout().chip.instances[i].index; }

std::uint32_t row_length(std::uint32_t routers) {
    std::uint32_t bits = 0;
    while ((1u << bits) < routers) ++bits;
    return 1u << ((bits + 1) / 2);
}

Place place(const Chip& chip, Instance i, std::uint32_t router) {
    const std::uint32_t length = row_length(routers(chip, i));
    return {router % length, router / length};
}

std::uint32_t apart(std::uint32_t a, std::uint32_t b) { return a > b ? a - b : b - a; }
std::uint32_t home(const Chip& chip, Instance i, std::uint32_t d) { return d * routers(chip, i) / r::Active::kCount; }

/// The router behind a port; kNever where the mesh ends.
std::uint32_t neighbour(const Chip& chip, Instance i, std::uint32_t router, std::uint32_t port) {
    using Port = r::Route::Port;
    const std::uint32_t length = row_length(routers(chip, i));
    const Place at = place(chip, i, router);
    switch (port) {
        case Port::kEast: return at.x + 1 < length && router + 1 < routers(chip, i) ? router + 1 : kNever;
        case Port::kWest: return at.x > 0 ? router - 1 : kNever;
        case Port::kNorth: return at.y > 0 ? router - length : kNever;
        case Port::kSouth: return router + length < routers(chip, i) ? router + length : kNever;
        default: return kNever;
    }
}

/// Hops that a packet for destination group `d` makes from router `i` on; kNever if it doesn't arrive.
std::uint32_t hops(const Chip& chip, Instance i, std::uint32_t d) {
    const Instance first = static_cast<Instance>(i - number(chip, i));
    std::uint32_t at = number(chip, i);
    for (std::uint32_t hop = 0; hop < routers(chip, i); ++hop) {
        const Instance router = static_cast<Instance>(first + at);
        if (!chip.output(router) || chip.get<r::Active::Valid>(router, d) == 0) return kNever;
        const std::uint32_t port = chip.get<r::Active::Port>(router, d);
        if (port == r::Route::Port::kHere) return at == home(chip, i, d) ? hop : kNever;
        at = neighbour(chip, i, at, port);
        if (at == kNever) return kNever;
    }
    return kNever;
}

bool output(const Chip& chip, Instance i) {
    return chip.get<r::Control::Enable>(i) != 0 && chip.get<r::Errors::CreditLost>(i) == 0;
}

// Packets that find another route under way than the one they started on arrive twice or never.
void take(Chip& chip, Instance i) {
    bool moved = false;
    for (std::uint32_t d = 0; d < r::Route::kCount; ++d) {
        moved |= chip.reg<r::Active>(i, d) != chip.reg<r::Route>(i, d);
        chip.set_reg<r::Active>(i, chip.reg<r::Route>(i, d), d);
    }
    chip.set<r::TableStatus::Dirty>(i, 0);
    if (moved && output(chip, i) && chip.traffic_running()) chip.disturb(i, "routes switched under traffic");
}

bool is_credit(std::uint32_t word) { return word >= r::Credit::kIndex && word < r::Credit::kIndex + r::Credit::kCount; }
bool is_route(std::uint32_t word) { return word >= r::Route::kIndex && word < r::Route::kIndex + r::Route::kCount; }

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    const bool on = chip.get<r::Control::Enable>(i) != 0;
    const bool reordered = word == r::Control::kIndex && ((chip.word(i, word) ^ old) & r::Control::Order::kMask) != 0;
    if (reordered && chip.output(i) && chip.traffic_running()) chip.disturb(i, "order changed under traffic");
    if (is_route(word)) chip.set<r::TableStatus::Dirty>(i, 1);
    if (word == r::Commit::kIndex && (value & r::Commit::Take::kMask) != 0) take(chip, i);
    if (is_credit(word) && on && chip.word(i, word) != old) {
        chip.violate(i, word, "buffer moved while packets are in it");
        chip.set<r::Errors::CreditLost>(i, 1);
    }
    if (word == r::Errors::kIndex && on && (old & r::Errors::CreditLost::kMask) != 0) {
        chip.set<r::Errors::CreditLost>(i, 1);
    }
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::ActiveDigest::kIndex) return stored;
    std::uint32_t digest = ~0u;
    for (std::uint32_t d = 0; d < r::Active::kCount; ++d) {
        const std::uint32_t feedback = digest & 1 ? 0xEDB88320u : 0u;
        digest = (digest >> 1) ^ feedback ^ chip.reg<r::Active>(i, d);
    }
    return digest;
}

std::uint64_t reachable(const Chip& chip, Instance i) {
    const Place here = place(chip, i, number(chip, i));
    std::uint64_t reached = 0;
    for (std::uint32_t d = 0; d < r::Active::kCount; ++d) {
        const Place there = place(chip, i, home(chip, i, d));
        reached += hops(chip, i, d) == apart(here.x, there.x) + apart(here.y, there.y) ? 1 : 0;
    }
    return reached;
}

// Which dimension comes first shows where a packet has a choice. A channel that doesn't suit the order can deadlock.
std::uint64_t routing(const Chip& chip, Instance i) {
    constexpr std::uint64_t kMixed = 2;
    if (!output(chip, i)) return kMixed;
    const std::uint32_t order = chip.get<r::Control::Order>(i);
    const Place here = place(chip, i, number(chip, i));
    for (std::uint32_t d = 0; d < r::Active::kCount; ++d) {
        const std::uint32_t port = chip.get<r::Active::Port>(i, d);
        if (port == r::Route::Port::kHere) continue;
        const Place there = place(chip, i, home(chip, i, d));
        const bool choice = here.x != there.x && here.y != there.y;
        const std::uint32_t dimension = port == r::Route::Port::kEast || port == r::Route::Port::kWest ? 0 : 1;
        if (choice && dimension != order) return kMixed;
        if (chip.get<r::Active::Vc>(i, d) != (dimension == order ? 0u : 1u)) return kMixed;
    }
    return order;
}

std::uint64_t bulk_share(const Chip& chip, Instance i) {
    const std::uint32_t bulk = chip.get<r::Arbitration::Bulk>(i);
    const std::uint32_t sum = bulk + chip.get<r::Arbitration::Request>(i) + chip.get<r::Arbitration::Response>(i) +
                              chip.get<r::Arbitration::Escape>(i);
    return output(chip, i) && sum != 0 ? 100 * bulk / sum : 0;
}

std::uint64_t inflight_flits(const Chip& chip, Instance i) {
    std::uint64_t flits = 0;
    for (std::uint32_t channel = 0; channel < r::Credit::kCount; ++channel) {
        const std::uint32_t on = chip.get<r::Threshold::On>(i, channel), off = chip.get<r::Threshold::Off>(i, channel);
        const std::uint32_t depth = chip.get<r::Credit::Depth>(i, channel);
        const bool moves = on > 0 && on < off && off <= depth && chip.get<r::Credit::Reserve>(i, channel) < depth;
        flits += moves && output(chip, i) ? depth : 0;
    }
    return flits;
}

std::uint64_t stall_timeout_us(const Chip& chip, Instance i) {
    const bool reports = chip.get<r::Timeout::Action>(i) != 0 && chip.get<r::ErrorMask::Sources>(i) != 0;
    return output(chip, i) && reports ? chip.get<r::Timeout::Ticks>(i) / 10 : 0;
}

constexpr Measure kMeasures[] = {{"routing", routing},
                                 {"reachable", reachable},
                                 {"bulk_share", bulk_share},
                                 {"inflight_flits", inflight_flits},
                                 {"stall_timeout_us", stall_timeout_us}};

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.output = output;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_noc_router;
const Behaviour k_noc_router = make();

}  // namespace transports::model::blocks
