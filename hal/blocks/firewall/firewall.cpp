#include "hal/blocks/firewall/firewall.hpp"

#include "hal/registers/firewall.hpp"

namespace hal::blocks::firewall {

namespace r = hal::registers::firewall;

namespace {

constexpr std::uint32_t kRegions = r::RegionBase::kCount;
constexpr std::uint32_t kGranulesPerMib = 16;  // of 64 KiB
constexpr std::uint32_t kSlices = 8;           // of the tile's window, one per memory channel

// The chip's address map, in granules; a tile's own part of an array is its index further.
constexpr std::uint32_t kCode = 0x0010, kCodeRoom = 256, kMailboxes = 0x5000, kTelemetry = 0x6000;
constexpr std::uint32_t kManagement = 0xFFFFFF00;

enum Initiator : std::uint32_t { kCore = 1, kDma = 2, kCollective = 4, kHost = 8, kManager = 16 };
enum Right : std::uint32_t { kNone = 0, kRead = 1, kFetch = 4, kReadWrite = 3, kReadFetch = 5 };

struct Region {
    bus::Value<r::RegionBase> base;
    bus::Value<r::RegionLimit> limit;
    bus::Value<r::RegionCtrl> ctrl;  // without the lock
};

Region region(std::uint32_t base, std::uint32_t granules, std::uint32_t rights, std::uint32_t initiators) {
    return {bus::Value<r::RegionBase>(base), bus::Value<r::RegionLimit>(base + granules - 1),
            bus::Value<r::RegionCtrl>(0)
                .with<r::RegionCtrl::Read>(rights & 1)
                .with<r::RegionCtrl::Write>((rights >> 1) & 1)
                .with<r::RegionCtrl::Execute>((rights >> 2) & 1)
                .with<r::RegionCtrl::Enable>(1)
                .with<r::RegionCtrl::Initiators>(initiators)};
}

/// The first match decides, so the management aperture is closed before anything is opened. Then the tile's window,
/// its code, the windows of its neighbours on the hypercube, mailbox and telemetry.
Region wanted(const converge::Situation& s, std::uint32_t k) {
    const std::uint32_t window = s.intent[kWindowSize] * kGranulesPerMib, slice = window / kSlices;
    const std::uint32_t windows = s.intent[kWindowBase] * kGranulesPerMib;
    if (k == 0) return region(kManagement, 0x100, kNone, 0);
    if (k <= kSlices) {
        return region(windows + s.index * window + (k - 1) * slice, slice, kReadWrite, s.intent[kInitiators]);
    }
    if (k == 9) return region(kCode + s.index * kCodeRoom, s.intent[kCodePages], kReadFetch, kCore);
    if (k == 14) return region(kMailboxes + s.index, 1, kRead, kHost);
    if (k == 15) return region(kTelemetry + s.index, 1, kRead, kManager);
    const std::uint32_t peer = k - 10;
    if (peer >= s.intent[kPeers]) {
        return {bus::Value<r::RegionBase>(0), bus::Value<r::RegionLimit>(0), bus::Value<r::RegionCtrl>(0)};
    }
    return region(windows + (s.index ^ (1u << peer)) * window, window, kRead, kDma | kCollective);
}

bool locked(const converge::Situation& s, std::uint32_t k) {
    return s.get<r::RegionCtrl>(k).get<r::RegionCtrl::Lock>() != 0;
}

bool placed(const converge::Situation& s, std::uint32_t k, const Region& region) {
    return s.get<r::RegionBase>(k) == region.base && s.get<r::RegionLimit>(k) == region.limit;
}

bool differs(const converge::Situation& s, std::uint32_t k, const Region& region) {
    const std::uint32_t rights = s.get<r::RegionCtrl>(k).word() ^ region.ctrl.word();
    return !placed(s, k, region) || (rights & r::RegionCtrl::kPlain) != 0;
}

/// What config_digest shows when every region that isn't locked holds what is wanted.
std::uint32_t digest(const converge::Situation& s) {
    std::uint32_t signature = 0xFFFFFFFF;
    const auto mix = [&signature](std::uint32_t word) {
        signature = (signature >> 1) ^ ((signature & 1) != 0 ? 0xEDB88320u : 0u) ^ word;
    };
    for (std::uint32_t k = 0; k < kRegions; ++k) {
        const Region want = wanted(s, k);
        mix(locked(s, k) ? s.get<r::RegionBase>(k).word() : want.base.word());
        mix(locked(s, k) ? s.get<r::RegionLimit>(k).word() : want.limit.word());
        mix((locked(s, k) ? s.get<r::RegionCtrl>(k).word() : want.ctrl.word()) & r::RegionCtrl::kPlain);
    }
    return signature;
}

/// Shut, moved, opened: a region that moves while it is enabled lets through what nobody meant.
void program(const converge::Situation& s, converge::Plan& plan, std::uint32_t k, bool in_any_case) {
    const Region want = wanted(s, k);
    const auto ctrl = s.get<r::RegionCtrl>(k);
    if (in_any_case || !placed(s, k, want)) {
        if (in_any_case || ctrl.get<r::RegionCtrl::Enable>() != 0) plan.write(bus::Value<r::RegionCtrl>(0), k);
        plan.write(want.base, k);
        plan.write(want.limit, k);
        plan.write(want.ctrl, k);
    } else {
        plan.want(s, want.ctrl, k);
    }
}

/// Copies the record; when the copy is seen to be there, frees the log.
void keep_record(const converge::Situation& s, converge::Plan& plan) {
    const auto info = s.get<r::LogInfo>();
    plan.want(s, bus::Value<r::SavedAddress>(s.get<r::LogAddress>().word()));
    plan.want(s, bus::modify(s.get<r::SavedInfo>())
                     .with<r::SavedInfo::Initiator>(info.get<r::LogInfo::Initiator>())
                     .with<r::SavedInfo::Kind>(info.get<r::LogInfo::Kind>())
                     .with<r::SavedInfo::Kept>(1));
    if (!plan.items().empty()) {
        plan.read_back<r::SavedAddress>();
        plan.read_back<r::SavedInfo>();
        return plan.act("keep the record of a blocked access");
    }
    plan.write(bus::modify(info).with<r::LogInfo::Valid>(1));
    plan.act("free the log, whose record is kept");
}

/// Mode and default policy. The policy takes two equal writes in a row.
void want_policy(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Response>()).with<r::Response::Pattern>(0x0BAD0ADD));
    plan.want(s, bus::modify(s.get<r::Control>())
                     .with<r::Control::Enforce>(1)
                     .with<r::Control::KeepFirst>(1)
                     .with<r::Control::Interrupt>(1));
    const auto policy = bus::modify(s.get<r::DefaultPolicy>())
                            .with<r::DefaultPolicy::PassReads>(0)
                            .with<r::DefaultPolicy::PassWrites>(0)
                            .with<r::DefaultPolicy::PassFetches>(0)
                            .with<r::DefaultPolicy::Answer>(2)
                            .with<r::DefaultPolicy::Record>(1);
    if (policy == s.get<r::DefaultPolicy>()) return;
    plan.write(policy);
    plan.write(policy);
}

}  // namespace

