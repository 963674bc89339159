#include "transports/pcie/window_link.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <numeric>
#include <vector>

#include "transports/model/fake_port.hpp"
#include "transports/model/window_target.hpp"
#include "transports/spi/link.hpp"

namespace transports::pcie {
namespace {

using hal::bus::Access;
using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Op;
using model::FakePort;

constexpr Layout kLayout{0x10000, 0x8000, 0x90000};

// Counts accesses, which are the boundaries; does one thing wrong at chosen ones.
class TamperWindow final : public hal::bus::Window {
public:
    enum class Kind { lose_store, ones, timeout, die };

    explicit TamperWindow(model::WindowTarget& target) : target_(target) {}

    hal::bus::Result<std::uint32_t> load(std::uint32_t offset) override {
        const std::size_t index = count++;
        if (before) before(index);
        if (dead(index)) return hal::bus::fail(error(Code::peer_gone));
        if (hits(index, Kind::timeout)) return hal::bus::fail(error(Code::link_down));
        if (all_ones || hits(index, Kind::ones)) return kAllOnes;
        return target_.load(offset);
    }
    hal::bus::Result<void> store(std::uint32_t offset, std::uint32_t value) override {
        const std::size_t index = count++;
        if (before) before(index);
        if (dead(index)) return hal::bus::fail(error(Code::peer_gone));
        if (!all_ones && !hits(index, Kind::lose_store)) target_.store(offset, value);
        return {};
    }
    hal::bus::Nanoseconds now() override { return 0; }
    void wait_until(hal::bus::Nanoseconds) override {}

    std::size_t count = 0;
    std::size_t die_at = ~std::size_t{0};
    bool all_ones = false;
    std::map<std::size_t, Kind> faults;
    std::function<void(std::size_t)> before;

private:
    static hal::bus::Error error(Code code) {
        hal::bus::Error made;
        made.code = code;
        return made;
    }
    bool dead(std::size_t index) const { return index >= die_at; }
    bool hits(std::size_t index, Kind kind) const {
        const auto found = faults.find(index);
        return found != faults.end() && found->second == kind;
    }
    model::WindowTarget& target_;
};

struct Bench {
    FakePort port;
    model::BridgeSession owner;
    model::WindowSession session;
    model::WindowTarget target{port, owner, session, kLayout};
    TamperWindow window{target};
    Options options{kLayout, FakePort::kIdentity};
};

class WindowLinkTest : public testing::Test {
protected:
    hal::bus::Result<void> run(const std::vector<Access>& batch) { return link.execute({batch.data(), batch.size()}); }

