// RTL against model: the same accesses, waits, claims and resets on both; every answer and every stored word the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "hal/chip/heron.hpp"
#include "transports/dpi/rtl/lockstep/pair.hpp"
#include "transports/model/semantics.hpp"
#include "transports/model/window_target.hpp"

namespace transports::dpi {
namespace {

using model::Instance;

constexpr unsigned kRounds = 12;  // of random steps, per block type
constexpr unsigned kSteps = 200;  // in a round
constexpr unsigned kWindowSteps = 4000;

const hal::converge::Chip& chip() { return *hal::chip::heron(1, 8); }

const model::Layout& layout() {
    static const model::Layout layout(chip());
    return layout;
}

const names::ChipNames& chip_names() {
    static const names::ChipNames names(names::parse_scale("1/8"));
    return names;
}

/// Words that some block gives a meaning to: keys, magic numbers, digests.
constexpr std::uint32_t kMeaningful[] = {0,          0xFFFFFFFF, 0x5AFE0001, 0x5AFE0002, 0x000057D0, 0x4643444F,
                                         0x00000021, 0x00010000, 0x00000200, 0xC1A10000, 0x55555555, 0xAAAAAAAA};

/// Random steps around the instances of one block type.
class Stream {
public:
    Stream(Pair& pair, std::uint8_t type, std::uint32_t seed) : pair_(pair), random_(seed) {
        for (Instance i = 0; i < chip().instances.size(); ++i) {
            if (chip().instances[i].type == type) instances_.push_back(i);
        }
    }

    void step() {
        const Instance i = instances_[pick(instances_.size())];
        const std::uint32_t kind = pick(100);
        if (kind < 48) return write(i);
        if (kind < 50) return unlock(i);
        if (kind < 62) return read(i);
        if (kind < 72) return consume(i);
        if (kind < 90) return pass_time(i);
        if (kind < 92) return pair_.claimed(pair_.epoch() + 1);
        if (kind < 94) return write(ancestor(i));
        if (kind < 95) return warm_reset(i);
        if (kind < 97) return traffic();
        return anywhere();
    }

private:
    std::uint32_t pick(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }

    std::uint32_t number(Instance i) { return pick(layout().type[i]->addressable); }
    std::uint32_t address(Instance i, std::uint32_t n) {
        return chip().instances[i].base + layout().type[i]->words[n].offset;
    }

    std::uint32_t value(Instance i, std::uint32_t n) {
        const std::uint32_t now = pair_.model.word(i, n);
        switch (pick(6)) {
            case 0: return kMeaningful[pick(std::size(kMeaningful))];
            case 1: return now ^ 1u << pick(32);
            case 2: return last_;  // pairs want the same word twice
            case 3: return now;
            case 4: return static_cast<std::uint32_t>(random_()) & static_cast<std::uint32_t>(random_());
            default: return static_cast<std::uint32_t>(random_());
        }
    }

    void write(Instance i) {
        // The same register again, half of the time its neighbour: sequences and pairs.
        std::uint32_t n = number(i);
        if (i == before_ && pick(3) == 0) n = (before_word_ + pick(2)) % layout().type[i]->addressable;
        last_ = value(i, n);
        before_ = i;
        before_word_ = n;
        pair_.write(address(i, n), last_);
    }
    /// Both words of the one unlock sequence that the chip has, and what it protects.
    void unlock(Instance i) {
        const std::uint32_t n = pick(2) == 0 ? 0 : number(i);
        pair_.write(address(i, n), 0x5AFE0001);
        pair_.write(address(i, n), 0x5AFE0002);
        write(i);
    }
    void read(Instance i) {
        std::uint32_t value = 0;
        pair_.read(address(i, number(i)), value);
    }
    void consume(Instance i) {
        std::uint32_t value = 0;
        pair_.consume(address(i, number(i)), value);
    }
    void pass_time(Instance i) {
        constexpr std::uint32_t kScales[] = {2, 20, 100, 1000, 8000};
        if (pick(2) == 0) {
            pair_.wait_until(pair_.now() + std::uint64_t{1 + pick(8000)} * 1000);
        } else {
            pair_.advance(1 + pick(kScales[pick(std::size(kScales))]));
        }
        pair_.compare_block(i);
    }
    void warm_reset(Instance i) {
        pair_.warm_reset();
        for (std::uint32_t n = 0; n < layout().type[i]->words.size(); ++n) {
            pair_.counts.accessed(chip().instances[i].type, n, Access::warm_reset);
        }
        pair_.compare_block(i);
    }
    void traffic() {
        const std::uint32_t traffic = address(0, 2);
        pair_.write(traffic, pick(2));
        pair_.wait_until(pair_.now() + 3'000'000);
    }
    /// A parent, or one of its parents.
    Instance ancestor(Instance i) {
        Instance at = i;
        for (std::uint32_t up = 1 + pick(3); up > 0; --up) {
            const auto& row = chip().instances[at];
            if (row.parents != 0) at = chip().parents[row.first_parent + pick(row.parents)];
        }
        return at;
    }
    /// Any address, most of them nowhere.
    void anywhere() {
        const std::uint32_t address = pick(2) == 0
                                          ? static_cast<std::uint32_t>(random_()) & 0xFFFFFC
                                          : chip().instances[pick(chip().instances.size())].base + pick(1024) * 4;
        std::uint32_t value = 0;
        if (pick(2) == 0)
            pair_.read(address, value);
        else
            pair_.consume(address, value);
    }

    Pair& pair_;
    std::mt19937 random_;
    std::vector<Instance> instances_;
    std::uint32_t last_ = 0, before_word_ = 0;
    Instance before_ = model::kNoInstance;
};

std::string lines(const std::vector<std::string>& differences) {
    std::string all;
    for (const std::string& line : differences) all += line + "\n";
    return all;
}

/// Back to power-on, then `count` steps of the way to a running chip.
void bring_up(Pair& pair, const std::vector<Step>& steps, std::size_t count) {
    pair.cold_reset();
    pair.watchful = false;
    for (std::size_t k = 0; k < count; ++k) pair.apply(steps[k]);
    pair.watchful = true;
    pair.log.clear();
}

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
