#include "hal/blocks/intagg/intagg.hpp"

#include "hal/registers/intagg.hpp"

namespace hal::blocks::intagg {

namespace r = hal::registers::intagg;

namespace {

constexpr std::uint32_t kFilterCycles = 4, kResendUs = 2000;
constexpr std::uint32_t kErrorBank = 7;  // the tile's errors: at once and to management, too
constexpr std::uint32_t kManagement = 1;

struct Bank {
    bus::Value<r::Lines> lines;
    bus::Value<r::Polarity> polarity;
    bus::Value<r::Threshold> threshold;
    bus::Value<r::Route> route;
};

Bank wanted(const converge::Situation& s, std::uint32_t b) {
    const std::uint32_t all = r::Polarity::Low::kMax;
    const bool error = b == kErrorBank;
    return {bus::modify(s.get<r::Lines>(b)).with<r::Lines::Enable>((1u << s.intent[kLines]) - 1u),
            bus::modify(s.get<r::Polarity>(b))
                .with<r::Polarity::Low>(((s.intent[kLowBanks] >> b) & 1) != 0 ? all : 0)
                .with<r::Polarity::Edge>(((s.intent[kEdgeBanks] >> b) & 1) != 0 ? all : 0),
            bus::modify(s.get<r::Threshold>(b))
                .with<r::Threshold::Events>(error ? 1 : s.intent[kEvents])
                .with<r::Threshold::WindowUs>(error ? 0 : s.intent[kWindow]),
            bus::modify(s.get<r::Route>(b))
                .with<r::Route::Target>(error ? kManagement : s.intent[kVector] + b)
                .with<r::Route::Priority>(kErrorBank - b)};
}

/// Polarity and route of a bank only change while none of its lines is enabled.
void want_routes(const converge::Situation& s, converge::Plan& plan) {
    for (std::uint32_t b = 0; b < r::Lines::kCount; ++b) {
        const Bank bank = wanted(s, b);
        if (s.get<r::Polarity>(b) == bank.polarity && s.get<r::Route>(b) == bank.route) continue;
        plan.want(s, bus::modify(s.get<r::Lines>(b)).with<r::Lines::Enable>(0), b);
        plan.want(s, bank.polarity, b);
        plan.want(s, bank.route, b);
    }
}

}  // namespace

// Everything that must not change under enabled lines, then capture; when the inputs have settled, the lines. `pending`
// is the host's: its bits are always written 0. Our own error is cleared when it is seen in the log.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto summary = s.get<r::Summary>();
    const auto event = s.get<r::Event>();
    const auto log = s.get<r::Log>();
    const auto capture = bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Capture>(1).with<r::Ctrl::Filter>(kFilterCycles);

    // Until the collector has read it, the log has to be right: also after the error was cleared. The collector doesn't
    // wait for us, so this comes first.
    const bool parity = summary.get<r::Summary::Parity>() != 0;
    const bool collecting = s.get<r::Status>().get<r::Status::Collecting>() != 0;
    const bool logged = log.get<r::Log::Phase>() == event.get<r::Event::Phase>() &&
                        log.get<r::Log::Row>() == event.get<r::Event::Row>();
    if ((parity || collecting) && !logged) {
        plan.write(bus::modify(log)
                       .with<r::Log::Phase>(event.get<r::Event::Phase>())
                       .with<r::Log::Row>(event.get<r::Event::Row>()));
        plan.read_back<r::Log>();
        return plan.act("log a parity error");
    }

    for (std::uint32_t b = 0; b < r::Threshold::kCount; ++b) plan.want(s, wanted(s, b).threshold, b);
    plan.want(
        s, bus::modify(s.get<r::Limits>()).with<r::Limits::Rate>(s.intent[kRate]).with<r::Limits::ResendUs>(kResendUs));
    if (plan.act_if_any("set limits and coalescing")) return;
    want_routes(s, plan);
    plan.want(s, capture);
    if (!plan.items().empty())
        return plan.act_disruptively("route the banks and capture events", r::Status::kLatencyUs);
    if (s.get<r::Status>().get<r::Status::Settled>() == 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "inputs are settling");
        return plan.broken("inputs never settle");
    }
    if (parity) plan.write(bus::modify(summary).with<r::Summary::Parity>(1));
    const std::size_t harmless = plan.items().size();
    for (std::uint32_t b = 0; b < r::Lines::kCount; ++b) plan.want(s, wanted(s, b).lines, b);
    plan.want(s, capture.with<r::Ctrl::Deliver>(1));
    if (plan.items().size() != harmless) return plan.act_disruptively("enable the lines and deliver");
    if (plan.act_if_any("clear a parity error that is logged")) return;
    if (collecting) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "the log is being read");
        return plan.broken("the log is never read");
    }
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"lines", "1", 1, 16, 12, "lines enabled in every bank, from line 0"},
    {"low_banks", "1", 0, 255, 0x81, "banks whose lines are active low, one bit each"},
    {"edge_banks", "1", 0, 255, 0x3E, "banks whose events are edges, one bit each"},
    {"events", "1", 1, 255, 8, "events until an interrupt is sent; the error bank sends at once"},
    {"window_us", "us", 0, 65'535, 20, "longest wait for them"},
    {"first_vector", "1", 2, 32, 16, "host vector of bank 0; bank n has the n-th behind it"},
    {"rate", "1/ms", 1, 65'535, 400, "interrupts to one target, at most"},
    {"errors_kept", "bool", 1, 1, 1, "no parity error was cleared that the collector has not seen"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::intagg
