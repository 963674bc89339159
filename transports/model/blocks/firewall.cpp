#include <algorithm>
#include <array>

#include "hal/registers/firewall.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::firewall;

namespace {

constexpr std::uint32_t kRegions = r::RegionBase::kCount;
constexpr std::uint64_t kGranulesPerMib = 16, kGranules = std::uint64_t{1} << 32;
constexpr std::uint32_t kInitiators = 8, kAll = (1u << kInitiators) - 1, kCore = 0, kCollective = 2;
enum Kind : std::uint32_t { kRead, kWrite, kFetch };

std::uint32_t number(const Chip& chip, Instance i) { return chip.layout().chip.instances[i].index; }

/// Initiators that get through with `kind`, one bit each.
std::uint32_t who(const Chip& chip, Instance i, std::uint64_t granule, Kind kind) {
    if (!chip.accessible(i)) return 0;
    if (chip.get<r::Control::Enforce>(i) == 0) return kAll;
    for (std::uint32_t k = 0; k < kRegions; ++k) {
        if (chip.get<r::RegionCtrl::Enable>(i, k) == 0) continue;
        if (granule < chip.reg<r::RegionBase>(i, k) || granule > chip.reg<r::RegionLimit>(i, k)) continue;
        const std::uint32_t rights[] = {chip.get<r::RegionCtrl::Read>(i, k), chip.get<r::RegionCtrl::Write>(i, k),
                                        chip.get<r::RegionCtrl::Execute>(i, k)};
        return rights[kind] != 0 ? chip.get<r::RegionCtrl::Initiators>(i, k) & kAll : 0;
    }
    const std::uint32_t defaults[] = {chip.get<r::DefaultPolicy::PassReads>(i),
                                      chip.get<r::DefaultPolicy::PassWrites>(i),
                                      chip.get<r::DefaultPolicy::PassFetches>(i)};
    return defaults[kind] != 0 ? kAll : 0;
}

bool passes(const Chip& chip, Instance i, std::uint64_t granule, std::uint32_t initiator, Kind kind) {
    return (who(chip, i, granule, kind) >> initiator & 1) != 0;
}

// --- what happens to the tile and its software

// The core fetches from address 0 as soon as it is out of reset, before anybody gave it code.
void inputs_changed(Chip& chip, Instance i) {
    if (!chip.accessible(i) || passes(chip, i, 0, kCore, kFetch)) return;
    if (chip.get<r::DefaultPolicy::Record>(i) == 0 || chip.get<r::LogInfo::Valid>(i) != 0) return;
    chip.set_reg<r::LogAddress>(i, 0);
    chip.set<r::LogInfo::Initiator>(i, kCore);
    chip.set<r::LogInfo::Kind>(i, kFetch);
    chip.set<r::LogInfo::Valid>(i, 1);
}

// A freed log forgets. A record that software didn't keep before is gone, unless it still does.
void freed(Chip& chip, Instance i, std::uint32_t record) {
    if (chip.reg<r::SavedAddress>(i) != chip.reg<r::LogAddress>(i) || chip.reg<r::SavedInfo>(i) != record) {
        chip.set_reg<r::UnsavedAddress>(i, chip.reg<r::LogAddress>(i));
        chip.set_reg<r::UnsavedInfo>(i, record);
    }
    chip.set_reg<r::LogAddress>(i, 0);
    chip.set_reg<r::LogInfo>(i, 0);
}

void saved(Chip& chip, Instance i) {
    if (chip.reg<r::SavedAddress>(i) != chip.reg<r::UnsavedAddress>(i)) return;
    if (chip.reg<r::SavedInfo>(i) != chip.reg<r::UnsavedInfo>(i)) return;
    chip.set_reg<r::UnsavedAddress>(i, 0);
    chip.set_reg<r::UnsavedInfo>(i, 0);
}

// The first word of a pair is only staged. The second one counts if it is the same and nothing came in between.
void policy_written(Chip& chip, Instance i, std::uint32_t old) {
    const std::uint32_t word = chip.reg<r::DefaultPolicy>(i);
    const bool second = chip.reg<r::Pair>(i) != 0, same = chip.reg<r::Staged>(i) == word;
    if (second && !same) chip.set<r::Status::PairError>(i, 1);
    if (!second || !same) chip.set_reg<r::DefaultPolicy>(i, old);
    chip.set_reg<r::Pair>(i, second ? 0 : 1);
    chip.set_reg<r::Staged>(i, second ? 0 : word);
}

void abort_pair(Chip& chip, Instance i) {
    chip.set_reg<r::Pair>(i, 0);
    chip.set_reg<r::Staged>(i, 0);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t) {
    if (word == r::DefaultPolicy::kIndex) return policy_written(chip, i, old);
    abort_pair(chip, i);
    if (word == r::LogInfo::kIndex && chip.get<r::LogInfo::Valid>(i) == 0 && (old & r::LogInfo::Valid::kMask) != 0) {
        freed(chip, i, old);
    }
    if (word == r::SavedAddress::kIndex || word == r::SavedInfo::kIndex) saved(chip, i);
    for (std::uint32_t k = 0; k < kRegions; ++k) {
        const bool moved = word == r::RegionBase::kIndex + k * r::RegionBase::kIndexStride ||
                           word == r::RegionLimit::kIndex + k * r::RegionLimit::kIndexStride;
        if (moved && chip.get<r::RegionCtrl::Enable>(i, k) != 0 && chip.word(i, word) != old) {
            chip.violate(i, word, "region moved while it is enabled");
        }
    }
}

std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::ConfigDigest::kIndex) return stored;
    std::uint32_t digest = ~0u;
    for (std::uint32_t k = 0; k < kRegions; ++k) {
        for (const std::uint32_t part : {chip.reg<r::RegionBase>(i, k), chip.reg<r::RegionLimit>(i, k),
                                         chip.reg<r::RegionCtrl>(i, k) & ~r::RegionCtrl::Lock::kMask}) {
            const std::uint32_t feedback = digest & 1 ? 0xEDB88320u : 0u;
            digest = (digest >> 1) ^ feedback ^ part;
        }
    }
    return digest;
}

