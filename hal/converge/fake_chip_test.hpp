// A chip of four block types in plain arrays, with its drivers: what the engine's tests need and no more.
//   sys: identity, traffic gate, verdicts.  rail: comes up some time after its level is set.
//   unit: behind a rail; `config` may change any time, `mode` only without traffic.  odd: does what its intent says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hal/converge/converge.hpp"

namespace hal::converge::fake {

template <std::uint32_t Word, bool Written = true>
struct Register {
    static constexpr std::uint32_t kOffset = 4 * Word, kCount = 1, kStride = 4, kIndex = Word, kIndexStride = 1;
    static constexpr std::uint32_t kReset = 0, kPreserve = 0xFFFFFFFF, kNoopOnes = 0;
    static constexpr std::uint32_t kPlain = Written ? 0xFFFFFFFF : 0, kSets = 0, kClears = 0;
    static constexpr bool kReadable = true, kWritable = Written, kModifiable = true, kReadSideEffect = false;
    static constexpr bool kWriteIdempotent = true, kObserved = true;
};
using Config = Register<0>;  // rail: level; unit: config; odd: anything
using Mode = Register<1>;
using Status = Register<2, false>;

enum Odd : std::uint32_t { kFine, kActsForEver, kOverflows, kNeedsReset, kBroken, kOff, kWaitsForEver, kWaitsNoTime };

inline constexpr std::uint32_t kIdentity = 0x1234, kOpen = 1, kActive = 2;
inline constexpr std::uint32_t kSys = 0, kRails = 1, kUnits = 3, kOdd = 7, kInstances = 8;  // first instance of each
inline constexpr std::uint32_t kRailUs = 100, kRailMaxUs = 400;
inline constexpr std::uint32_t kDigestWord = 2, kVerdictWord = 3;

inline void decide_sys(const Situation&, Plan& plan) { plan.converged(); }

inline bool rail_is_harmless = false;  ///< Its level may be set under traffic.

inline void decide_rail(const Situation& s, Plan& plan) {
    if (s.get<Config>().word() != s.intent[0]) {
        plan.write(bus::Value<Config>(s.intent[0]));
        return rail_is_harmless ? plan.act("set the level") : plan.act_disruptively("set the level");
    }
    if (s.get<Status>().word() != 0) return plan.converged();
    if (s.waited_us < kRailMaxUs) return plan.wait(kRailUs, "rising");
    plan.write(bus::Value<Config>(0));
    plan.broken("does not rise");
}

inline void decide_unit(const Situation& s, Plan& plan) {
    if (s.get<Mode>().word() != s.intent[1]) {
        plan.want(s, bus::Value<Config>(s.intent[0]));
        plan.write(bus::Value<Mode>(s.intent[1]));
        return plan.act_disruptively("other mode");
    }
    plan.want(s, bus::Value<Config>(s.intent[0]));
    if (!plan.act_if_any("other config")) plan.converged();
}

inline void decide_odd(const Situation& s, Plan& plan) {
    const bus::Value<Config> next(s.get<Config>().word() + 1);
    switch (s.intent[0]) {
        case kActsForEver: plan.write(next); return plan.act("again");
        case kOverflows:
            for (std::uint32_t k = 0; k <= kMaxItems; ++k) plan.write(next);
            return plan.act("too much");
        case kNeedsReset: return plan.needs_reset("locked");
        case kBroken: plan.write(bus::Value<Config>(0)); return plan.broken("dead");
        case kOff: return plan.off();
        case kWaitsForEver: return plan.wait(1000, "slow");
        case kWaitsNoTime: return plan.wait(0, "impatient");
        default: return plan.converged();
    }
}

inline constexpr IntentField kRailIntent[] = {{"level", "mV", 0, 1000, 700, ""}};
inline constexpr IntentField kUnitIntent[] = {{"config", "1", 0, 100, 11, ""}, {"mode", "1", 0, 9, 3, ""}};
inline constexpr IntentField kOddIntent[] = {{"what", "1", 0, 9, kFine, ""}};
inline constexpr Driver kSysDriver{decide_sys, {}}, kRailDriver{decide_rail, {kRailIntent}},
    kUnitDriver{decide_unit, {kUnitIntent}}, kOddDriver{decide_odd, {kOddIntent}};
inline constexpr bus::Run kFour[] = {{0, 0, 4}}, kThree[] = {{0, 0, 3}}, kOne[] = {{0, 0, 1}}, kLast[] = {{8, 2, 1}};
inline const TypeRow kTypes[] = {{"sys", 4, {kFour}, {kFour}, &kSysDriver, false, false, 0, 0},
                                 {"rail", 3, {kThree}, {kLast}, &kRailDriver, false, false, 2, 1},
                                 {"unit", 3, {kThree}, {kLast}, &kUnitDriver, true, true, 0, 0},
                                 {"odd", 1, {kOne}, {kOne}, &kOddDriver, false, false, 0, 0}};
inline constexpr InstanceRow kRows[] = {
    {0x0000, 0, 0, 0, 1, 0, 0}, {0x1000, 1, 1, 0, 2, 0, 1}, {0x2000, 1, 1, 1, 2, 1, 1}, {0x3000, 2, 2, 0, 4, 2, 1},
    {0x4000, 2, 2, 1, 4, 3, 1}, {0x5000, 2, 2, 2, 4, 4, 1}, {0x6000, 2, 2, 3, 4, 5, 1}, {0x7000, 3, 0, 0, 1, 0, 0}};
inline constexpr std::uint16_t kParents[] = {0, 0, 1, 1, 2, 2};
inline constexpr Services kServices{{0, 0}, {4, 1}, kOpen, kActive, {8, 2}, {12, 3}};
inline const Chip kChip{"fake", 1, 1, kIdentity, {kTypes}, {kRows}, kParents, 3, kServices};

/// The hardware, its link and its clock.
class Hardware final : public bus::Transport {
public:
    Hardware() { words[kSys][0] = kIdentity; }

