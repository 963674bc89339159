// Intents as words, their digest, and how the caller's memory is cut.
#include "hal/converge/workspace.hpp"

#include <gtest/gtest.h>

#include <set>

#include "hal/converge/fake_chip_test.hpp"

namespace hal::converge::fake {
namespace {

TEST(IntentWords, HaveTheirPlaces) {
    EXPECT_EQ(intent_words(kChip), 2u * 1 + 4 * 2 + 1);
    const std::uint32_t offsets[] = {0, 0, 1, 2, 4, 6, 8, 10};
    for (std::uint16_t i = 0; i < kInstances; ++i) EXPECT_EQ(intent_offset(kChip, i), offsets[i]) << i;
}

TEST(IntentWords, StartWithEveryFieldsInitialValue) {
    std::uint32_t words[12] = {};
    words[11] = 99;
    initial_intent(kChip, {words, 11});
    const std::uint32_t expected[12] = {700, 700, 11, 3, 11, 3, 11, 3, 11, 3, kFine, 99};
    EXPECT_TRUE(std::equal(words, words + 12, expected));
    std::uint32_t few[3] = {0, 0, 99};
    initial_intent(kChip, {few, 2});  // never beyond what it is given
    EXPECT_EQ(few[2], 99u);
}

TEST(Digest, SeesEverythingThatIsIntended) {
    std::uint32_t words[4] = {1, 2, 3, 4};
    std::uint8_t groups[2] = {0, 1};
    Image images[1] = {};
    Intent intent{{words}, {groups}, {images}, 0};
    std::set<std::uint32_t> digests{digest(intent)};
    EXPECT_EQ(digest(intent), *digests.begin());
    std::size_t changes = 1;
    const auto changed = [&] {
        digests.insert(digest(intent));
        EXPECT_EQ(digests.size(), ++changes);
    };
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
        words[3] ^= 1u << bit;
        changed();
        words[3] ^= 1u << bit;
    }
    std::swap(words[0], words[1]);
    changed();
    std::swap(words[0], words[1]);
    groups[0] = 1;
    changed();
    images[0].digest = 5;
    changed();
    images[0].version = 6;
    changed();
    intent.digest = 7;  // the digest is no part of itself
    EXPECT_EQ(digests.count(digest(intent)), 1u);
    EXPECT_EQ(digests.count(0), 0u);
    EXPECT_NE(digest({}), 0u);
}

TEST(Workspace, IsCutWithinItsSizeAndAligned) {
    std::vector<std::uint64_t> memory(workspace_size(kChip) / 8);
    EXPECT_EQ(workspace_size(kChip) % 8, 0u);
    std::uint8_t* const begin = reinterpret_cast<std::uint8_t*>(memory.data());
    const Workspace w = Workspace::cut(kChip, begin);
    std::uint8_t* at = begin;
    const auto follows = [&](void* part, std::size_t bytes) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(part) % 8, 0u);
        EXPECT_GE(static_cast<std::uint8_t*>(part), at);
        at = static_cast<std::uint8_t*>(part) + bytes;
    };
    follows(w.progress, kInstances * sizeof(Progress));
    follows(w.words, (4 + 2 * 3 + 4 * 3 + 1) * 4);
    follows(w.accesses, kBatchAccesses * sizeof(bus::Access));
    follows(w.owners, kBatchAccesses * sizeof(std::uint16_t));
    follows(w.pool, kBatchWords * 4);
    follows(w.plan, sizeof(Plan));
    EXPECT_LE(at, begin + workspace_size(kChip));
    EXPECT_EQ(w.plan->items().size(), 0u);
}

TEST(Names, OfStatesAndVerdicts) {
    const char* const states[] = {"converged", "off", "deferred", "needs_reset", "broken", "blocked", "pending", "?"};
    for (std::uint32_t k = 0; k < std::size(states); ++k) EXPECT_STREQ(name(static_cast<State>(k)), states[k]);
    const char* const verdicts[] = {"converged", "off", "act", "wait", "needs_drain", "needs_reset", "broken", "?"};
    for (std::size_t k = 0; k < std::size(verdicts); ++k) EXPECT_STREQ(name(static_cast<Verdict>(k)), verdicts[k]);
}

}  // namespace
}  // namespace hal::converge::fake