// --- what an address space looks like through the firewall

/// Calls `visit(from, past)` for every stretch of addresses in which the firewall decides alike.
template <typename F>
void stretches(const Chip& chip, Instance i, F visit) {
    std::array<std::uint64_t, 2 * kRegions + 2> edges{};
    edges[2 * kRegions + 1] = kGranules;
    for (std::uint32_t k = 0; k < kRegions; ++k) {
        edges[2 * k] = chip.reg<r::RegionBase>(i, k);
        edges[2 * k + 1] = std::uint64_t{chip.reg<r::RegionLimit>(i, k)} + 1;
    }
    std::sort(edges.begin(), edges.end());
    for (std::size_t e = 0; e + 1 < edges.size(); ++e) {
        if (edges[e] != edges[e + 1]) visit(edges[e], edges[e + 1]);
    }
}

/// The addresses that anybody may write, in granules; empty unless they are one piece.
struct Window {
    std::uint64_t from = 0, past = 0;
};

Window window(const Chip& chip, Instance i) {
    Window w;
    bool one_piece = true;
    stretches(chip, i, [&](std::uint64_t from, std::uint64_t past) {
        if (who(chip, i, from, kWrite) == 0) return;
        one_piece &= w.past == 0 || w.past == from;
        if (w.past == 0) w.from = from;
        w.past = past;
    });
    return one_piece ? w : Window{};
}

std::uint64_t window_mib(const Chip& chip, Instance i) {
    const Window w = window(chip, i);
    return (w.past - w.from) / kGranulesPerMib;
}

std::uint64_t window_base_mib(const Chip& chip, Instance i) {
    const Window w = window(chip, i);
    const std::uint64_t below = number(chip, i) * (w.past - w.from);
    return w.from >= below ? (w.from - below) / kGranulesPerMib : 0;
}

std::uint64_t initiators(const Chip& chip, Instance i) {
    std::uint32_t any = 0, all = ~0u;
    stretches(chip, i, [&](std::uint64_t from, std::uint64_t) {
        const std::uint32_t writers = who(chip, i, from, kWrite);
        if (writers == 0) return;
        any |= writers | who(chip, i, from, kRead);
        all &= writers & who(chip, i, from, kRead);
    });
    return any == all ? any : 0;
}

std::uint64_t code_pages(const Chip& chip, Instance i) {
    std::uint64_t pages = 0;
    stretches(chip, i, [&](std::uint64_t from, std::uint64_t past) {
        if (passes(chip, i, from, kCore, kFetch) && passes(chip, i, from, kCore, kRead)) pages += past - from;
    });
    return pages;
}

std::uint64_t peers(const Chip& chip, Instance i) {
    constexpr std::uint64_t kNone = 5;
    std::uint64_t readable = 0;
    stretches(chip, i, [&](std::uint64_t from, std::uint64_t past) {
        const bool reads = passes(chip, i, from, kCollective, kRead);
        if (reads && who(chip, i, from, kWrite) == 0) readable += past - from;
    });
    const Window own = window(chip, i);
    if (own.past == own.from || readable % (own.past - own.from) != 0) return kNone;
    return readable / (own.past - own.from);
}

std::uint64_t leaks(const Chip& chip, Instance i) {
    // Reset vector, the neighbour's mailbox, SPI bridge, fuse shadow, debug port.
    const std::uint64_t guarded[] = {0, 0x5000u + (number(chip, i) ^ 1u), 0xFFFFFF00u, 0xFFFFFF10u, 0xFFFFFFFFu};
    std::uint64_t reached = 0;
    for (const std::uint64_t granule : guarded) {
        for (const Kind kind : {kRead, kWrite, kFetch}) reached += who(chip, i, granule, kind) != 0 ? 1 : 0;
    }
    return reached;
}

std::uint64_t lost_records(const Chip& chip, Instance i) { return chip.get<r::UnsavedInfo::Valid>(i); }

constexpr Measure kMeasures[] = {
    {"window_base_mib", window_base_mib}, {"window_mib", window_mib}, {"initiators", initiators},
    {"code_pages", code_pages},           {"peers", peers},           {"leaks", leaks},
    {"lost_records", lost_records}};

void claimed(Chip& chip, Instance i) { abort_pair(chip, i); }

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.inputs_changed = inputs_changed;
    b.claimed = claimed;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_firewall;
const Behaviour k_firewall = make();

}  // namespace transports::model::blocks
