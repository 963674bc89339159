#include "transports/recorder/recorder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <stdexcept>

#include "transports/recorder/crc32c.hpp"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// Every allocation of this test program, the background thread's included. malloc itself can't be watched from here;
// zstd's one context is made before, and its size is asked for instead.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace transports::recorder {
namespace {

using hal::bus::Access;
using hal::bus::Op;

/// Answers every read with its address.
struct Below final : hal::bus::Transport {
    hal::bus::Nanoseconds time = 1000;
    std::uint32_t batches = 0;

    hal::bus::Result<void> execute(hal::bus::Span<const Access> batch) override {
        ++batches;
        time += 10;
        for (const Access& access : batch) {
            for (std::uint32_t k = 0; access.into != nullptr && k < access.count; ++k) {
                access.into[k] = access.address + 4 * k;
            }
        }
        return {};
    }
    hal::bus::Nanoseconds now() override { return time; }
    void wait_until(hal::bus::Nanoseconds deadline) override { time = deadline; }
};

struct RecorderTest : testing::Test {
    Below below;
    std::string path = testing::TempDir() + "/recorder-" + std::to_string(::getpid()) + ".pcapng";
    ~RecorderTest() override { ::unlink(path.c_str()); }
};

TEST(Crc32cTest, IsTheOneOfTheRfc) {
    const char* const text = "123456789";
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text);
    EXPECT_EQ(crc32c(bytes, 9), 0xE3069283u);
    EXPECT_EQ(crc32c_portable(bytes, 9), 0xE3069283u);
    EXPECT_EQ(crc32c(bytes + 4, 5, crc32c(bytes, 4)), 0xE3069283u);
    const std::uint8_t zeros[32] = {};
    EXPECT_EQ(crc32c(zeros, 32), 0x8A9136AAu);  // RFC 3720, B.4
    std::uint8_t all[1000];
    for (std::size_t i = 0; i < sizeof all; ++i) all[i] = static_cast<std::uint8_t>(i * 7 + i / 13);
    int compared = 0;
    for (std::size_t size = 0; size < sizeof all; ++size, ++compared) {
        ASSERT_EQ(crc32c(all, size), crc32c_portable(all, size)) << size;
    }
    EXPECT_EQ(compared, 1000);
}

TEST(FormatTest, ASealedBlockOpensAndADamagedOneDoesNot) {
    std::uint8_t block[kBlockSize] = {};
    BlockHeader header;
    header.sequence = 7;
    header.raw_size = header.stored_size = 5;
    for (std::uint8_t k = 0; k < 5; ++k) block[kHeaderSize + k] = static_cast<std::uint8_t>(k + 1);
    seal(header, block);
    const std::size_t size = padded(kHeaderSize + 5);
    BlockHeader read;
    ASSERT_EQ(open_block(block, size, read), Opened::ok);
    EXPECT_EQ(read.sequence, 7u);
    EXPECT_EQ(read.stored_size, 5u);
    int flipped = 0;
    for (std::size_t bit = 0; bit < size * 8; ++bit, ++flipped) {
        block[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
        EXPECT_NE(open_block(block, size, read), Opened::ok) << bit;
        EXPECT_NE(open_block(block, size, read), Opened::newer) << bit;
        block[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    }
    EXPECT_EQ(flipped, 72 * 8);
}

TEST(FormatTest, AnotherMajorVersionIsToldApart) {
    std::uint8_t block[kBlockSize] = {};
    BlockHeader header;
    seal(header, block);
    block[3] = '2';
    const std::uint32_t crc = crc32c(block + 8, kHeaderSize - 8, crc32c(block, 4));
    put32(block + 4, crc);
    EXPECT_EQ(open_block(block, kHeaderSize, header), Opened::newer);
}

TEST_F(RecorderTest, TakesNoHeapOnceItRuns) {
    Writer writer(path, {});
    Recorder recorder(below, writer);
    std::uint32_t into[16] = {};
    const Access batch[] = {{Op::read, 0x1000, 16, into, nullptr}, {Op::write, 0x2000, 1, nullptr, into}};
    const std::uint64_t before = allocations;
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        into[0] = i;
        ASSERT_TRUE(recorder.execute(batch));
        if (i % 100 == 0) recorder.wait_until(below.time + 5);
    }
    EXPECT_EQ(allocations - before, 0u);
    EXPECT_GE(writer.records(), 200'000u);
    writer.finish();
}

TEST_F(RecorderTest, AFullDiskDoesNotStopTheHal) {
    Writer writer("/dev/full", {});
    Recorder recorder(below, writer);
    std::uint32_t into[128] = {};
    const Access batch[] = {{Op::read, 0, 128, into, nullptr}};
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(recorder.execute(batch));
    EXPECT_EQ(below.batches, 1000u);
    EXPECT_NE(writer.finish().find("/dev/full: No space left on device; the recording is incomplete"),
              std::string::npos);
    EXPECT_EQ(writer.finish(), writer.finish());
}

TEST_F(RecorderTest, AFileThatCannotBeCreatedIsRefusedAtOnce) {
    EXPECT_THROW(Writer("/nowhere/at/all", {}), std::invalid_argument);
}

}  // namespace
}  // namespace transports::recorder
