// docs/trace-format.md shows a block byte by byte: what it says there is what the reader makes of it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "replay/trace/decoder.hpp"
#include "replay/trace/scanner.hpp"
#include "transports/recorder/encoder.hpp"

namespace replay::trace {
namespace {

using namespace transports::recorder;

/// The hex bytes before the comments of the document's last code block.
std::vector<std::uint8_t> bytes_of_the_example() {
    std::ifstream file(RECONVERGE_SOURCE_DIR "/docs/trace-format.md");
    std::stringstream text;
    text << file.rdbuf();
    const std::string all = text.str();
    const std::size_t section = all.find("## 5. Example"), begin = all.find("```\n", section) + 4;
    std::istringstream lines(all.substr(begin, all.find("```", begin) - begin));
    std::vector<std::uint8_t> bytes;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        for (std::string word; words >> word && word.size() == 2;) {
            if (word.find_first_not_of("0123456789abcdef") != std::string::npos) break;
            bytes.push_back(static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
        }
    }
    return bytes;
}

TEST(FormatExampleTest, DecodesToWhatTheDocumentSays) {
    const std::vector<std::uint8_t> bytes = bytes_of_the_example();
    ASSERT_EQ(bytes.size(), 144u);
    Scanner scanner;
    Block block;
    scanner.set(bytes.data(), bytes.size());
    ASSERT_TRUE(scanner.next(block));
    for (const Finding& f : scanner.findings()) EXPECT_EQ(f.what, Finding::What::missing) << explain(f);
    EXPECT_EQ(block.header.sequence, 1u);
    EXPECT_EQ(block.header.info_hash, fnv1a(R"({"buses":["spi"]})"));
    Decoder decoder;
    decoder.restart(block.header, scanner.payload(block));
    struct Expected {
        Kind kind;
        std::uint64_t time, address;
        std::vector<std::uint64_t> words;
        bool failed;
    };
    const Expected expected[] = {
        {Kind::write, 1'000'000, 0x21000, {0x201}, false},
        {Kind::read, 1'000'300, 0x21000, {0x201, 0x1000801}, false},
        {Kind::wait, 1'050'300, 0, {}, false},
        {Kind::read, 1'050'600, 0x2100C, {3}, false},
        {Kind::read, 1'050'900, 0x2100C, {3}, false},
        {Kind::read, 1'050'900, 0x30000, {}, true},
    };
    int compared = 0;
    Record r;
    for (const Expected& e : expected) {
        ASSERT_TRUE(decoder.next(r)) << compared;
        EXPECT_EQ(r.kind, e.kind);
        EXPECT_EQ(r.time_ns, e.time);
        EXPECT_EQ(r.address, e.address);
        EXPECT_EQ(std::vector<std::uint64_t>(r.words.begin(), r.words.end()), e.words);
        EXPECT_EQ(r.failed, e.failed);
        ++compared;
    }
    EXPECT_EQ(r.error.code, hal::bus::Code::bus_error);
    EXPECT_EQ(r.error.attempts, 1u);
    EXPECT_FALSE(decoder.next(r));
    EXPECT_FALSE(decoder.failed());
    EXPECT_EQ(compared, 6);
}

// On every machine, whatever its byte order.
TEST(FormatExampleTest, IsWrittenByteByByteAsTheDocumentSays) {
    const std::vector<std::uint8_t> document = bytes_of_the_example();
    constexpr std::size_t kPacketHead = 28, kPacketEnd = 4, kTraceIdAt = kPacketHead + 56;
    ASSERT_GT(document.size(), kTraceIdAt + 8);
    std::vector<std::uint8_t> block(kHeaderSize + kPayloadSize);
    Encoder encoder;
    encoder.restart(&block[kHeaderSize], 1'000'000);
    const auto access = [&](Kind kind, std::uint64_t time, std::uint64_t address, std::vector<std::uint32_t> words,
                            const hal::bus::Error* failed = nullptr) {
        Head head;
        head.kind = kind;
        head.time_ns = time;
        head.address = address;
        head.count = failed != nullptr ? 1 : static_cast<std::uint32_t>(words.size());
        head.failed = failed;
        encoder.access(head, words.data());
    };
    hal::bus::Error error;
    error.code = hal::bus::Code::bus_error;
    error.effect = hal::bus::Effect::none;
    error.address = 0x30000;
    error.attempts = 1;
    access(Kind::write, 1'000'000, 0x21000, {0x201});
    access(Kind::read, 1'000'300, 0x21000, {0x201, 0x1000801});
    encoder.wait(1'000'300, 1'050'300, 1'050'300);
    access(Kind::read, 1'050'600, 0x2100C, {3});
    access(Kind::read, 1'050'900, 0x2100C, {3});
    access(Kind::read, 1'050'900, 0x30000, {}, &error);
    BlockHeader header;
    header.sequence = 1;
    header.base_time_ns = 1'000'000;
    header.info_hash = fnv1a(R"({"buses":["spi"]})");
    header.records = encoder.records();
    header.raw_size = header.stored_size = static_cast<std::uint16_t>(encoder.size());
    header.trace_id = get64(&document[kTraceIdAt]);
    seal(header, block.data());
    block.resize(padded(kHeaderSize + header.stored_size));
    const std::vector<std::uint8_t> expected(document.begin() + kPacketHead, document.end() - kPacketEnd);
    EXPECT_EQ(block.size(), 112u);
    EXPECT_EQ(block, expected);
}

}  // namespace
}  // namespace replay::trace
