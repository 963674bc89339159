#include <cstring>
#include <fstream>

#include "replay/trace/recording_test.hpp"
#include "transports/recorder/crc32c.hpp"

namespace replay::trace {
namespace {

TEST_F(TraceTest, WhatWasWrittenIsRead) {
    const std::vector<Plain> truth = write(20'000);
    Reader reader(path);
    Record record;
    std::size_t compared = 0;
    while (reader.next(record)) {
        ASSERT_EQ(record.index, compared);
        ASSERT_TRUE(plain(record) == truth[compared]) << compared;
        ++compared;
    }
    reader.finish();
    EXPECT_EQ(compared, truth.size());
    EXPECT_TRUE(reader.findings().empty()) << explain(reader.findings()[0]);
    EXPECT_NE(reader.description().find("synthetic"), std::string::npos);
}

TEST_F(TraceTest, AccessesThatFailWaitsFramesAndMarkersAreKept) {
    {
        Writer writer(path, {{"spi", "pcie"}, R"({"buses":["spi","pcie"]})"}, at_once());
        const std::uint32_t words[] = {7, 8, 9};
        Head head;
        head.time_ns = 100;
        head.address = 0x100;
        hal::bus::Error error;
        error.code = hal::bus::Code::guard_failed;
        error.effect = hal::bus::Effect::none;
        error.attempts = 3;
        error.address = 0x104;
        error.value = 0xABC;
        error.elapsed_ns = 12345;
        head.kind = Kind::guard;
        head.failed = &error;
        writer.access(head, words);
        head = {};
        head.bus = 1;
        head.lane = 5;
        head.time_ns = 50;  // earlier: another clock
        head.address = 0x1003;
        head.width = 1;
        head.kind = Kind::write_fixed;
        head.count = 3;
        writer.access(head, words);
        head.unsure = true;
        head.kind = Kind::read;
        writer.access(head, words);
        writer.wait(1, 60, 1000, 700);
        writer.marker("the fan stopped");
        writer.clock(1, 800);
        writer.clock(1, 800);  // nothing new
        std::vector<std::uint8_t> tx(3000), rx(3000);
        for (std::size_t i = 0; i < tx.size(); ++i) tx[i] = static_cast<std::uint8_t>(i), rx[i] = tx[i] ^ 0x5A;
        writer.frame(0, 900, tx.data(), rx.data(), tx.size(), nullptr);
        EXPECT_EQ(writer.finish(), "");
    }
    Reader reader(path);
    Record r;
    ASSERT_TRUE(reader.next(r));
    EXPECT_EQ(r.kind, Kind::guard);
    ASSERT_TRUE(r.failed);
    EXPECT_EQ(r.error.code, hal::bus::Code::guard_failed);
    EXPECT_EQ(r.error.attempts, 3u);
    EXPECT_EQ(r.error.address, 0x104u);
    EXPECT_EQ(r.error.value, 0xABCu);
    EXPECT_EQ(r.error.elapsed_ns, 12345u);
    EXPECT_EQ(r.words.size(), 2u);
    ASSERT_TRUE(reader.next(r));
    EXPECT_EQ(r.bus, 1u);
    EXPECT_EQ(r.lane, 5u);
    EXPECT_EQ(r.time_ns, 50u);
    EXPECT_EQ(r.width, 1u);
    EXPECT_EQ(r.address_of(2), 0x1003u);
    EXPECT_EQ(std::vector<std::uint64_t>(r.words.begin(), r.words.end()), (std::vector<std::uint64_t>{7, 8, 9}));
    ASSERT_TRUE(reader.next(r));
    EXPECT_TRUE(r.unsure);
    EXPECT_EQ(r.words.size(), 0u);
    ASSERT_TRUE(reader.next(r));
    EXPECT_EQ(r.kind, Kind::wait);
    EXPECT_EQ(r.before_ns, 60u);
    EXPECT_EQ(r.deadline_ns, 1000u);
    EXPECT_EQ(r.time_ns, 700u);
    ASSERT_TRUE(reader.next(r));
    EXPECT_EQ(r.kind, Kind::clock);
    ASSERT_EQ(reader.markers().size(), 1u);
    EXPECT_EQ(reader.markers()[0].text, "the fan stopped");
    EXPECT_EQ(reader.markers()[0].index, 4u);
    std::size_t bytes = 0;
    bool ended = false;
    while (reader.next(r)) {
        ASSERT_EQ(r.kind, Kind::frame);
        EXPECT_EQ(r.frame_begins, bytes == 0);
        for (std::size_t i = 0; i < r.tx.size(); ++i, ++bytes) {
            ASSERT_EQ(r.tx[i], static_cast<std::uint8_t>(bytes));
            ASSERT_EQ(r.rx[i], static_cast<std::uint8_t>(r.tx[i] ^ 0x5A));
        }
        ended = r.frame_ends;
    }
    EXPECT_EQ(bytes, 3000u);
    EXPECT_TRUE(ended);
    reader.finish();
    EXPECT_TRUE(reader.findings().empty());
}

TEST_F(TraceTest, SeeksToAnyRecord) {
    const std::vector<Plain> truth = write(100'000);
    Reader reader(path);
    Record record;
    int compared = 0;
    for (std::size_t index = 0; index < truth.size(); index += 977, ++compared) {
        reader.seek_index(index);
        ASSERT_TRUE(reader.next(record));
        ASSERT_EQ(record.index, index);
        ASSERT_TRUE(plain(record) == truth[index]);
        reader.seek_time(truth[index].time);
        ASSERT_TRUE(reader.next(record));
        ASSERT_EQ(record.time_ns, truth[index].time);
        ASSERT_TRUE(record.index == 0 || truth[static_cast<std::size_t>(record.index) - 1].time < truth[index].time)
            << "the first at that time";
    }
    EXPECT_GT(compared, 100);
    reader.seek_index(truth.size());
    EXPECT_FALSE(reader.next(record));
}

TEST_F(TraceTest, AGrowingFileIsFollowed) {
    Writer writer(path, {}, at_once());
    Head head;
    const std::uint32_t word = 1;
    writer.access(head, &word);
    writer.marker("seals the block");
    Reader reader(path);
    Record record;
    EXPECT_TRUE(reader.next(record));
    EXPECT_FALSE(reader.next(record));
    EXPECT_FALSE(reader.refresh());
    writer.access(head, &word);
    writer.finish();
    EXPECT_TRUE(reader.refresh());
    EXPECT_TRUE(reader.next(record));
    EXPECT_EQ(record.index, 1u);
    EXPECT_FALSE(reader.next(record));
    reader.finish();
    EXPECT_TRUE(reader.findings().empty());
}

TEST_F(TraceTest, LostRecordsAreCountedAndTold) {
    Writer writer(path, {}, [] {
        WriterOptions options;
        options.pool = 2;
        return options;
    }());
    Head head;
    std::uint64_t word = 0x123456789ABCDEF;
    for (int i = 0; i < 2'000'000 && writer.lost() == 0; ++i, word *= 3) {
        head.address = word & 0xFFFFFFFC;
        writer.access(head, &word);
    }
    for (int i = 0; i < 10; ++i) writer.access(head, &word);
    const std::uint64_t total = writer.records();
    const std::string trouble = writer.finish();
    ASSERT_GT(writer.lost(), 0u) << "two blocks are no match for a loop";
    EXPECT_NE(trouble.find("records were lost"), std::string::npos);
    Reader reader(path);
    Record record;
    std::uint64_t read = 0, told = 0;
    while (reader.next(record)) ++read;
    reader.finish();
    for (const Finding& f : reader.findings()) {
        ASSERT_EQ(f.what, What::lost);
        told += f.records;
    }
    EXPECT_EQ(read + told, total);
    EXPECT_EQ(told, writer.lost());
}

TEST_F(TraceTest, ANewerMajorVersionIsRefusedInOneLine) {
    write(10);
    std::vector<std::uint8_t> bytes = bytes_of(path);
    const std::size_t at = packets_of(bytes)[0].from + kPacketHead;
    BlockHeader header;
    ASSERT_EQ(open_block(&bytes[at], bytes.size() - at, header), Opened::ok);
    bytes[at + 3] = '2';
    const std::size_t size = padded(kHeaderSize + header.stored_size);
    put32(&bytes[at + 4], crc32c(&bytes[at + 8], size - 8, crc32c(&bytes[at], 4)));
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    try {
        Reader reader(path);
        FAIL();
    } catch (const std::invalid_argument& e) {
        EXPECT_NE(std::string(e.what()).find("trace format 2; this program reads format 1: use a newer"),
                  std::string::npos)
            << e.what();
    }
}

// A later minor version may append fields to headers; what this one knows of them is where it was.
TEST_F(TraceTest, ALaterMinorVersionIsRead) {
    constexpr std::size_t kMore = 12;
    const std::vector<Plain> truth = write(20'000);
    const std::vector<std::uint8_t> bytes = bytes_of(path);
    const std::vector<Packet> packets = packets_of(bytes);
    std::vector<std::uint8_t> later(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(packets[0].from));
    std::uint8_t packet[2 * kBlockSize];
    std::size_t grown = 0;
    for (const Packet& p : packets) {
        const std::uint8_t* const old = &bytes[p.from + kPacketHead];
        BlockHeader header;
        ASSERT_EQ(open_block(old, bytes.size() - p.from - kPacketHead, header), Opened::ok);
        std::uint8_t block[kBlockSize + kMore] = {};
        std::memcpy(block, old, kHeaderSize);
        const bool room = kHeaderSize + kMore + header.stored_size <= kBlockSize;  // a full block keeps its header
        header.header_size = static_cast<std::uint8_t>(kHeaderSize + (room ? kMore : 0));
        grown += room ? 1 : 0;
        std::memset(block + kHeaderSize, 0xEE, kMore);
        std::memcpy(block + header.header_size, old + kHeaderSize, header.stored_size);
        block[8] = header.header_size;
        block[9] = 1;
        const std::size_t size = padded(std::size_t{header.header_size} + header.stored_size);
        put32(block + 4, crc32c(block + 8, size - 8, crc32c(block, 4)));
        const std::size_t packed = put_packet(packet, header, block);
        later.insert(later.end(), packet, packet + packed);
    }
    EXPECT_GT(grown, 5u);
    const Recovered all = recover(later, &truth);
    EXPECT_EQ(all.indices.size(), truth.size());
    EXPECT_EQ(all.wrong, 0u);
    EXPECT_TRUE(all.findings.empty()) << explain(all.findings[0]);
}

TEST_F(TraceTest, WhatIsNoTraceIsRefused) {
    std::ofstream(path) << "hello";
    EXPECT_THROW(Reader{path}, std::invalid_argument);
    std::ofstream(path, std::ios::trunc) << "";
    EXPECT_THROW(Reader{path}, std::invalid_argument);
    EXPECT_THROW(Reader{"/nowhere"}, std::invalid_argument);
    EXPECT_THROW(Reader{"/tmp"}, std::invalid_argument);
}

TEST(SchemaTest, NumbersThatMakeNoSenseAreRefused) {
    const auto described = [](const char* reg, const char* base) {
        return std::string(R"({"map": {"types": [{"registers": [)") + reg + R"(]}], "instances": [["a", )" + base +
               ", 0]]}}";
    };
    EXPECT_NO_THROW(Schema(described(R"({"name": "r", "offset": 0})", "4096")));
    EXPECT_THROW(Schema(described(R"({"name": "r", "offset": 1e99})", "4096")), std::invalid_argument);
    EXPECT_THROW(Schema(described(R"({"name": "r", "offset": 0, "count": 4294967296})", "0")), std::invalid_argument);
    EXPECT_THROW(Schema(described(R"({"name": "r", "offset": 0, "count": 2, "stride": 0})", "0")),
                 std::invalid_argument);
    EXPECT_THROW(Schema(described(R"({"name": "r", "offset": 0, "fields": [["f", 64, 1]]})", "0")),
                 std::invalid_argument);
    EXPECT_THROW(Schema(described(R"({"name": "r", "offset": 0})", "-1")), std::invalid_argument);
}

TEST(SchemaTest, NamesWhatItKnows) {
    const Schema schema(R"({"map": {"types": [
        {"name": "pll", "registers": [
            {"name": "ctrl", "offset": 0, "fields": [["enable", 0, 1, "rw", "management", ""],
                                                     ["state", 4, 2, "ro", "hardware", "idle=0;locked=3;"]]},
            {"name": "tap", "offset": 16, "count": 4, "stride": 4}]},
        {"name": "raw", "registers": []}],
        "instances": [["pll[0]", 4096, 0], ["pll[1]", 8192, 0], ["bar0", 65536, 1]]}})");
    EXPECT_EQ(schema.name(4096), "pll[0].ctrl");
    EXPECT_EQ(schema.name(8192 + 24), "pll[1].tap[2]");
    EXPECT_EQ(schema.name(8192 + 12), "0x0000200c");
    EXPECT_EQ(schema.name(65536 + 0x120), "bar0+0x120");
    EXPECT_EQ(schema.name(4), "0x00000004");
    EXPECT_EQ(schema.block_name(8192 + 24), "pll[1]");
    EXPECT_EQ(fields_text(schema.at(4096)->reg, 0x31), "enable=1 state=locked/3");
    EXPECT_TRUE(matches("pll*", schema.name(4096)));
    EXPECT_TRUE(matches("*.ctrl", schema.name(4096)));
    EXPECT_FALSE(matches("pll[0]", schema.name(4096)));
    EXPECT_TRUE(matches("pll[?].c*l", schema.name(4096)));
}

}  // namespace
}  // namespace replay::trace