    Bench bench;
    WindowLink link{bench.window, bench.options, WindowLink::Mode::managed};
};

TEST_F(WindowLinkTest, EveryKindOfAccessWorksWithOneLoadOrStorePerWord) {
    ASSERT_EQ(link.claim(5).value(), 1U);
    const std::uint32_t data[3] = {1, 2, 3};
    std::uint32_t in[4] = {};
    const std::size_t before = bench.window.count;
    ASSERT_TRUE(run({{Op::write, 0x40, 3, nullptr, data},
                     {Op::read, 0x40, 3, in, nullptr},
                     {Op::consume, FakePort::kFifo, 1, in + 3, nullptr},
                     {Op::write_fixed, FakePort::kPort, 3, nullptr, data}}));
    EXPECT_EQ(bench.window.count - before, 11U);  // ten words, one STATUS
    EXPECT_EQ(in[2], 3U);
    EXPECT_EQ(in[3], 1000U);
    EXPECT_EQ(bench.port.effects.size(), 8U);
    EXPECT_EQ(bench.port.words[FakePort::kPort / 4], 3U);
    EXPECT_EQ(bench.session.dropped, 0U);
}

TEST_F(WindowLinkTest, GuardsAreRefusedBeforeAnythingHappens) {
    ASSERT_TRUE(link.claim(5));
    const std::size_t before = bench.window.count;
    const std::uint32_t guard[2] = {0, 0};
    const auto result = run({{Op::write, 0, 1, nullptr, guard}, {Op::guard, 4, 1, nullptr, guard}});
    EXPECT_EQ(result.error().code, Code::unsupported);
    EXPECT_EQ(result.error().effect, Effect::none);
    EXPECT_EQ(bench.window.count, before);
}

TEST_F(WindowLinkTest, BadBatchesAreRefusedBeforeAnythingHappens) {
    std::uint32_t word = 0;
    EXPECT_EQ(link.write(0, 1).error().code, Code::invalid_argument);
    EXPECT_EQ(link.claim(0).error().code, Code::invalid_argument);
    ASSERT_TRUE(link.claim(5));
    const std::size_t before = bench.window.count;
    EXPECT_EQ(run({{Op::read, 2, 1, &word, nullptr}}).error().code, Code::bad_address);
    EXPECT_EQ(run({{Op::read, 0x8000, 1, &word, nullptr}}).error().code, Code::bad_address);
    EXPECT_EQ(run({{Op::read, 0x7FFC, 2, &word, nullptr}}).error().code, Code::bad_address);
    EXPECT_EQ(run({{Op::read, 0xFFFFFFFC, 1, &word, nullptr}}).error().code, Code::bad_address);
    EXPECT_EQ(run({{Op::read, 0, 0, &word, nullptr}}).error().code, Code::invalid_argument);
    EXPECT_EQ(run({{Op::read, 0, 129, &word, nullptr}}).error().code, Code::invalid_argument);
    EXPECT_EQ(run({{Op::write, 0, 1, &word, nullptr}}).error().code, Code::invalid_argument);
    EXPECT_EQ(bench.window.count, before);
}

TEST_F(WindowLinkTest, AStaleOwnersStoresAreDroppedAndCountedForFifteenMoreClaims) {
    ASSERT_TRUE(link.claim(1));
    ASSERT_TRUE(link.write(0x10, 7));
    for (std::uint32_t nonce = 2; nonce <= 16; ++nonce) {
        WindowLink fresh(bench.window, bench.options, WindowLink::Mode::managed);
        ASSERT_EQ(fresh.claim(nonce).value(), nonce);
        bench.target.store(kLayout.aperture_base + 1 * kLayout.aperture_size + 0x10, 8);  // the zombie
        ASSERT_EQ(bench.session.dropped, nonce - 1);
    }
    const auto result = link.write(0x10, 8);
    EXPECT_EQ(result.error().code, Code::fenced);
    EXPECT_EQ(result.error().effect, Effect::unknown);
    EXPECT_EQ(bench.port.words[4], 7U);
    const std::size_t before = bench.window.count;
    EXPECT_EQ(link.write(0x10, 8).error().code, Code::fenced);
    EXPECT_EQ(link.claim(1).error().code, Code::claim_lost);
    EXPECT_EQ(bench.window.count, before);
}

TEST_F(WindowLinkTest, AStaleOwnerCannotConsumeEither) {
    ASSERT_TRUE(link.claim(1));
    WindowLink fresh(bench.window, bench.options, WindowLink::Mode::managed);
    ASSERT_TRUE(fresh.claim(2));
    std::uint32_t word = 0;
    const auto result = run({{Op::consume, FakePort::kFifo, 1, &word, nullptr}});
    EXPECT_EQ(result.error().code, Code::fenced);
    EXPECT_EQ(result.error().effect, Effect::none);
    EXPECT_EQ(bench.port.fifo_next, 1000U);
}

TEST_F(WindowLinkTest, NoApertureIsOpenBeforeTheFirstClaimAndTheReadWindowNeverWrites) {
    for (std::uint32_t i = 0; i < kApertures; ++i) {
        bench.target.store(kLayout.aperture_base + i * kLayout.aperture_size + 0x10, 1);
    }
    ASSERT_TRUE(link.claim(1));
    bench.target.store(0x10, 1);
    bench.target.store(kLayout.mailbox_base + kEpoch, 9);
    EXPECT_EQ(bench.session.dropped, 17U);
    EXPECT_EQ(bench.port.effects.size(), 1U);  // the claim
    EXPECT_EQ(bench.target.load(0x11), kAllOnes);
    EXPECT_EQ(bench.target.load(0x98000), kAllOnes);
}

TEST_F(WindowLinkTest, AllOnesIsClassified) {
    ASSERT_TRUE(link.claim(1));
    bench.port.words[4] = kAllOnes;
    EXPECT_EQ(link.read(0x10).value(), kAllOnes);  // data
    const auto gated = link.read(FakePort::kGated);
    EXPECT_EQ(gated.error().code, Code::bus_error);
    EXPECT_EQ(gated.error().effect, Effect::none);
    EXPECT_EQ(gated.error().address, FakePort::kGated);
    EXPECT_EQ(link.read(FakePort::kFifo).error().code, Code::bus_error);
    EXPECT_EQ(bench.port.fifo_next, 1000U);
    EXPECT_EQ(link.read(0x10).value(), kAllOnes);  // still data, after other refusals
    bench.window.all_ones = true;
    EXPECT_EQ(link.read(0x10).error().code, Code::link_down);
    EXPECT_EQ(link.read(0x10).error().effect, Effect::none);
    EXPECT_EQ(link.write(0x10, 1).error().code, Code::link_down);
    EXPECT_EQ(link.write(0x10, 1).error().effect, Effect::unknown);
    bench.window.all_ones = false;
    EXPECT_TRUE(link.write(0x10, 1));
}

TEST_F(WindowLinkTest, AConsumedAllOnesIsDataUnlessTheChipSaysOtherwise) {
    ASSERT_TRUE(link.claim(1));
    bench.port.fifo_next = kAllOnes;
    std::uint32_t word = 0;
    ASSERT_TRUE(run({{Op::consume, FakePort::kFifo, 1, &word, nullptr}}));
    EXPECT_EQ(word, kAllOnes);
    const auto refused = run({{Op::consume, 0x10, 1, &word, nullptr}});
    EXPECT_EQ(refused.error().code, Code::bus_error);
    EXPECT_EQ(refused.error().effect, Effect::none);
    EXPECT_TRUE(link.write(0x10, 3));  // and is not held against the next batch
    const std::uint32_t value = 4;
    const auto behind = run({{Op::write, 0x10, 1, nullptr, &value}, {Op::consume, 0x10, 1, &word, nullptr}});
    EXPECT_EQ(behind.error().completed, 1U);
    EXPECT_EQ(behind.error().effect, Effect::none);
}

TEST_F(WindowLinkTest, ARefusedStoreIsFoundAtTheEndOfTheBatchAndNamed) {
    ASSERT_TRUE(link.claim(1));
    const std::uint32_t data[2] = {1, 2};
    const auto one = run({{Op::write, 0x10, 1, nullptr, data},
                          {Op::write, FakePort::kGated - 4, 2, nullptr, data},
                          {Op::write, 0x20, 1, nullptr, data}});
    EXPECT_EQ(one.error().code, Code::bus_error);
    EXPECT_EQ(one.error().effect, Effect::unknown);
    EXPECT_EQ(one.error().completed, 1U);
    EXPECT_EQ(one.error().address, FakePort::kGated);
    EXPECT_EQ(bench.port.words[8], 1U);  // posted stores don't stop
    const auto two = run({{Op::write, 0x10, 1, nullptr, data}, {Op::write, FakePort::kGated, 2, nullptr, data}});
    EXPECT_EQ(two.error().completed, 0U);
    EXPECT_EQ(two.error().value, 2U);
    EXPECT_TRUE(link.write(0x10, 1));
}

TEST_F(WindowLinkTest, AReadErrorBehindStoresSaysHowFarTheStoresGot) {
    ASSERT_TRUE(link.claim(1));
    const std::uint32_t value = 1;
    std::uint32_t word = 0;
    const std::vector<Access> batch = {{Op::write, 0x10, 1, nullptr, &value},
                                       {Op::read, FakePort::kGated, 1, &word, nullptr}};
    const auto refused = run(batch);
    EXPECT_EQ(refused.error().code, Code::bus_error);
    EXPECT_EQ(refused.error().effect, Effect::none);
    EXPECT_EQ(refused.error().completed, 1U);
    const std::size_t at = bench.window.count;
    for (std::size_t i = 1; i < 10; ++i) bench.window.faults[at + i] = TamperWindow::Kind::timeout;
    const auto down = run(batch);
    EXPECT_EQ(down.error().code, Code::link_down);
    EXPECT_EQ(down.error().effect, Effect::unknown);
    EXPECT_EQ(down.error().completed, 0U);
    EXPECT_EQ(down.error().attempts, kLoadAttempts);
}

TEST_F(WindowLinkTest, APassingCompletionTimeoutIsRetriedForPlainLoadsOnly) {
    ASSERT_TRUE(link.claim(1));
    bench.window.faults[bench.window.count] = TamperWindow::Kind::timeout;
    bench.window.faults[bench.window.count + 1] = TamperWindow::Kind::timeout;
    EXPECT_TRUE(link.read(0x10));
    EXPECT_EQ(link.statistics().retries, 2U);
    std::uint32_t word = 0;
    bench.window.faults[bench.window.count] = TamperWindow::Kind::timeout;
    const auto consumed = run({{Op::consume, FakePort::kFifo, 1, &word, nullptr}});
    EXPECT_EQ(consumed.error().effect, Effect::unknown);
    EXPECT_EQ(bench.port.fifo_next, 1000U);
}

TEST_F(WindowLinkTest, AHostThatDiesBetweenTwoAccessesLeavesExactlyThePrefix) {
    std::size_t boundaries = 0;
    std::vector<std::uint32_t> data(8);
    std::iota(data.begin(), data.end(), 1U);
    std::uint32_t word = 0;
    const std::vector<Access> batch = {{Op::write, 0x100, 8, nullptr, data.data()},
                                       {Op::consume, FakePort::kFifo, 1, &word, nullptr},
                                       {Op::read, 0x100, 1, &word, nullptr},
                                       {Op::write_fixed, FakePort::kPort, 8, nullptr, data.data()}};
    std::vector<std::size_t> effects;  // by number of accesses
    {
        Bench clean;
        clean.window.before = [&](std::size_t) { effects.push_back(clean.port.effects.size()); };
        WindowLink whole(clean.window, clean.options, WindowLink::Mode::managed);
        ASSERT_TRUE(whole.claim(1));
        ASSERT_TRUE(whole.execute({batch.data(), batch.size()}));
        effects.push_back(clean.port.effects.size());
    }
    for (std::size_t k = 0; k < effects.size(); ++k, ++boundaries) {
        Bench chip;
        chip.window.die_at = k;
        WindowLink victim(chip.window, chip.options, WindowLink::Mode::managed);
        if (victim.claim(1)) (void)victim.execute({batch.data(), batch.size()});
        ASSERT_EQ(chip.port.effects.size(), effects[k]) << k;
        chip.window.die_at = ~std::size_t{0};
        WindowLink fresh(chip.window, chip.options, WindowLink::Mode::managed);
        ASSERT_TRUE(fresh.claim(2));
        ASSERT_TRUE(fresh.write(0x10, 1));
    }
    std::printf("window: killed at %zu boundaries of one batch and its claim\n", boundaries);
}

TEST_F(WindowLinkTest, ALostStoreOfAClaimIsRungAgain) {
    for (std::size_t lost = 3; lost < 6; ++lost) {  // behind three loads: EXPECTED, NONCE, DOORBELL
        Bench chip;
        chip.port.set_epoch(9);
        chip.window.faults[lost] = TamperWindow::Kind::lose_store;
        WindowLink claimant(chip.window, chip.options, WindowLink::Mode::managed);
        ASSERT_EQ(claimant.claim(1).value(), 10U);
        EXPECT_EQ(claimant.statistics().retries, 1U);
        EXPECT_TRUE(claimant.write(0x10, 1));
    }
}

TEST_F(WindowLinkTest, AMailboxThatDoesNotReactIsAProtocolErrorAndADeadOneLinkDown) {
    for (std::size_t i = 0; i < 100; ++i) bench.window.faults[i] = TamperWindow::Kind::lose_store;
    EXPECT_EQ(link.claim(1).error().code, Code::protocol);
    bench.window.all_ones = true;
    EXPECT_EQ(link.claim(1).error().code, Code::link_down);
}

TEST_F(WindowLinkTest, OfTwoRacingClaimantsExactlyOneOwnsThePort) {
    int races = 0;
    for (const std::uint32_t start : {0U, 1U, 14U, 15U, 0xFFFFFFFDU, 0xFFFFFFFEU}) {
        for (std::size_t when = 0; when < 14; ++when, ++races) {
            Bench chip;
            chip.port.set_epoch(start);
            TamperWindow other(chip.target);
            WindowLink a(chip.window, chip.options, WindowLink::Mode::managed);
            WindowLink b(other, chip.options, WindowLink::Mode::managed);
            hal::bus::Result<std::uint32_t> b_epoch = 0;
            chip.window.before = [&](std::size_t index) {
                if (index == when) b_epoch = b.claim(0xB);
            };
            const auto a_epoch = a.claim(0xA);
            chip.window.before = nullptr;
            ASSERT_TRUE(b_epoch);
            const bool raced = b.epoch() != 0;
            const std::uint32_t owner = chip.owner.owner_nonce;
            ASSERT_EQ(a.write(0x10, 1).has_value(), owner == 0xA);
            ASSERT_EQ(raced && b.write(0x10, 2).has_value(), owner == 0xB);
            if (!a_epoch) {
                ASSERT_EQ(a_epoch.error().code, Code::claim_lost);
            }
        }
    }
    std::printf("window: %d races\n", races);
}

// All orders of two claimants' stores: the swap happens against what its claimant expected, or not at all.
TEST_F(WindowLinkTest, MixedUpMailboxStoresNeverSwapAgainstAnotherClaimantsExpectation) {
    int orders = 0;
    for (const std::uint32_t a_expects : {7U, 6U}) {
        for (const std::uint32_t b_expects : {7U, 6U}) {
            std::vector<int> order = {0, 0, 0, 1, 1, 1};
            do {
                Bench chip;
                chip.port.set_epoch(7);
                const std::uint32_t expects[2] = {a_expects, b_expects};
                const std::uint32_t nonce[2] = {0xA, 0xB};
                int step[2] = {0, 0};
                for (const int who : order) {
                    const std::uint32_t values[3] = {expects[who], nonce[who],
                                                     kDoorbellKey ^ expects[who] ^ nonce[who]};
                    const std::uint32_t offsets[3] = {kExpected, kNonce, kDoorbell};
                    const int at = step[who]++;
                    chip.target.store(kLayout.mailbox_base + offsets[at], values[at]);
                }
                const std::uint32_t owner = chip.owner.owner_nonce;
                ASSERT_LE(chip.port.epoch(), 8U);
                if (owner == 0xA) {
                    ASSERT_EQ(a_expects, 7U);
                }
                if (owner == 0xB) {
                    ASSERT_EQ(b_expects, 7U);
                }
                ASSERT_EQ(owner != 0, chip.port.epoch() == 8);
                ++orders;
            } while (std::next_permutation(order.begin(), order.end()));
        }
    }
    std::printf("window: %d orders of two claimants' stores\n", orders);
}

TEST_F(WindowLinkTest, BothPathsShareOneOwner) {
    model::FakeClock clock;
    model::Bridge bridge(bench.port, bench.owner);
    model::BridgeWire wire(bridge, clock);
    spi::Link spi_link(wire, spi::Link::Mode::managed);
    ASSERT_EQ(spi_link.claim(77).value(), 1U);
    EXPECT_EQ(link.claim(77).value(), 1U);  // the same HAL, over its other path
    EXPECT_TRUE(spi_link.write(0x10, 1));
    EXPECT_TRUE(link.write(0x10, 2));
    WindowLink fresh(bench.window, bench.options, WindowLink::Mode::managed);
    ASSERT_EQ(fresh.claim(78).value(), 2U);
    EXPECT_EQ(spi_link.write(0x10, 3).error().code, Code::fenced);
    EXPECT_EQ(link.write(0x10, 3).error().code, Code::fenced);
    EXPECT_EQ(bench.port.words[4], 2U);
}

TEST_F(WindowLinkTest, AnObserverReadsAndMayDoNothingElse) {
    WindowLink observer(bench.window, bench.options, WindowLink::Mode::observer);
    EXPECT_EQ(observer.read(FakePort::kIdentity).value(), FakePort::kIdentityValue);
    EXPECT_EQ(observer.write(0, 1).error().code, Code::unsupported);
    EXPECT_EQ(observer.claim(1).error().code, Code::unsupported);
    EXPECT_TRUE(bench.port.effects.empty());
}

}  // namespace
}  // namespace transports::pcie
