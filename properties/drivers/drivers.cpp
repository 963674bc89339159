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

/// Nobody else's bits are touched: reserved ones, the host driver's, and those that a lock protects.
void respects(const transports::model::TypeRow& type, const Item& item, std::vector<std::uint32_t>& now) {
    if (item.op != Op::write || item.burst != nullptr) return;
    const WordRow& row = type.words[item.index];
    const std::uint32_t before = now[item.index];
    const std::uint32_t changed = item.value ^ before;
    RC_ASSERT((item.value & ~fields_of(row) & ~before) == 0u);
    RC_ASSERT((changed & row.host & row.plain) == 0u);
    RC_ASSERT((item.value & row.host & (row.woclr | row.woset | row.wot | row.pulse)) == 0u);
    now[item.index] = item.after(before);
}

/// What was clear of errors stays clear: a write of other fields acknowledges nothing by accident.
TEST(Drivers, PlanOnlyWhatTheirBlockAllows) {
    Tally tally{"plans to act", "plans to wait", "plans that end", "items"};
    const auto plan = std::make_unique<Plan>();
    hold("legal-plan", 20'000, tally, [&] {
        const Asked asked = *any_question();
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
