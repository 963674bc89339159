#include "hal/blocks/mgmt_port/mgmt_port.hpp"

#include "hal/registers/mgmt_port.hpp"

namespace hal::blocks::mgmt_port {

namespace r = hal::registers::mgmt_port;

void decide(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::Config>())
                     .with<r::Config::Silent>(1)
                     .with<r::Config::Timeout>(s.intent[kTimeout])
                     .with<r::Config::Drive>(s.intent[kDrive]));
    if (plan.act_if_any("set up the bridge")) return;
    plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"frame_timeout", "cycles", 16, 4095, 0x200, "idle bus cycles after which the bridge abandons a frame"},
    {"miso_drive", "1", 0, 15, 6, "drive strength code of MISO"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::mgmt_port
