// Memory bank: mode first, then one fill, never a second one while it runs.
#include "hal/registers/ram.hpp"
#include "hal/converge/driver.hpp"

namespace hal::blocks::ram {

namespace r = hal::registers::ram;

namespace {

enum Wanted : std::uint32_t { kEcc, kThreshold };

void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    if (status.get<r::Status::Busy>() != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "bank is being filled");
        return plan.broken("the fill does not end");
    }
    const bool other_mode = s.get<r::Mode>().get<r::Mode::Ecc>() != s.intent[kEcc];
    if (other_mode || status.get<r::Status::Filled>() == 0) {
        plan.want(s, bus::modify(s.get<r::Mode>()).with<r::Mode::Ecc>(s.intent[kEcc]));
        plan.write(bus::Value<r::Fill>(0).with<r::Fill::Start>(1));
        return plan.act_disruptively("set the mode and fill the bank", r::Status::kLatencyUs);
    }
    plan.want(s, bus::modify(s.get<r::Threshold>()).with<r::Threshold::Errors>(s.intent[kThreshold]));
    if (!plan.act_if_any("set when the host is told of errors")) plan.converged();
}

constexpr converge::IntentField kIntent[] = {
    {"ecc", "bool", 0, 1, 1, "correct errors"},
    {"threshold", "1", 1, 255, 16, "corrected errors from which on the host is told"},
};

}  // namespace

extern const converge::Driver kDriver;
const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::ram