// The record of what was blocked first: nothing below may cost it. Then policy and regions; then, with the hardware's
// signature as evidence that every word arrived, the locks: a lock on anything else would last until cold reset.
void decide(const converge::Situation& s, converge::Plan& plan) {
    if (s.get<r::LogInfo>().get<r::LogInfo::Valid>() != 0) return keep_record(s, plan);

    bool stuck = false, open = false;
    want_policy(s, plan);
    for (std::uint32_t k = 0; k < kRegions; ++k) {
        if (locked(s, k)) {
            stuck |= differs(s, k, wanted(s, k));
        } else {
            program(s, plan, k, false);
            open = true;
        }
    }
    if (!plan.items().empty()) return plan.act_disruptively("open what the tile needs and nothing else");
    if (open && s.get<r::ConfigDigest>().word() != digest(s)) {
        for (std::uint32_t k = 0; k < kRegions; ++k) {
            if (!locked(s, k)) program(s, plan, k, true);
        }
        return plan.act_disruptively("write the regions again: the hardware has other ones");
    }
    for (std::uint32_t k = 0; k < kRegions; ++k) {
        const auto ctrl = s.get<r::RegionCtrl>(k);
        if (!locked(s, k)) plan.write(bus::modify(ctrl).with<r::RegionCtrl::Lock>(1), k);
    }
    if (s.get<r::Status>().get<r::Status::PairError>() != 0) {
        plan.write(bus::modify(s.get<r::Status>()).with<r::Status::PairError>(1));
    }
    if (plan.act_if_any("lock what is proven right")) return;
    if (stuck) return plan.needs_reset("a locked region differs from the intent");
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"window_base_mib", "MiB", 2'048, 65'536, 4'096, "bottom of the tiles' memory windows, one after another"},
    {"window_mib", "MiB", 1, 1'024, 512, "size of each window"},
    {"initiators", "1", 1, 255, 0x07,
     "who may use the window, one bit each: core, DMA, collective, host, management, "
     "debug, peers, test"},
    {"code_pages", "1", 1, 256, 16, "pages of 64 KiB from which the core may fetch"},
    {"peers", "1", 0, 4, 4, "neighbours whose windows DMA and collectives may read"},
    {"leaks", "1", 0, 0, 0, "guarded places that can be reached"},
    {"lost_records", "1", 0, 0, 0, "records of blocked accesses that nobody kept"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::firewall
