// Damage: whatever is cut, flipped or repeated is found, and costs no more than it must.
#include <cstdio>
#include <cstdlib>

#include "replay/trace/recording_test.hpp"

namespace replay::trace {
namespace {

using DamageTest = TraceTest;

// A trace of 64 KiB, cut at every byte: all blocks that are whole are read, and the cut is told.
TEST_F(DamageTest, EveryCutIsDetectedAndCostsWhatIsCutOff) {
    const std::vector<Plain> truth = write(8'600);
    const std::vector<std::uint8_t> whole = bytes_of(path);
    ASSERT_GE(whole.size(), 64u * 1024);
    const std::vector<Packet> packets = packets_of(whole);
    std::uint64_t cuts = 0, detected = 0, recovered = 0;
    for (std::size_t size = 1; size < whole.size(); ++size) {
        std::uint64_t expected = 0;
        for (const Packet& p : packets) expected += p.to <= size ? p.records : 0;
        const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        // Decoding everything at every byte takes minutes; once for each place where the answer changes is enough,
        // the scanner alone runs at every one.
        Scanner scanner;
        Block block;
        std::uint64_t records = 0;
        scanner.set(cut.data(), cut.size());
        while (scanner.next(block)) records += block.header.records;
        scanner.finish();
        ++cuts;
        detected += scanner.findings().empty() ? 0 : 1;
        recovered += records == expected ? 1 : 0;
    }
    EXPECT_EQ(detected, cuts);
    EXPECT_EQ(recovered, cuts);
    std::printf("%zu bytes in %zu packets: %llu cuts, all detected, all whole blocks recovered at all of them\n",
                whole.size(), packets.size(), static_cast<unsigned long long>(cuts));
    EXPECT_TRUE(recover(whole, &truth).findings.empty());
}

// The front cut off at any byte: what is left decodes, with its register map.
TEST_F(DamageTest, AFrontThatIsMissingIsTold) {
    const std::vector<Plain> truth = write(8'600);
    const std::vector<std::uint8_t> whole = bytes_of(path);
    const std::vector<Packet> packets = packets_of(whole);
    std::uint64_t cuts = 0;
    for (std::size_t from = 1; from < whole.size() - 1000; from += 97, ++cuts) {
        const std::vector<std::uint8_t> rest(whole.begin() + static_cast<std::ptrdiff_t>(from), whole.end());
        std::uint64_t expected = 0;
        for (const Packet& p : packets) expected += p.from >= from ? p.records : 0;
        const Recovered got = recover(rest, &truth);
        ASSERT_EQ(got.indices.size(), expected) << from;
        ASSERT_EQ(got.wrong, 0u);
        ASSERT_FALSE(got.findings.empty()) << from;
        Scanner scanner;
        Block block;
        scanner.set(rest.data(), rest.size());
        while (scanner.next(block)) {
        }
        ASSERT_NE(scanner.description(), nullptr) << "the description is repeated before the end";
    }
    EXPECT_GT(cuts, 500u);
}

void flip_and_check(const std::vector<std::uint8_t>& whole, const std::vector<Packet>& packets,
                    const std::vector<Plain>& truth, std::uint64_t bit, bool decode, std::uint64_t& silent,
                    std::uint64_t& worst) {
    static std::vector<std::uint8_t> damaged;
    if (damaged.size() != whole.size()) damaged = whole;
    damaged[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    std::uint64_t total = 0, largest = 0, records = 0;
    for (const Packet& p : packets) {
        total += p.records;
        if (bit / 8 >= p.from && bit / 8 < p.to) largest = p.records;
    }
    if (decode) {
        const Recovered got = recover(damaged, &truth);
        EXPECT_EQ(got.wrong, 0u) << bit;
        records = got.indices.size();
        silent += got.findings.empty() ? 1 : 0;
    } else {
        Scanner scanner;
        Block block;
        scanner.set(damaged.data(), damaged.size());
        while (scanner.next(block)) records += block.header.records;
        scanner.finish();
        silent += scanner.findings().empty() ? 1 : 0;
    }
    damaged[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const std::uint64_t lost = total - records;
    EXPECT_LE(lost, largest) << "bit " << bit << " cost more than its block";
    worst = std::max(worst, lost);
}

TEST_F(DamageTest, EveryFlippedBitIsDetectedAndCostsOneBlockAtMost) {
    const std::vector<Plain> truth = write(8'600);
    const std::vector<std::uint8_t> whole = bytes_of(path);
    ASSERT_GE(whole.size(), 64u * 1024);
    const std::vector<Packet> packets = packets_of(whole);
    // All of them with RECONVERGE_THOROUGH=1 (half a minute); else every eleventh, which meets each bit of a byte.
    const std::uint64_t step = std::getenv("RECONVERGE_THOROUGH") != nullptr ? 1 : 11;
    std::uint64_t silent = 0, worst = 0, flips = 0;
    for (std::uint64_t bit = 0; bit < whole.size() * 8; bit += step, ++flips) {
        flip_and_check(whole, packets, truth, bit, bit % 211 == 0, silent, worst);
    }
    EXPECT_EQ(silent, 0u);
    std::printf("%llu flips, all detected, at most %llu records lost by one\n", static_cast<unsigned long long>(flips),
                static_cast<unsigned long long>(worst));
}

TEST_F(DamageTest, RandomFlipsOfALongTraceAreDetected) {
    const std::vector<Plain> truth = write(140'000);
    const std::vector<std::uint8_t> whole = bytes_of(path);
    ASSERT_GE(whole.size(), 900'000u);
    const std::vector<Packet> packets = packets_of(whole);
    std::mt19937_64 random(7);
    std::uint64_t silent = 0, worst = 0;
    const int flips = std::getenv("RECONVERGE_THOROUGH") != nullptr ? 10'000 : 1'000;
    for (int i = 0; i < flips; ++i) {
        flip_and_check(whole, packets, truth, random() % (whole.size() * 8), i % 100 == 0, silent, worst);
    }
    std::printf("%zu bytes: %d random flips, all detected, at most %llu records lost by one\n", whole.size(), flips,
                static_cast<unsigned long long>(worst));
    EXPECT_EQ(silent, 0u);
    EXPECT_GT(worst, 0u) << "some flips cost a block";
}

TEST_F(DamageTest, ARepeatedOrMissingBlockIsTold) {
    const std::vector<Plain> truth = write(8'600);
    const std::vector<std::uint8_t> whole = bytes_of(path);
    const std::vector<Packet> packets = packets_of(whole);
    const Packet& third = packets[3];
    std::vector<std::uint8_t> twice = whole;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(third.to),
                 whole.begin() + static_cast<std::ptrdiff_t>(third.from),
                 whole.begin() + static_cast<std::ptrdiff_t>(third.to));
    Recovered got = recover(twice, &truth);
    EXPECT_EQ(got.indices.size(), truth.size());
    ASSERT_EQ(got.findings.size(), 1u);
    EXPECT_EQ(got.findings[0].what, What::repeated);
    std::vector<std::uint8_t> without = whole;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(third.from),
                  without.begin() + static_cast<std::ptrdiff_t>(third.to));
    got = recover(without, &truth);
    EXPECT_EQ(got.indices.size(), truth.size() - third.records);
    ASSERT_EQ(got.findings.size(), 1u);
    EXPECT_EQ(got.findings[0].what, What::missing);
    EXPECT_EQ(got.findings[0].blocks, 1u);
    EXPECT_EQ(got.findings[0].records, third.records);
}

TEST_F(DamageTest, TwoRecordingsInOneFileAreBothRead) {
    write(3'000);
    std::vector<std::uint8_t> both = bytes_of(path);
    write(3'000);
    const std::vector<std::uint8_t> second = bytes_of(path);
    both.insert(both.end(), second.begin(), second.end());
    const Recovered got = recover(both, nullptr);
    EXPECT_EQ(got.indices.size(), 6'000u);
    ASSERT_EQ(got.findings.size(), 1u);
    EXPECT_EQ(got.findings[0].what, What::other);
}

}  // namespace
}  // namespace replay::trace
