#include "hal/blocks/collective/collective.hpp"

#include "hal/registers/collective.hpp"

namespace hal::blocks::collective {

namespace r = hal::registers::collective;

namespace {

constexpr std::uint32_t kBuffers = r::BufferAddressLow::kCount;
constexpr std::uint32_t kNearGroups = 4;  // the others are strided

/// Near groups halve the ring again and again, strided ones take every 1st, 2nd, 4th, ... engine: what the halving
/// and the doubling phase of an all-reduce need. All of them contain this engine.
bus::Value<r::ProcessGroup> group(const converge::Situation& s, std::uint32_t g) {
    if (g >= s.intent[kGroups]) return bus::Value<r::ProcessGroup>(0);
    std::uint32_t first = 0, stride = 1, members = 1;
    if (g < kNearGroups) {
        if ((s.count >> g) != 0) members = s.count >> g;
        first = s.index - s.index % members;
    } else {
        stride = 1u << (g - kNearGroups);
        if (stride > s.count) stride = s.count;
        if (stride == 0) stride = 1;
        first = s.index % stride;
        members = (s.count - first + stride - 1) / stride;
    }
    return bus::Value<r::ProcessGroup>(0)
        .with<r::ProcessGroup::First>(first)
        .with<r::ProcessGroup::Stride>(stride)
        .with<r::ProcessGroup::Members>(members)
        .with<r::ProcessGroup::Valid>(1);
}

/// Halves that look right prove nothing: the address counts only as a pair. So it is always written as one.
void want_buffer(const converge::Situation& s, converge::Plan& plan, std::uint32_t buffer) {
    const std::uint64_t mib =
        std::uint64_t{s.intent[kBufferBase]} + std::uint64_t{s.index * kBuffers + buffer} * s.intent[kBufferSize];
    const bus::Value<r::BufferAddressLow> low(static_cast<std::uint32_t>(mib << 20));
    const bus::Value<r::BufferAddressHigh> high(static_cast<std::uint32_t>(mib >> 12));
    const bool taken = ((s.get<r::Status>().get<r::Status::Taken>() >> buffer) & 1) != 0;
    if (taken && s.get<r::BufferAddressLow>(buffer) == low && s.get<r::BufferAddressHigh>(buffer) == high) return;
    plan.write(low, buffer);
    plan.write(high, buffer);
}

/// What the engine holds read-only while it is enabled.
void want_configuration(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t last = s.count - 1u;
    plan.want(
        s,
        bus::modify(s.get<r::Membership>()).with<r::Membership::Rank>(s.index).with<r::Membership::Members>(s.count));
    plan.want(s, bus::modify(s.get<r::Neighbours>())
                     .with<r::Neighbours::Next>(s.index == last ? 0 : s.index + 1u)
                     .with<r::Neighbours::Previous>(s.index == 0 ? last : s.index - 1u));
    plan.want(s, bus::modify(s.get<r::Chunk>()).with<r::Chunk::Kib>(s.intent[kChunk]).with<r::Chunk::Depth>(4));
    plan.want(s, bus::modify(s.get<r::Reduction>())
                     .with<r::Reduction::Types>(s.intent[kTypes])
                     .with<r::Reduction::Ops>(r::Reduction::Ops::kMax)
                     .with<r::Reduction::Wide>(1));
    for (std::uint32_t buffer = 0; buffer < kBuffers; ++buffer) want_buffer(s, plan, buffer);
    plan.want(s, bus::modify(s.get<r::BufferSize>()).with<r::BufferSize::Mib>(s.intent[kBufferSize]));
    plan.want(s, bus::modify(s.get<r::Flow>())
                     .with<r::Flow::Credits>(s.intent[kCredits])
                     .with<r::Flow::Lot>(s.intent[kCredits] < 4 ? 1 : 4));
    for (std::uint32_t g = 0; g < r::ProcessGroup::kCount; ++g) plan.want(s, group(s, g), g);
}

}  // namespace

// Off, configure, on: while enabled the engine ignores configuration. Ready is believed only with the intended
// configuration underneath, and an address only if the engine says that it took both halves.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto control = s.get<r::Control>();
    const auto status = s.get<r::Status>();
    const auto errors = s.get<r::Errors>();
    const auto off = bus::modify(control).with<r::Control::Enable>(0);
    const auto on = off.with<r::Control::Enable>(1).with<r::Control::Algorithm>(s.intent[kAlgorithm]);

    want_configuration(s, plan);
    const bool matches = plan.items().empty() && control == on;
    plan.clear();
    plan.want(s, bus::modify(s.get<r::Timeout>()).with<r::Timeout::Ms>(s.intent[kTimeout]));
    plan.want(s, bus::modify(s.get<r::ErrorMask>()).with<r::ErrorMask::Sources>(r::ErrorMask::Sources::kMax));
    if (!matches) {
        plan.want(s, off);
        want_configuration(s, plan);
        plan.write(on);
        if (status.get<r::Status::Ready>() == 0)
            return plan.act("configure the engine and let it join its ring", r::Status::kLatencyUs);
        return plan.act_disruptively("take the engine out of its ring and configure it");
    }
    if (plan.act_if_any("adjust patience and interrupts")) return;
    if (status.get<r::Status::Ready>() == 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "neighbours are answering");
        plan.write(off);
        return plan.broken("neighbours don't answer");
    }
    if (errors.get<r::Errors::PeerLost>() != 0 || errors.get<r::Errors::Overflow>() != 0 ||
        errors.get<r::Errors::Checksum>() != 0) {
        plan.write(errors);  // those that were seen: one that comes meanwhile is another matter
        return plan.act("acknowledge errors of the past");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"rings", "1", 1, 1, 1, "rings into which the chip's engines are divided"},
    {"algorithm", "1", 0, 2, 2, "0 ring, 1 tree, 2 recursive halving"},
    {"groups", "1", 0, 8, 8, "process groups that the engine belongs to"},
    {"chunk_kib", "KiB", 4, 4'095, 512, "unit of a transfer"},
    {"buffer_base_mib", "MiB", 1, 4'000'000, 131'104, "bottom of the engines' buffers, three after three"},
    {"buffer_mib", "MiB", 1, 4'096, 64, "size of each buffer"},
    {"credits", "1", 1, 255, 16, "chunks that a neighbour may send unasked"},
    {"types", "1", 1, 63, 0x0F, "element types, one bit each: fp32, bf16, fp16, fp8, int32, int8"},
    {"timeout_ms", "ms", 1, 60'000, 100, "patience with a silent neighbour"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::collective