    bus::Result<void> execute(bus::Span<const bus::Access> batch) override {
        batches.push_back(static_cast<std::uint32_t>(batch.size()));
        std::uint32_t done = 0;
        bus::Error refused;
        refused.completed = ~0u;
        for (const bus::Access& access : batch) {
            if (const bus::Code code = one(access); code != kNoError) {
                bus::Error error;
                error.code = code;
                error.effect = code == bus::Code::link_down ? bus::Effect::unknown : bus::Effect::none;
                error.address = access.address;
                error.completed = done;
                if (!posts || code != bus::Code::bus_error || access.op == bus::Op::read) return bus::fail(error);
                refused = error;
                refused.effect = bus::Effect::unknown;
                refused.completed = 0;  // as far as anybody can tell
            }
            ++done;
        }
        if (refused.completed == 0) return bus::fail(refused);
        return {};
    }
    bus::Nanoseconds now() override { return time; }
    void wait_until(bus::Nanoseconds deadline) override {
        ++waits;
        if (deadline > time) pass(deadline - time);
        if (after_wait) after_wait(*this);
    }
    void pass(bus::Nanoseconds ns) {
        time += ns;
        for (std::uint32_t i = kRails; i < kUnits; ++i) {
            if (words[i][0] == 0) words[i][2] = 0;
            if (words[i][0] != 0 && !stuck[i] && time >= up_at[i]) words[i][2] = 1;
        }
        if ((words[kSys][1] & kOpen) == 0 && time >= drained_at) words[kSys][1] = 0;
    }
    bool accessible(std::uint32_t i) const { return i < kUnits || i == kOdd || words[i < 5 ? 1 : 2][2] != 0; }

    static constexpr std::uint32_t kAlways = ~0u;
    static constexpr bus::Code kNoError = bus::Code::invalid_argument;
    std::uint32_t words[kInstances][4] = {};
    bool stuck[kInstances] = {};          ///< Never comes up.
    bool dead[kInstances] = {};           ///< Refuses every access.
    std::uint32_t deaf[kInstances] = {};  ///< Refuses so many writes.
    bool posts = false;                   ///< A refused write stops nothing, and shows when the batch is through.
    std::uint32_t rise_us = kRailUs;
    bus::Nanoseconds up_at[kInstances] = {}, drained_at = 0, drain_takes = 50'000, access_takes = 0, time = 1'000'000;
    std::vector<std::uint32_t> batches;
    std::vector<std::uint32_t> writes;  ///< Addresses.
    std::uint32_t waits = 0, guards = 0, gated_accesses = 0, fail_after = ~0u;
    std::function<void(Hardware&)> before_guard, after_wait;
    bool fenced = false;  ///< Another instance owns the port: writes are refused, reads pass.

private:
    bool refuses(std::uint32_t i) {
        const bool refused = deaf[i] != 0;
        deaf[i] -= refused && deaf[i] != kAlways ? 1 : 0;
        return refused;
    }
    bus::Code one(const bus::Access& access) {
        if (fail_after == 0) return bus::Code::link_down;
        --fail_after;
        pass(access_takes);
        if (fenced && access.op == bus::Op::write) return bus::Code::fenced;
        const std::uint32_t i = access.address / 0x1000;
        std::uint32_t* const at = words[i] + access.address % 0x1000 / 4;
        if (access.op == bus::Op::guard) {
            ++guards;
            if (before_guard) before_guard(*this);
            return (*at & access.from[0]) == access.from[1] ? kNoError : bus::Code::guard_failed;
        }
        if (!accessible(i)) ++gated_accesses;
        if (dead[i] || (access.op == bus::Op::write && refuses(i)) || !accessible(i)) return bus::Code::bus_error;
        for (std::uint32_t k = 0; k < access.count; ++k) {
            if (access.op == bus::Op::read) {
                access.into[k] = at[k];
            } else {
                writes.push_back(access.address + 4 * k);
                written(i, access.address % 0x1000 / 4 + k, access.from[k]);
            }
        }
        return kNoError;
    }
    void written(std::uint32_t i, std::uint32_t word, std::uint32_t value) {
        if (i == kSys && word == 1) {
            if ((value & kOpen) == 0) drained_at = time + drain_takes;
            value = (value & kOpen) | (words[i][1] & kActive);
        }
        if (i >= kRails && i < kUnits && words[i][0] != value) {
            words[i][2] = 0;
            up_at[i] = time + rise_us * bus::Nanoseconds{1000};
        }
        words[i][word] = value;
    }
};

}  // namespace hal::converge::fake
