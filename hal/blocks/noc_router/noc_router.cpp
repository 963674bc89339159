#include "hal/blocks/noc_router/noc_router.hpp"

#include "hal/registers/noc_router.hpp"

namespace hal::blocks::noc_router {

namespace r = hal::registers::noc_router;

namespace {

enum Channel : std::uint32_t { kRequest, kResponse, kBulk, kEscape, kChannels };

/// The routers form the squarest mesh whose width is a power of two, counted row by row.
std::uint32_t mesh_width(std::uint32_t routers) {
    std::uint32_t width = 1;
    while (width * width < routers) width *= 2;
    return width;
}

constexpr std::uint32_t distance(std::uint32_t a, std::uint32_t b) { return a < b ? b - a : a - b; }

/// Dimension-ordered: all the way in the first dimension on channel 0, then in the other one on channel 1.
bus::Value<r::Route> route(const converge::Situation& s, std::uint32_t destination) {
    using Port = r::Route::Port;
    const std::uint32_t width = mesh_width(s.count), target = destination * s.count / r::Route::kCount;
    const std::uint32_t x = s.index % width, y = s.index / width, to_x = target % width, to_y = target / width;
    const bool yx = s.intent[kRouting] == r::Control::Order::kYx;
    const bool along_x = yx ? y == to_y : x != to_x;
    std::uint32_t port = Port::kHere, channel = 0;
    if (along_x && x != to_x) {
        port = x < to_x ? Port::kEast : Port::kWest;
        channel = yx ? 1 : 0;
    } else if (y != to_y) {
        port = y < to_y ? Port::kSouth : Port::kNorth;
        channel = yx ? 0 : 1;
    }
    return bus::Value<r::Route>(0)
        .with<Port>(port)
        .with<r::Route::Vc>(channel)
        .with<r::Route::Weight>(distance(x, to_x) + distance(y, to_y))
        .with<r::Route::Valid>(1);
}

/// What active_digest shows when the intended routes are the active ones.
std::uint32_t digest(const converge::Situation& s) {
    std::uint32_t signature = 0xFFFFFFFF;
    for (std::uint32_t d = 0; d < r::Route::kCount; ++d) {
        signature = (signature >> 1) ^ ((signature & 1) != 0 ? 0xEDB88320u : 0u) ^ route(s, d).word();
    }
    return signature;
}

/// The intended flits in flight, divided among the channels; bulk gets what doesn't divide.
std::uint32_t depth(const converge::Situation& s, std::uint32_t channel) {
    const std::uint32_t quarter = s.intent[kInflight] / kChannels;
    return channel == kBulk ? s.intent[kInflight] - (kChannels - 1) * quarter : quarter;
}

void want_buffers(const converge::Situation& s, converge::Plan& plan) {
    for (std::uint32_t channel = 0; channel < kChannels; ++channel) {
        const std::uint32_t flits = depth(s, channel);
        plan.want(
            s, bus::modify(s.get<r::Credit>(channel)).with<r::Credit::Depth>(flits).with<r::Credit::Reserve>(flits / 4),
            channel);
    }
}

/// What may change while packets pass.
void want_settings(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t bulk = s.intent[kBulkShare], other = (100 - bulk) / 3;
    plan.want(s, bus::modify(s.get<r::Arbitration>())
                     .with<r::Arbitration::Request>(100 - bulk - 2 * other)
                     .with<r::Arbitration::Response>(other)
                     .with<r::Arbitration::Bulk>(bulk)
                     .with<r::Arbitration::Escape>(other));
    plan.want(s, bus::modify(s.get<r::Timeout>())
                     .with<r::Timeout::Ticks>(10 * s.intent[kStallTimeout])
                     .with<r::Timeout::Action>(1));
    plan.want(s, bus::modify(s.get<r::ErrorMask>()).with<r::ErrorMask::Sources>(r::ErrorMask::Sources::kMax));
    for (std::uint32_t channel = 0; channel < kChannels; ++channel) {
        const std::uint32_t flits = depth(s, channel);
        plan.want(s,
                  bus::modify(s.get<r::Threshold>(channel))
                      .with<r::Threshold::On>(flits / 4)
                      .with<r::Threshold::Off>(flits / 2),
                  channel);
    }
}

/// The shadow, then the commit that makes it the active table: whoever dies in between leaves that as it was.
void want_routes(const converge::Situation& s, converge::Plan& plan, bool active) {
    const std::size_t before = plan.items().size();
    for (std::uint32_t d = 0; d < r::Route::kCount; ++d) plan.want(s, route(s, d), d);
    const bool written = plan.items().size() != before || s.get<r::TableStatus>().get<r::TableStatus::Dirty>() != 0;
    if (written || !active) plan.write(bus::Value<r::Commit>(0).with<r::Commit::Take>(1));
}

}  // namespace

// The shadow says nothing about the table that packets follow: only its digest does. Buffers move only while the
// router is off; routes and switch-on follow. A router that passes nothing disturbs nobody, whatever is done to it. A
// shadow that went astray is put right at any time, as committing what is active already changes nothing.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto control = s.get<r::Control>();
    const auto errors = s.get<r::Errors>();
    const auto off = bus::modify(control)
                         .with<r::Control::Enable>(0)
                         .with<r::Control::Order>(s.intent[kRouting])
                         .with<r::Control::IdleClocks>(64);
    const auto on = off.with<r::Control::Enable>(1);
    const bool active = s.get<r::ActiveDigest>().word() == digest(s);
    const bool lost = errors.get<r::Errors::CreditLost>() != 0;

    want_buffers(s, plan);
    const bool dead = lost || control.get<r::Control::Enable>() == 0, restart = dead || !plan.items().empty();
    plan.clear();
    if (restart) plan.want(s, off);
    if (lost) plan.write(bus::modify(errors).with<r::Errors::CreditLost>(1));
    want_buffers(s, plan);
    want_settings(s, plan);
    want_routes(s, plan, active);
    if (restart || !active || control.get<r::Control::Order>() != s.intent[kRouting]) {
        plan.write(on);
        if (dead) return plan.act("route and let packets pass");
        return plan.act_disruptively("move what packets rely on");
    }
    plan.want(s, on);
    if (plan.act_if_any("adjust what packets don't notice")) return;
    if (errors.get<r::Errors::NoRoute>() != 0 || errors.get<r::Errors::Stalled>() != 0) {
        plan.write(errors);  // those that were seen: one that comes meanwhile is another matter
        return plan.act("acknowledge errors of the past");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"routing", "1", 0, 1, 0, "dimension in which packets travel first: 0 is X, 1 is Y"},
    {"reachable", "1", 32, 32, 32, "destination groups reached on a shortest way"},
    {"bulk_share", "%", 10, 70, 40, "share of each link that bulk data may take from the others"},
    {"inflight_flits", "1", 32, 255, 96, "flits that the neighbours together may have under way to this router"},
    {"stall_timeout_us", "us", 1, 6000, 200, "after this time a packet that cannot move is reported"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::noc_router
