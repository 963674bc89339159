// The footprint check: a decision reads its own block's registers and nothing else. That is what lets each block be
// explored with its ancestors alone (docs/closure.md, claim B).
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "hal/chip/heron.hpp"

namespace hal::chip {
namespace {

using converge::Item;
using converge::Plan;
using converge::Situation;
using converge::TypeRow;

constexpr std::uint32_t kAround = 256;  // words before and behind the block that a decision might stray into
constexpr int kObservations = 2000;     // of each block type

/// A block's words with other words around them, at an address of their own.
class Memory {
public:
    Memory(const std::vector<std::uint32_t>& block, std::mt19937& random) : words_(block.size() + 2 * kAround) {
        for (std::size_t w = 0; w < words_.size(); ++w) {
            const auto other = static_cast<std::uint32_t>(random());
            words_[w] = w - kAround < block.size() ? block[w - kAround] : other;  // before it, the difference wraps
        }
    }
    const std::uint32_t* block() const { return words_.data() + kAround; }

private:
    std::vector<std::uint32_t> words_;
};

/// Half of the bits as after reset: or hardly any decision would get beyond its first question.
std::vector<std::uint32_t> observation(std::uint32_t words, std::mt19937& random) {
    std::vector<std::uint32_t> block(words);
    const std::uint32_t sparse = static_cast<std::uint32_t>(random()) % 4;
    for (std::uint32_t& word : block) {
        word = static_cast<std::uint32_t>(random());
        for (std::uint32_t k = 0; k < sparse; ++k) word &= static_cast<std::uint32_t>(random());
    }
    return block;
}

std::vector<std::uint32_t> intent(const TypeRow& type, std::mt19937& random) {
    std::vector<std::uint32_t> words;
    for (const converge::IntentField& field : type.driver->intent) {
        const bool any = random() % 4 == 0;
        const std::uint64_t range = std::uint64_t{field.max} - field.min + 1;
        words.push_back(any ? field.min + static_cast<std::uint32_t>(random() % range) : field.initial);
    }
    return words;
}

bool same(const Item& a, const Item& b) {
    return a.op == b.op && a.index == b.index && a.offset == b.offset && a.count == b.count && a.value == b.value &&
           a.burst == b.burst;
}

bool same(const Plan& a, const Plan& b) {
    if (a.verdict() != b.verdict() || a.why() != b.why() || a.wait_us() != b.wait_us() ||
        a.disruptive() != b.disruptive() || a.items().size() != b.items().size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.items().size(); ++i) {
        if (!same(a.items()[i], b.items()[i])) return false;
    }
    return true;
}

TEST(Footprint, ADecisionDependsOnItsOwnBlockOnlyAndWritesNowhereElse) {
    const converge::Chip& heron = *chip::heron();
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same observations every time
    const auto one = std::make_unique<Plan>(), other = std::make_unique<Plan>();
    std::uint64_t compared = 0, acting = 0, items = 0;
    for (const TypeRow& type : heron.types) {
        std::uint64_t acts = 0;
        for (int n = 0; n < kObservations; ++n) {
            const auto block = observation(type.words, random);
            const auto intended = intent(type, random);
            const Memory here(block, random), there(block, random);
            const auto count = static_cast<std::uint16_t>(1 + random() % 64);
            Situation s{here.block(),
                        intended.data(),
                        static_cast<std::uint16_t>(random() % count),
                        count,
                        static_cast<std::uint32_t>(random() % 2000),
                        random() % 2 != 0,
                        {}};
            one->clear();
            type.driver->decide(s, *one);
            s.observed = there.block();
            other->clear();
            type.driver->decide(s, *other);
            ASSERT_TRUE(same(*one, *other)) << type.name << ": " << one->why() << " / " << other->why();
            for (const Item& item : one->items()) {
                ASSERT_LT(item.index, type.words) << type.name << ": " << one->why();
            }
            ++compared;
            acts += one->verdict() == converge::Verdict::act ? 1 : 0;
            items += one->items().size();
        }
        EXPECT_GT(acts, 0u) << type.name << ": no decision to act was ever compared";
        acting += acts;
    }
    std::printf("%llu decisions of %zu block types compared, %llu of them to act; %llu items in their own block\n",
                static_cast<unsigned long long>(compared), heron.types.size(), static_cast<unsigned long long>(acting),
                static_cast<unsigned long long>(items));
    EXPECT_EQ(compared, heron.types.size() * kObservations);
}

}  // namespace
}  // namespace hal::chip
