// What holds between calls: nothing is remembered, nothing is seen wrongly, nothing is written that was not announced,
// and nobody who only looks leaves a trace.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "chaos/faults/injector.hpp"
#include "chaos/measures.hpp"
#include "chaos/observer.hpp"
#include "hal/chip/heron.hpp"
#include "properties/holds.hpp"
#include "properties/recovery/cases.hpp"
#include "transports/intent/intent.hpp"

namespace properties::recovery {

namespace {

using chaos::Intended;
using chaos::Path;
using hal::bus::Access;
using hal::bus::Op;
using hal::converge::Policy;

const hal::converge::Chip& heron() { return *hal::chip::heron(1, 8); }

const Intended& intended(std::uint32_t which) {
    constexpr const char* kNames[] = {"training", "inference", "degraded"};
    static const std::vector<Intended> all = [&] {
        std::vector<Intended> loaded;
        for (const char* name : kNames) {
            loaded.push_back(transports::intent::load(name, {sizeof(hal_chip), 1, 8}).intended);
        }
        return loaded;
    }();
    return all[which % all.size()];
}

/// A chip and the HALs that are called over its SPI link: one that lives long, or a new one for every call.
class Callers final : public transports::model::WriteListener {
public:
    Callers(const transports::model::Layout& layout, bool lives_long) : chip(layout), lives_long_(lives_long) {
        chip.write_listener = this;
    }
    void wrote(std::uint32_t address, std::uint32_t value) override {
        for (const std::uint32_t word : {address, value}) digest = (digest ^ word) * 1099511628211u;
    }
    hal::bus::Result<hal::converge::Report> call(const Intended& intent, const Policy& policy) {
        const chaos::HalLibrary hal = chaos::HalLibrary::linked();
        if (link_ == nullptr || !lives_long_) {
            link_ = std::make_unique<transports::spi::Link>(wire_, transports::spi::Link::Mode::managed);
            RC_ASSERT(bool(link_->claim(++nonce_)));
            // What lies in the memory of a new process is nobody's.
            workspace_.assign(hal.workspace_size(chip.layout().chip) / 8 + 1, 0xA5A5'0000'5A5A'0000u * nonce_);
        }
        return hal.converge(*link_, chip.layout().chip, intent.view(), policy, {workspace_.data(), workspace_.size()},
                            nullptr, nullptr);
    }
    transports::model::Chip chip;
    std::uint64_t digest = 0;  ///< Of all that was written, in order.

private:
    const bool lives_long_;
    transports::model::BridgeSession session_;
    transports::model::Bridge bridge_{chip, session_};
    transports::model::BridgeWire wire_{bridge_, chip};
    std::unique_ptr<transports::spi::Link> link_;
    std::vector<std::uint64_t> workspace_;
    std::uint32_t nonce_ = 0;
};

/// What happens between two chips that must stay the same.
struct Happening {
    enum class What : std::uint8_t { call, time, upset, event } what = What::call;
    std::uint32_t number = 0;
    bool drain = false, retry = false, only_plan = false;
};

void showValue(const std::vector<Happening>& all, std::ostream& out) {
    constexpr const char* kWhat[] = {"call", "time", "upset", "event"};
    for (const Happening& h : all) {
        out << fmt::format("\n  {} {}{}{}{}", kWhat[static_cast<std::size_t>(h.what)], h.number,
                           h.drain ? " drain" : "", h.retry ? " retry" : "", h.only_plan ? " plan only" : "");
    }
}

rc::Gen<std::vector<Happening>> any_happenings() {
    using What = Happening::What;
    return rc::gen::scale(0.4, rc::gen::container<std::vector<Happening>>(rc::gen::build<Happening>(
                                   rc::gen::set(&Happening::what, rc::gen::element(What::call, What::call, What::time,
                                                                                   What::upset, What::event)),
                                   rc::gen::set(&Happening::number, rc::gen::inRange<std::uint32_t>(0, 1u << 20)),
                                   rc::gen::set(&Happening::drain, rc::gen::arbitrary<bool>()),
                                   rc::gen::set(&Happening::retry, rc::gen::arbitrary<bool>()),
                                   rc::gen::set(&Happening::only_plan, rc::gen::arbitrary<bool>()))));
}

void happen(Callers& callers, const Stage& bits, const Happening& h) {
    const auto instances = static_cast<std::uint32_t>(heron().instances.size());
    switch (h.what) {
        case Happening::What::time: callers.chip.advance(h.number % 20'000); break;
        case Happening::What::upset: {
            const auto& bit = bits.managed[h.number % bits.managed.size()];
            callers.chip.upset(bit.instance, bit.word, bit.bit);
            break;
        }
        case Happening::What::event:
            callers.chip.befall(static_cast<std::uint16_t>(h.number % instances),
                                static_cast<transports::model::Event>(h.number / 512 % transports::model::kEvents));
            break;
        case Happening::What::call: break;
    }
}

TEST(Calls, RememberNothing) {
    const Stage& bits = stage("boot", Path::spi);
    static const transports::model::Layout layout(heron());
    Tally tally{"calls compared", "calls that wrote", "other happenings"};
    hold("stateless", 300, tally, [&] {
        const auto happenings = *any_happenings();
        Callers one(layout, true), always_new(layout, false);
        for (const Happening& h : happenings) {
            if (h.what != Happening::What::call) {
                for (Callers* const callers : {&one, &always_new}) happen(*callers, bits, h);
                tally.add("other happenings");
                continue;
            }
            Policy policy;
            policy.drain = h.drain;
            policy.retry = h.retry;
            policy.apply = !h.only_plan;
            // A claim aborts what is half done; who has claimed long ago finds it aborted, too.
            one.chip.claimed(one.chip.epoch());
            const std::uint64_t before = one.digest;
            const auto a = one.call(intended(h.number), policy), b = always_new.call(intended(h.number), policy);
            RC_ASSERT(bool(a) == bool(b));
            if (a) RC_ASSERT(chaos::same_outcome(*a, *b) && a->reads == b->reads && a->elapsed_ns == b->elapsed_ns);
            RC_ASSERT(one.digest == always_new.digest);
            RC_ASSERT(one.chip.monitor.accesses == always_new.chip.monitor.accesses);
            RC_ASSERT(one.chip.hash() == always_new.chip.hash());
            tally.add("calls compared");
            tally.add("calls that wrote", one.digest != before ? 1 : 0);
        }
    });
}

/// Compares every word that the HAL reads with what the register holds.
class Truth final : public chaos::RunObserver {
public:
    Truth(const transports::model::Chip& chip, Tally& tally) : chip_(chip), tally_(tally) {}
    void started(hal::bus::Nanoseconds) override {}
    void executed(hal::bus::Span<const Access> batch, const hal::bus::Result<void>& result,
                  hal::bus::Nanoseconds) override {
        for (const Access& access : batch) {
            if (access.op != Op::read && access.op != Op::guard) return;  // what was read has been overwritten since
        }
        const std::size_t done = result ? batch.size() : result.error().completed;
        for (std::size_t k = 0; k < done; ++k) {
            if (batch[k].op == Op::read) compare(batch[k]);
        }
    }
    void waited(hal::bus::Nanoseconds, hal::bus::Nanoseconds) override {}
    void decided(std::uint16_t, const char*) override {}
    void ended(const hal::bus::Result<hal::converge::Report>&, hal::bus::Nanoseconds) override {}
    std::string wrong;

private:
    void compare(const Access& access) {
        const auto& layout = chip_.layout();
        for (std::uint32_t k = 0; k < access.count; ++k) {
            const std::uint32_t address = access.address + 4 * k;
            const transports::model::Layout::Page& page = *layout.page(address);
            const auto i = page.instance;
            const std::uint16_t word = page.word(address);
            // Some registers show what idle hardware computes on the fly.
            const auto shown = page.behaviour->shown;
            const std::uint32_t stored = chip_.word(i, word);
            const std::uint32_t truth =
                (shown == nullptr ? stored : shown(chip_, i, word, stored)) & page.words[word].readable;
            tally_.add("words compared");
            tally_.add("of them not zero", truth != 0 ? 1 : 0);
            if (access.into[k] != truth && wrong.empty()) {
                wrong = fmt::format("{}: word at {:#x} read as {:#x}, is {:#x}", chaos::instance_name(layout.chip, i),
                                    page.words[word].offset, access.into[k], truth);
            }
        }
    }
    const transports::model::Chip& chip_;
    Tally& tally_;
};

TEST(Calls, SeeTheChipAsItIs) {
    Tally tally{"words compared", "of them not zero"};
    hold("reconstructs", 200, tally, [&] {
        const Case c = *any_state({"boot", "resume"}, 24);
        c.stage->enter(c.plan);
        Truth truth(c.stage->rig().chip, tally);
        c.stage->rig().observer = &truth;
        c.stage->rig().run(c.stage->scenario.intended, c.stage->scenario.policy);
        c.stage->rig().observer = nullptr;
        if (!truth.wrong.empty()) RC_FAIL(story(c, truth.wrong));
    });
}

/// What was announced, by block: only its first plan.
class Announced final : public chaos::PlanListener {
public:
    struct Item {
        std::uint32_t address, words;
        bool operator==(const Item& o) const { return address == o.address && words == o.words; }
    };
    struct First {
        std::string why;
        std::vector<Item> items;
    };
    void decided(std::uint16_t instance, const char* why) override {
        open_ = first.find(instance) == first.end();
        if (open_) first[instance].why = why;
    }
    void planned(std::uint16_t instance, std::uint32_t address, std::uint32_t words) override {
        if (open_) first[instance].items.push_back({address, words});
    }
    std::map<std::uint16_t, First> first;

private:
    bool open_ = false;
};

/// Does anything above it have a plan, too? Then what it finds when its turn comes is another chip.
bool below_a_plan(std::uint16_t i, const std::map<std::uint16_t, Announced::First>& plans) {
    const auto& row = heron().instances[i];
    for (std::uint16_t k = 0; k < row.parents; ++k) {
        const std::uint16_t parent = heron().parents[row.first_parent + k];
        if (plans.count(parent) != 0 || below_a_plan(parent, plans)) return true;
    }
    return false;
}

TEST(Calls, DoWhatTheyPrinted) {
    Tally tally{"plans compared", "items compared", "chips without a plan"};
    hold("plan-is-act", 500, tally, [&] {
        const Case c = *any_state({"boot", "boot", "resume"}, 24);
        c.stage->enter(c.plan);
        chaos::Rig& rig = c.stage->rig();
        rig.chip.settle();  // or it moves between the plan and the act
        Policy policy = c.stage->scenario.policy;
        policy.apply = false;
        rig.run(c.stage->scenario.intended, policy);  // its claim aborts what was half done; the others' find nothing
        rig.chip.monitor = {};
        const auto hash = rig.chip.hash();
        Announced printed, done;
        const auto plan = rig.run(c.stage->scenario.intended, policy, nullptr, &printed);
        RC_ASSERT(bool(plan.result));
        if (rig.chip.hash() != hash || rig.chip.monitor.writes != 0) RC_FAIL(story(c, "planning changed the chip"));
        policy.apply = true;
        rig.run(c.stage->scenario.intended, policy, nullptr, &done);
        if (printed.first.empty()) tally.add("chips without a plan");
        for (const auto& [i, first] : printed.first) {
            if (below_a_plan(i, printed.first)) continue;
            const auto at = done.first.find(i);
            if (at == done.first.end() || at->second.why != first.why || !(at->second.items == first.items)) {
                RC_FAIL(story(c, fmt::format("{}: printed '{}', did '{}'", chaos::instance_name(heron(), i), first.why,
                                             at == done.first.end() ? "nothing" : at->second.why)));
            }
            tally.add("plans compared");
            tally.add("items compared", first.items.size());
        }
        for (const auto& [i, first] : done.first) {
            if (first.why == "the engine's own") continue;  // the gate of traffic is opened and shut as it goes
            if (printed.first.count(i) == 0 && !first.items.empty() && !below_a_plan(i, done.first)) {
                RC_FAIL(story(
                    c, fmt::format("{}: did '{}', which wasn't printed", chaos::instance_name(heron(), i), first.why)));
            }
        }
    });
}

/// At one moment of a HAL's life somebody else looks at the whole chip, without claiming.
class LooksOn final : public chaos::Boundary {
public:
    LooksOn(Stage& stage, std::uint32_t moment) : stage_(stage), moment_(moment) {}
    bool reached(std::uint32_t index, chaos::Moment, std::size_t) override {
        if (index != moment_) return true;
        chaos::Rig& rig = stage_.rig();
        transports::model::Bridge bridge(rig.chip, rig.session);
        transports::model::BridgeWire wire(bridge, rig.chip);
        transports::spi::Link link(wire, transports::spi::Link::Mode::observer);
        Policy policy;
        policy.apply = false;
        const chaos::HalLibrary hal = chaos::HalLibrary::linked();
        std::vector<std::uint64_t> workspace(hal.workspace_size(heron()) / 8 + 1);
        const auto seen = hal.converge(link, heron(), stage_.scenario.intended.view(), policy,
                                       {workspace.data(), workspace.size()}, nullptr, nullptr);
        looked = bool(seen);
        return true;
    }
    bool looked = false;

private:
    Stage& stage_;
    const std::uint32_t moment_;
};

TEST(Calls, ThatOnlyLookLeaveNoTrace) {
    Tally tally{"lookers", "words written by those they looked at"};
    hold("observers", 400, tally, [&] {
        const Case c = *any_state({"boot", "update"}, 8);
        RC_PRE(c.stage->scenario.path == Path::spi);
        const auto moment = *rc::gen::inRange<std::uint32_t>(0, 1u << 20) % c.stage->points.size();
        chaos::Rig& rig = c.stage->rig();
        c.stage->enter(c.plan);
        const auto alone = rig.run(c.stage->scenario.intended, c.stage->scenario.policy);
        const auto end = rig.chip.hash();
        const std::uint64_t written = rig.chip.monitor.writes, violations = rig.chip.monitor.violations;
        c.stage->enter(c.plan);
        LooksOn looker(*c.stage, static_cast<std::uint32_t>(moment));
        const auto watched = rig.run(c.stage->scenario.intended, c.stage->scenario.policy, &looker);
        const bool same = bool(alone.result) == bool(watched.result) && rig.chip.hash() == end &&
                          rig.chip.monitor.writes == written && rig.chip.monitor.violations == violations &&
                          (!alone.result || alone.result->reads == watched.result->reads);
        if (!same) RC_FAIL(story(c, fmt::format("somebody looks on at moment {}, and it ends differently", moment)));
        tally.add("lookers", looker.looked ? 1 : 0);
        tally.add("words written by those they looked at", written);
    });
}

TEST(Calls, OfChangingIntentsEndInTheLastOne) {
    Tally tally{"lives", "deaths", "measures compared", "of them not zero"};
    hold("version-skew", 400, tally, [&] {
        const Case c = *any_state({"boot", "resume"}, 0);
        const auto intents =
            *rc::gen::container<std::vector<std::uint32_t>>(c.plan.lives.size(), rc::gen::inRange<std::uint32_t>(0, 3));
        chaos::Rig& rig = c.stage->rig();
        c.stage->enter({});
        chaos::faults::Ailments ailments;
        Policy policy;
        policy.drain = true;
        std::string told;
        chaos::Run last;
        for (std::size_t k = 0; k < c.plan.lives.size(); ++k) {
            chaos::faults::Injector injector(rig, c.plan.lives[k], ailments);
            last = rig.run(intended(intents[k]), policy, &injector);
            if (c.plan.lives[k].outage) rig.chip.settle();
            told += fmt::format("\n  intent {}{}", intents[k], injector.dead() ? " dies" : "");
            tally.add("lives");
            tally.add("deaths", injector.dead() ? 1 : 0);
        }
        std::uint64_t compared = 0, non_zero = 0;
        const bool ended = bool(last.result);
        if (!ended || !last.result->complete()) RC_FAIL(c.id() + told + "\nthe last HAL does not reach its intent");
        const auto finding = chaos::compare_measures(rig.chip, intended(intents.back()), compared, non_zero);
        if (finding) RC_FAIL(c.id() + told + '\n' + finding->what);
        tally.add("measures compared", compared);
        tally.add("of them not zero", non_zero);
    });
}

}  // namespace

}  // namespace properties::recovery
