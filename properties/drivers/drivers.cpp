// What every driver keeps, whatever it is asked, without a bus or a chip.
#include <cstring>
#include <memory>

#include <gtest/gtest.h>

#include "properties/drivers/situations.hpp"
#include "properties/holds.hpp"
#include "transports/model/semantics.hpp"

namespace properties::drivers {

namespace {

using hal::bus::Op;
using hal::converge::Item;
using hal::converge::Plan;
using hal::converge::Verdict;
using transports::model::WordRow;

constexpr std::uint32_t kLongestWaitUs = 1'000'000;

bool same(const Plan& a, const Plan& b) {
    if (a.verdict() != b.verdict() || a.why() != b.why() || a.wait_us() != b.wait_us() ||
        a.disruptive() != b.disruptive() || a.items().size() != b.items().size()) {
        return false;
    }
    for (std::size_t k = 0; k < a.items().size(); ++k) {
        const Item &x = a.items()[k], &y = b.items()[k];
        const bool words = x.burst == nullptr || std::memcmp(x.burst, y.burst, x.count * sizeof *x.burst) == 0;
        if (x.op != y.op || x.offset != y.offset || x.count != y.count || x.value != y.value || !words) return false;
    }
    return true;
}

std::uint32_t fields_of(const WordRow& row) { return row.readable | row.writable() | row.stored; }

/// Where an item ends is inside the block, and software may do there what the item does.
void fits(const transports::model::TypeRow& type, const Item& item) {
    RC_ASSERT(item.index < type.addressable);
    const WordRow& row = type.words[item.index];
    RC_ASSERT(row.offset == item.offset);
    RC_ASSERT(item.count >= 1u);
    if (item.op == Op::consume) {
        RC_ASSERT((row.rclr | row.rset) != 0u);
        return;
    }
    if (item.op == Op::read) {
        RC_ASSERT(item.index + item.count <= type.addressable);
        for (std::uint32_t w = item.index; w < item.index + item.count; ++w) {
            RC_ASSERT(type.words[w].readable != 0u);
            RC_ASSERT((type.words[w].rclr | type.words[w].rset) == 0u);
        }
        return;
    }
    RC_ASSERT(item.op == Op::write || item.op == Op::write_fixed);
    RC_ASSERT((item.count == 1) >= (item.burst == nullptr));
    const std::uint32_t last = item.op == Op::write ? item.index + item.count - 1 : item.index;
    RC_ASSERT(last < type.addressable);
    for (std::uint32_t w = item.index; w <= last; ++w) RC_ASSERT(type.words[w].writable() != 0u);
}

bool software_locks(const transports::model::TypeRow& type, const WordRow& row) {
    return row.locked != 0 && (row.lock_mask & ~type.words[row.lock_word].writable()) == 0;
}

/// One word written over what the register held: reserved bits, the host driver's and those behind a lock stay as they
/// are, and of errors only those are acknowledged that the driver has seen.
void respects(const transports::model::TypeRow& type, std::uint32_t word, std::uint32_t value, std::uint32_t held,
              const std::vector<std::uint32_t>& now) {
    const WordRow& row = type.words[word];
    const std::uint32_t changed = value ^ held;
    RC_ASSERT((value & ~fields_of(row) & ~held) == 0u);
    RC_ASSERT((changed & row.host & row.plain) == 0u);
    RC_ASSERT((value & row.host & (row.woclr | row.woset | row.wot | row.pulse)) == 0u);
    // A lock that hardware moves may be opened by what the plan does before: recovery shows whether it was.
    if (software_locks(type, row) && transports::model::is_locked(row, now[row.lock_word])) {
        RC_ASSERT((changed & row.locked & row.plain) == 0u);
        RC_ASSERT((value & row.locked & (row.woclr | row.woset | row.wot | row.pulse)) == 0u);
    }
    RC_ASSERT((value & row.woclr & row.readable & ~held) == 0u);
}

void respects(const transports::model::TypeRow& type, const Item& item, std::vector<std::uint32_t>& now) {
    if (item.op == Op::write_fixed) {
        for (std::uint32_t k = 0; k < item.count; ++k) respects(type, item.index, item.burst[k], now[item.index], now);
    }
    if (item.op != Op::write) return;
    for (std::uint32_t k = 0; k < item.count; ++k) {
        const std::uint32_t word = item.index + k, value = item.burst == nullptr ? item.value : item.burst[k];
        respects(type, word, value, now[word], now);
        now[word] = item.burst == nullptr ? item.after(now[word])
                                          : transports::model::after_write(type.words[word], now[word], value, false);
    }
}

TEST(Drivers, PlanOnlyWhatTheirBlockAllows) {
    Tally tally{"plans to act",       "plans to wait", "plans that end", "items", "items that a lock may stop",
                "errors acknowledged"};
    const auto plan = std::make_unique<Plan>();
    hold("legal-plan", 20'000, tally, [&] {
        const Asked asked = *rc::gen::oneOf(any_question(), error_seen());
        const Question question(asked);
        question.ask(*plan);
        RC_ASSERT(!plan->overflowed());
        RC_ASSERT(plan->why() != nullptr);
        RC_ASSERT(plan->wait_us() <= kLongestWaitUs);
        const auto& type = transports::model::type_rows()[asked.type];
        std::vector<std::uint32_t> now(question.situation().observed, question.situation().observed + type.addressable);
        const bool acts = plan->verdict() == Verdict::act || plan->verdict() == Verdict::broken;
        for (const Item& item : plan->items()) {
            if (!acts) break;  // the engine carries out nothing then
            fits(type, item);
            respects(type, item, now);
            tally.add("items");
            tally.add("items that a lock may stop", software_locks(type, type.words[item.index]) ? 1 : 0);
            tally.add("errors acknowledged", (item.value & type.words[item.index].woclr) != 0 ? 1 : 0);
        }
        switch (plan->verdict()) {
            case Verdict::act:
                RC_ASSERT(!plan->items().empty());
                tally.add("plans to act");
                break;
            case Verdict::wait:
                RC_ASSERT(plan->wait_us() > 0u);
                tally.add("plans to wait");
                break;
            default: tally.add("plans that end");
        }
    });
}

TEST(Drivers, AnswerTheSameQuestionInTheSameWay) {
    Tally tally{"answers compared", "of them with items"};
    const auto one = std::make_unique<Plan>(), other = std::make_unique<Plan>();
    hold("pure", 5'000, tally, [&] {
        const Asked asked = *any_question();
        const Question question(asked), again(asked);
        question.ask(*one);
        // Whatever else was asked in between leaves no trace.
        Question(*any_question()).ask(*other);
        again.ask(*other);
        RC_ASSERT(same(*one, *other));
        tally.add("answers compared");
        tally.add("of them with items", one->items().empty() ? 0 : 1);
    });
}

