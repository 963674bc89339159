// Test support: a synthetic recording, and everything that can be got back out of its bytes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "replay/trace/reader.hpp"
#include "transports/recorder/recorder.hpp"

namespace replay::trace {

using namespace transports::recorder;
using What = Finding::What;

/// What a test wants back: a record as plain data.
struct Plain {
    Kind kind;
    std::uint64_t time, address;
    std::vector<std::uint64_t> words;
    bool operator==(const Plain& o) const {
        return kind == o.kind && time == o.time && address == o.address && words == o.words;
    }
};

inline std::vector<std::uint8_t> bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct TraceTest : testing::Test {
    std::string path = testing::TempDir() + "/trace-" + std::to_string(::getpid()) + ".pcapng";
    ~TraceTest() override { ::unlink(path.c_str()); }

    /// Register traffic that looks like some: polls, counters, bursts, jumps. Returns what was recorded.
    std::vector<Plain> write(std::size_t records, WriterOptions options = at_once()) const {
        std::vector<Plain> all;
        std::mt19937_64 random(42);
        Writer writer(path, {{"spi"}, R"({"buses":["spi"],"note":"synthetic"})"}, options);
        std::uint64_t time = 5000;
        for (std::size_t i = 0; i < records; ++i) {
            Head head;
            time += random() % 3 == 0 ? random() % 5000 : 0;
            head.time_ns = time;
            head.kind = random() % 3 == 0 ? Kind::write : Kind::read;
            head.address = 0x20000 + (random() % 40) * 0x1000 + (random() % 8) * 4;
            head.count = random() % 16 == 0 ? 1 + static_cast<std::uint32_t>(random() % 20) : 1;
            head.width = random() % 50 == 0 ? 8 : 4;
            std::vector<std::uint64_t> words(head.count);
            for (auto& word : words) word = random() % 4 == 0 ? random() >> (head.width == 8 ? 0 : 32) : random() % 300;
            writer.access(head, words.data());
            all.push_back({head.kind, time, head.address, words});
        }
        EXPECT_EQ(writer.finish(), "");
        return all;
    }
    static WriterOptions at_once() {
        WriterOptions options;
        options.when = WriterOptions::When::at_once;
        return options;
    }
};

inline Plain plain(const Record& r) { return {r.kind, r.time_ns, r.address, {r.words.begin(), r.words.end()}}; }

/// Everything that a scanner gets out of these bytes; the indices of the records with them.
struct Recovered {
    std::vector<std::uint64_t> indices;
    std::vector<Finding> findings;
    std::uint64_t wrong = 0;  ///< Records that were never written.
};

inline Recovered recover(const std::vector<std::uint8_t>& bytes, const std::vector<Plain>* truth) {
    Recovered all;
    Scanner scanner;
    Decoder decoder;
    Block block;
    Record record;
    scanner.set(bytes.data(), bytes.size());
    while (scanner.next(block)) {
        if (block.header.kind != BlockKind::records) continue;
        decoder.restart(block.header, scanner.payload(block));
        while (decoder.next(record)) {
            all.indices.push_back(record.index);
            if (truth != nullptr && !(plain(record) == truth->at(static_cast<std::size_t>(record.index)))) ++all.wrong;
        }
        if (decoder.failed()) ++all.wrong;
    }
    scanner.finish();
    all.findings = scanner.findings();
    return all;
}

/// Where the packets of an intact trace lie, and how many records each holds.
struct Packet {
    std::size_t from, to;
    std::uint64_t records;
};
inline std::vector<Packet> packets_of(const std::vector<std::uint8_t>& bytes) {
    std::vector<Packet> all;
    Scanner scanner;
    Block block;
    scanner.set(bytes.data(), bytes.size());
    while (scanner.next(block)) {
        const auto from = static_cast<std::size_t>(block.offset);
        all.push_back({from, from + packet_size(block.header), block.header.records});
    }
    return all;
}

}  // namespace replay::trace
