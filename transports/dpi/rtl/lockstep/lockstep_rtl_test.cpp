// RTL against model: the same accesses, waits, claims and resets on both; every answer and every stored word the same.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "transports/dpi/rtl/lockstep/stream.hpp"
#include "transports/model/window_target.hpp"

namespace transports::dpi {
namespace {

constexpr unsigned kRounds = 6;   // of random steps, per block type
constexpr unsigned kSteps = 200;  // in a round
constexpr unsigned kWindowSteps = 4000;

TEST(Lockstep, RtlAnswersAndKeepsWhatTheModelDoes) {
    Pair pair(layout(), chip_names());
    pair.compare_all();
    ASSERT_TRUE(pair.same()) << "at power-on\n" << lines(pair.differences);
    pair.watchful = false;
    const std::vector<Step> way = boot(pair);
    pair.compare_all();
    ASSERT_TRUE(pair.same()) << "at boot\n" << lines(pair.differences);
    ASSERT_FALSE(way.empty());

    std::mt19937 random(1);
    std::uint64_t steps = 0;
    for (std::uint8_t type = 0; type < chip().types.size(); ++type) {
        for (unsigned round = 0; round < kRounds; ++round) {
            bring_up(pair, way, round % 4 == 3 ? random() % way.size() : way.size());
            for (std::uint32_t n = 0; n < layout().chip.instances.size(); ++n) {
                if (chip().instances[n].type != type) continue;
                for (std::uint32_t w = 0; w < layout().type[n]->words.size(); ++w) {
                    pair.counts.accessed(type, w, Access::cold_reset);
                }
            }
            Stream stream(pair, type, static_cast<std::uint32_t>(random()));
            for (unsigned k = 0; k < kSteps && pair.same(); ++k, ++steps) stream.step();
            pair.compare_all();
            ASSERT_TRUE(pair.same()) << lines(pair.differences);
        }
    }
    std::printf("%llu random steps, %llu clocks, at most %u wait states\n", static_cast<unsigned long long>(steps),
                static_cast<unsigned long long>(pair.rtl.clocks()), pair.rtl.longest_wait());
    pair.counts.print();
    EXPECT_EQ(pair.counts.missing(), 0u);
    EXPECT_GT(pair.counts.non_zero(), 0u);
}

// --- the PCIe window

/// Loads and stores all over the BAR, most of them where something is.
class WindowStream {
public:
    explicit WindowStream(std::uint32_t seed) : random_(seed) {}

    std::uint32_t offset(std::uint32_t epoch) {
        const std::uint32_t where = pick(10), base = chip().instances[pick(chip().instances.size())].base;
        const std::uint32_t at = base + pick(40) * 4;
        if (where < 3) return at;                                                  // the read window
        if (where < 6) return 0x01000000 + (epoch % pcie::kApertures << 24) + at;  // the open aperture, mostly
        if (where < 7) return 0x01000000 + (pick(pcie::kApertures) << 24) + at;
        if (where < 9) return 0x11000000 + pick(pcie::kMailboxSize / 4 + 1) * 4;
        return static_cast<std::uint32_t>(random_()) & 0x1FFFFFFF;  // anywhere, unaligned too
    }
    std::uint32_t word() { return static_cast<std::uint32_t>(random_()) & static_cast<std::uint32_t>(random_()); }
    std::uint32_t pick(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }

private:
    std::mt19937 random_;
};

TEST(Lockstep, TheWindowOnRtlIsTheWindowOnTheModel) {
    Pair pair(layout(), chip_names());
    pair.watchful = false;
    ASSERT_FALSE(boot(pair).empty());
    model::BridgeSession ours, theirs;
    model::WindowSession session;
    model::WindowTarget target(pair.model, ours, session);
    WindowStream random(2);
    std::uint64_t loads = 0, non_zero = 0, stores = 0, claims = 0;
    for (unsigned k = 0; k < kWindowSteps; ++k) {
        const std::uint32_t epoch = pair.model.epoch(), offset = random.offset(epoch);
        if (random.pick(40) == 0) {  // a claim, most of the time one that succeeds
            const std::uint32_t nonce = 1 + random.pick(1000), expected = epoch + (random.pick(4) == 0 ? 1 : 0);
            for (const auto& [at, value] : {std::pair{pcie::kExpected, expected}, std::pair{pcie::kNonce, nonce},
                                            std::pair{pcie::kDoorbell, pcie::kDoorbellKey ^ expected ^ nonce ^
                                                                           (random.pick(4) == 0 ? 1u : 0u)}}) {
                target.store(0x11000000 + at, value);
                pair.rtl.store(0x11000000 + at, value, theirs);
            }
            claims += pair.model.epoch() != epoch ? 1 : 0;
        } else if (random.pick(2) == 0) {
            const std::uint32_t value = random.word();
            target.store(offset, value);
            pair.rtl.store(offset, value, theirs);
            ++stores;
        } else {
            const std::uint32_t expected = target.load(offset), got = pair.rtl.load(offset, theirs);
            ASSERT_EQ(got, expected) << "load " << k << " at " << names::hex(offset);
            non_zero += expected != 0 && expected != pcie::kAllOnes ? 1 : 0;
            ++loads;
        }
        if (random.pick(20) == 0) pair.advance(1 + random.pick(300));
        ASSERT_EQ(pair.rtl.epoch(), pair.model.epoch());
        ASSERT_EQ(theirs.owner_nonce, ours.owner_nonce);
        for (std::uint32_t at = 0; k % 10 == 0 && at < pcie::kMailboxSize; at += 4) {
            ASSERT_EQ(pair.rtl.load(0x11000000 + at, theirs), target.load(0x11000000 + at)) << "mailbox " << at;
        }
    }
    pair.compare_all();
    EXPECT_TRUE(pair.same()) << lines(pair.differences);
    std::printf(
        "%llu loads, %llu neither 0 nor all ones; %llu stores; %llu claims granted; %u stores and loads dropped\n",
        static_cast<unsigned long long>(loads), static_cast<unsigned long long>(non_zero),
        static_cast<unsigned long long>(stores), static_cast<unsigned long long>(claims), session.dropped);
    EXPECT_GT(non_zero, 0u);
    EXPECT_GT(claims, 0u);
    EXPECT_GT(session.dropped, 0u);
}

}  // namespace
}  // namespace transports::dpi