/// What a driver may read: the registers that are observed, and its own intent. Everything else is different the second
/// time.
TEST(Drivers, DecideByTheirOwnObservationAndIntentAlone) {
    Tally tally{"answers compared", "of them with items", "words changed"};
    const auto one = std::make_unique<Plan>(), other = std::make_unique<Plan>();
    hold("footprint", 5'000, tally, [&] {
        const Asked asked = *any_question();
        const Question question(asked), elsewhere(asked, *rc::gen::arbitrary<std::uint32_t>());
        question.ask(*one);
        elsewhere.ask(*other);
        RC_ASSERT(same(*one, *other));
        tally.add("answers compared");
        tally.add("of them with items", one->items().empty() ? 0 : 1);
        tally.add("words changed", elsewhere.surroundings());
    });
}

/// A driver that says "wait" says "broken" in the end, when hardware never moves.
TEST(Drivers, WaitForHardwareThatNeverMovesOnlySoLong) {
    Tally tally{"waits", "given up"};
    const auto plan = std::make_unique<Plan>();
    hold("patience-ends", 10'000, tally, [&] {
        Asked asked = *rc::gen::oneOf(any_question(), almost_there());
        asked.waited_us = 0;
        Question(asked).ask(*plan);
        if (plan->verdict() != Verdict::wait) return;
        tally.add("waits");
        std::uint32_t looks = 0;
        while (plan->verdict() == Verdict::wait) {
            RC_ASSERT(++looks < 1'000u);
            asked.waited_us += plan->wait_us();
            Question(asked).ask(*plan);
        }
        tally.add("given up", plan->verdict() == Verdict::broken ? 1 : 0);
    });
}

}  // namespace

}  // namespace properties::drivers
