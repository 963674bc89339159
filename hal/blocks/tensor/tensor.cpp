#include "hal/blocks/tensor/tensor.hpp"

#include "hal/registers/tensor.hpp"

namespace hal::blocks::tensor {

namespace r = hal::registers::tensor;

namespace {

constexpr std::uint32_t kStartDuty = 3;  // 4/16: an array that starts faster trips

void arithmetic(const converge::Situation& s, converge::Plan& plan) {
    const auto formats = bus::Value<r::Formats>((s.get<r::Formats>().word() & ~r::Formats::kPlain) |
                                                (s.intent[kFormats] & r::Formats::kPlain));
    plan.want(s, formats);
    plan.want(s, bus::modify(s.get<r::Accumulate>())
                     .with<r::Accumulate::Mode>(s.intent[kAccumulateMode])
                     .with<r::Accumulate::Chain>(4)
                     .with<r::Accumulate::Flush>(1));
    plan.want(
        s,
        bus::modify(s.get<r::Rounding>()).with<r::Rounding::Mode>(s.intent[kRoundingMode]).with<r::Rounding::Bits>(12));
    const std::uint32_t seed = s.intent[kRoundingIndependent] != 0 ? 0x9E3779B1u * (s.index + 1u) : 1u;
    plan.want(s, bus::modify(s.get<r::RoundingSeed>()).with<r::RoundingSeed::Seed>(seed));
    plan.want(s, bus::modify(s.get<r::Saturation>())
                     .with<r::Saturation::Saturate>(s.intent[kSaturate])
                     .with<r::Saturation::NanPolicy>(1)
                     .with<r::Saturation::ClipExponent>(254));
    plan.want(s, bus::modify(s.get<r::Sparsity>())
                     .with<r::Sparsity::Pattern>(s.intent[kSparsityPattern])
                     .with<r::Sparsity::SkipZero>(1)
                     .with<r::Sparsity::IndexLayout>(1));
}

void weights(const converge::Situation& s, converge::Plan& plan) {
    plan.want(s, bus::modify(s.get<r::WeightBase>()).with<r::WeightBase::Base>(s.intent[kWeightBase]));
    plan.want(s, bus::modify(s.get<r::WeightLength>()).with<r::WeightLength::Length>(s.intent[kWeightLength]));
    plan.want(s, bus::modify(s.get<r::WeightStream>())
                     .with<r::WeightStream::DoubleBuffer>(1)
                     .with<r::WeightStream::Ahead>(6)
                     .with<r::WeightStream::Share>(10));
}

/// One spare per defect, in order.
void repair(const converge::Situation& s, converge::Plan& plan) {
    for (std::uint32_t k = 0; k < r::LaneRepair::kCount; ++k) {
        const auto defect = s.get<r::Defect>(k);
        plan.want(s,
                  bus::modify(s.get<r::LaneRepair>(k))
                      .with<r::LaneRepair::Lane>(defect.get<r::Defect::Lane>())
                      .with<r::LaneRepair::Replaces>(defect.get<r::Defect::Present>()),
                  k);
    }
}

void throttle(const converge::Situation& s, converge::Plan& plan, std::uint32_t duty) {
    plan.want(s, bus::modify(s.get<r::Throttle>())
                     .with<r::Throttle::Duty>(duty)
                     .with<r::Throttle::Ramp>(5)
                     .with<r::Throttle::Window>(8));
}

}  // namespace

// Everything latched is written first, also into a running array: there it changes nothing until status.stale asks for
// another enable. An array starts at a low duty and gets its full duty when it is ready.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const bool on = s.get<r::Ctrl>().get<r::Ctrl::Enable>() != 0;
    const auto off =
        bus::modify(s.get<r::Ctrl>()).with<r::Ctrl::Enable>(0).with<r::Ctrl::GateIdle>(1).with<r::Ctrl::SkipTest>(0);

    if (s.intent[kEnabled] == 0) {
        if (on) plan.write(off);
        return on ? plan.act_disruptively("switch the array off, as intended") : plan.off();
    }
    if (status.get<r::Status::Tripped>() != 0) {
        plan.write(off);
        plan.write(bus::modify(status).with<r::Status::Tripped>(1));
        return plan.act_disruptively("the array has tripped: switch it off and acknowledge");
    }
    arithmetic(s, plan);
    weights(s, plan);
    repair(s, plan);
    if (!on) {
        throttle(s, plan, kStartDuty);
        plan.write(off.with<r::Ctrl::Enable>(1));
        return plan.act_disruptively("configure the array and start it at a low duty", r::Status::kLatencyUs);
    }
    if (plan.act_if_any("write the configuration that the next enable latches")) return;
    if (status.get<r::Status::Ready>() == 0 && status.get<r::Status::Starting>() != 0) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "lanes are being tested");
        plan.write(off);
        return plan.broken("the test of the lanes does not end");
    }
    if (status.get<r::Status::TestFailed>() != 0 && status.get<r::Status::Stale>() == 0 &&
        status.get<r::Status::Ready>() == 0) {
        plan.write(off);
        return plan.broken("lanes fail although every known defect is repaired");
    }
    if (status.get<r::Status::Ready>() == 0 || status.get<r::Status::Stale>() != 0) {
        plan.write(off);
        throttle(s, plan, kStartDuty);
        plan.write(off.with<r::Ctrl::Enable>(1));
        return plan.act_disruptively("start the array again: it runs with another configuration, or not at all",
                                     r::Status::kLatencyUs);
    }
    throttle(s, plan, s.intent[kDuty] - 1);
    plan.want(s, off.with<r::Ctrl::Enable>(1));
    if (!plan.act_if_any("raise a ready array to its duty")) plan.converged();
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"enabled", "bool", 0, 1, 1, "0 leaves the array switched off"},
    {"formats", "1", 1, 255, 0x37, "data formats, one bit each, as in the register"},
    {"accumulate_mode", "1", 0, 3, 3, "0 single, 1 brain float, 2 integer, 3 single with compensation"},
    {"rounding_mode", "1", 0, 2, 2, "0 nearest even, 1 towards 0, 2 stochastic"},
    {"rounding_independent", "bool", 0, 1, 1, "no other array rounds with the same random numbers"},
    {"saturate", "bool", 0, 1, 1, "saturate instead of infinity"},
    {"sparsity_pattern", "1", 0, 2, 1, "0 dense, 1 two of four, 2 one of four"},
    {"weight_base_kib", "KiB", 0, 65535, 512, "where weights begin in the core's SRAM"},
    {"weight_kib", "KiB", 1, 65535, 4096, "length of the weight buffer"},
    {"duty_sixteenths", "1", 1, 16, 14, "share of clocks that compute"},
    {"lanes", "1", 64, 64, 64, "lanes that compute right"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::tensor
