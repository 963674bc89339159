#include "hal/blocks/dma/dma.hpp"

#include "hal/registers/dma.hpp"

namespace hal::blocks::dma {

namespace r = hal::registers::dma;

namespace {

constexpr std::uint32_t kPagesPerMib = 256;      // of 4 KiB
constexpr std::uint32_t kRingPages = 64;         // room for the longest ring
constexpr std::uint32_t kTablePages = 16;        // root tables of one context
constexpr std::uint32_t kTableRoots = 0x100000;  // page of context 0's: 4 GiB
constexpr std::uint32_t kRoundTripNs = 1000;     // to the farthest memory and back

/// What may change while descriptors are under way.
void want_settings(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Qos>())
                     .with<r::Qos::ReadPriority>(s.intent[kPriority])
                     .with<r::Qos::WritePriority>(s.intent[kPriority])
                     .with<r::Qos::UrgentFrom>(64));
    plan.want(s, bus::modify(s.get<r::ErrorPolicy>())
                     .with<r::ErrorPolicy::Retries>(s.intent[kRetries])
                     .with<r::ErrorPolicy::Then>(2)
                     .with<r::ErrorPolicy::Report>(1));
    plan.want(s, bus::modify(s.get<r::Timeout>()).with<r::Timeout::Us>(s.intent[kTimeout]));
    plan.want(s, bus::modify(s.get<r::ErrorMask>()).with<r::ErrorMask::Sources>(r::ErrorMask::Sources::kMax));
}

/// What may change only while nothing is under way. Bursts in flight have to cover the round trip at full bandwidth.
void want_geometry(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t burst_bytes = 64 * s.intent[kBurstBeats];
    const std::uint32_t bytes_in_flight = s.intent[kBandwidth] * kRoundTripNs / 1000;
    const std::uint32_t bursts = burst_bytes == 0 ? 1 : (bytes_in_flight + burst_bytes - 1) / burst_bytes;
    const std::uint32_t context = s.intent[kContext] + s.index;
    plan.want(
        s,
        bus::modify(s.get<r::Outstanding>()).with<r::Outstanding::Reads>(bursts).with<r::Outstanding::Writes>(bursts));
    plan.want(
        s, bus::modify(s.get<r::Burst>()).with<r::Burst::Beats>(s.intent[kBurstBeats] - 1).with<r::Burst::Boundary>(1));
    plan.want(s, bus::modify(s.get<r::Rate>()).with<r::Rate::Mbps>(s.intent[kBandwidth]));
    plan.want(s, bus::modify(s.get<r::Translation>())
                     .with<r::Translation::Enable>(1)
                     .with<r::Translation::Context>(context)
                     .with<r::Translation::PageLog2>(s.intent[kPageLog2]));
    plan.want(s, bus::Value<r::TableRoot>(kTableRoots + context * kTablePages));
    for (std::uint32_t ring = 0; ring < r::RingBase::kCount; ++ring) {
        const std::uint32_t place = s.index * r::RingBase::kCount + ring;
        plan.want(s, bus::Value<r::RingBase>(s.intent[kRingBase] * kPagesPerMib + place * kRingPages), ring);
        plan.want(s, bus::modify(s.get<r::RingSize>(ring)).with<r::RingSize::Entries>(s.intent[kRingEntries]), ring);
    }
}

}  // namespace

// Idle first, then geometry, then on, and last of all the release of the hold: an engine that somebody else left
// quiesced looks like any other one that isn't released yet, and is. Only the hold on a working engine disturbs.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto control = s.get<r::Control>();
    const auto quiesce = s.get<r::Quiesce>();
    const auto errors = s.get<r::Errors>();
    const auto hold = bus::modify(quiesce).with<r::Quiesce::Request>(1);
    const auto go = hold.with<r::Quiesce::Request>(0);
    const auto on = bus::modify(control).with<r::Control::Enable>(1).with<r::Control::Prefetch>(8);
    const bool idle = s.get<r::Status>().get<r::Status::Idle>() != 0;
    const bool lost = errors.get<r::Errors::DescriptorLost>() != 0;

    want_geometry(s, plan);
    const bool restart = !plan.items().empty() || lost;
    if (restart && !idle) {
        plan.clear();
        if (quiesce.get<r::Quiesce::Request>() == 0) {
            plan.write(hold);
            if (lost) return plan.act("let the engine come to rest");
            return plan.act_disruptively("let the engine finish what it has fetched", r::Status::kLatencyUs);
        }
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "engine is draining");
        return plan.broken("engine never becomes idle");
    }
    want_settings(s, plan);
    if (lost) {
        plan.want(s, on.with<r::Control::Enable>(0));
        plan.write(bus::modify(errors).with<r::Errors::DescriptorLost>(1));
        plan.write(on);
    }
    plan.want(s, on);
    plan.want(s, go);
    if (plan.act_if_any(restart ? "give the engine its rings and let it go" : "adjust and let go")) return;
    if (idle) {
        plan.write(hold);
        plan.write(go);
        return plan.act("start an engine that was released and stands still");
    }
    if (errors.get<r::Errors::Bus>() != 0 || errors.get<r::Errors::TimedOut>() != 0 ||
        errors.get<r::Errors::NoTranslation>() != 0) {
        plan.write(errors);  // those that were seen: one that comes meanwhile is another matter
        return plan.act("acknowledge errors of the past");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"bandwidth_mbps", "MB/s", 64, 16'000, 12'000, "in each direction"},
    {"burst_beats", "1", 1, 16, 4, "burst length in beats of 64 bytes"},
    {"ring_base_mib", "MiB", 1, 65'536, 1'024, "bottom of the engines' descriptor rings, two after two"},
    {"ring_entries", "1", 64, 4'096, 1'024, "descriptors in each ring"},
    {"context", "1", 1, 100, 16, "translation context of engine 0; the others' follow"},
    {"page_log2", "1", 12, 21, 16, "log2 of the translated pages"},
    {"priority", "1", 0, 7, 5, "class in the network"},
    {"retries", "1", 0, 15, 3, "of a failed access"},
    {"timeout_us", "us", 1, 60'000, 500, "of one access"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::dma
