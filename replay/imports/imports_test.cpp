// Captures that nobody here wrote are read whole and right; where they are absent the tests say what they skipped.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "replay/compare/diff.hpp"
#include "replay/imports/open.hpp"
#include "replay/imports/spi.hpp"

namespace replay::imports {
namespace {

using trace::Kind;

std::string data() {
    const char* const told = std::getenv("RECONVERGE_DATA");
    return told != nullptr ? told : RECONVERGE_SOURCE_DIR "/../shared/data";
}

struct RealTest : testing::Test {
    void SetUp() override {
        if (std::filesystem::exists(data())) return;
        if (std::getenv("RECONVERGE_REQUIRE_DATA") != nullptr) FAIL() << data() << " is absent, and required";
        GTEST_SKIP() << data() << " is absent: 1 test of real captures not run; set RECONVERGE_DATA";
    }
};

struct FileTest : testing::Test {
    std::string path = testing::TempDir() + "/import-" + std::to_string(::getpid());
    ~FileTest() override { ::unlink(path.c_str()); }
    Imported read(const std::string& text, const std::string& importer, const Options& options = {}) const {
        std::ofstream(path, std::ios::binary) << text;
        return imports::read(path, importer, options);
    }
    std::string refusal(const std::string& text, const std::string& importer) const {
        try {
            read(text, importer);
        } catch (const std::invalid_argument& e) {
            return std::string(e.what()).substr(path.size());
        }
        return "";
    }
};

std::string text_of(const std::vector<std::uint8_t>& bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
        char two[3];
        std::snprintf(two, sizeof two, "%02X", byte);
        text += two;
    }
    return text;
}

/// The lines that sigrok-cli printed, without blanks: bytes only, since a word may have any width.
std::multiset<std::string> printed(const std::string& file, std::size_t& lines) {
    std::ifstream in(file);
    std::multiset<std::string> all;
    for (std::string line; std::getline(in, line); ++lines) {
        const std::string key = line.substr(0, line.find(' '));
        std::string bytes = line.substr(line.find(": ") + 2);
        bytes.erase(std::remove(bytes.begin(), bytes.end(), ' '), bytes.end());
        all.insert(key + " " + bytes);
    }
    return all;
}

// Which pins and modes the captures have, where their channels don't say so (sigrok's own README files tell).
const std::map<std::string, std::string>& pins() {
    static const std::map<std::string, std::string> rows = {
        {"152bit_spi", "clk=CLK,mosi=MOSI,miso=MISO,cs=CS#,wordsize=152"},
        {"adxl345_registers", "clk=0,mosi=1,miso=2,cs=3,cpol=1,cpha=1"},
        {"nrf24l01-communication", "clk=rpi_CLK,mosi=rpi_MOSI,miso=rpi_MISO,cs=rpi_CSN"},
        {"mrf24j40-wake-tx-ack", "clk=SCK,mosi=SDI,miso=SDO,cs=nCS"},
    };
    return rows;
}

TEST_F(RealTest, SigrokCapturesGiveTheBytesThatSigrokPrints) {
    std::size_t captures = 0, frames = 0, bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(data() + "/sigrok/decoded")) {
        const std::string file = entry.path().filename();
        const std::size_t end = file.find(".spi.txt");
        const std::string name = file.substr(0, end);
        if (end == std::string::npos || name == "spi-count-msb") continue;  // which lines those are is told nowhere
        const auto known = pins().find(name);
        Options options;
        if (known != pins().end()) options.pins = known->second;
        const Imported all = imports::read(data() + "/sigrok/" + name + ".sr", "", options);
        std::size_t lines = 0;
        const std::multiset<std::string> expected = printed(entry.path(), lines);
        std::multiset<std::string> got;
        std::set<std::string> found;
        for (const std::string& line : expected) found.insert(line.substr(line.find(' ') + 1));
        std::size_t same = 0;
        for (std::size_t i = 0; i < all.records.size(); ++i) {
            const trace::Record r = all.records.at(i);
            for (const auto& side : {r.tx, r.rx}) {
                const std::string text = text_of({side.begin(), side.end()});
                got.insert(text);
                bytes += side.size();
            }
        }
        std::multiset<std::string> wanted;
        for (const std::string& line : expected) wanted.insert(line.substr(line.find(' ') + 1));
        for (const std::string& text : wanted) {
            const auto there = got.find(text);
            if (there == got.end()) continue;
            got.erase(there);
            ++same;
        }
        EXPECT_EQ(same, wanted.size()) << name << ": lines of sigrok-cli that the importer doesn't have";
        frames += all.records.size();
        ++captures;
    }
    EXPECT_GE(captures, 15u);
    std::printf("%zu captures, %zu frames, %zu bytes compared\n", captures, frames, bytes);
}

TEST_F(RealTest, TheTitanVTracesAreImportedWhole) {
    const std::uint64_t expected[] = {32'482, 32'422};
    compare::Result result;
    std::unique_ptr<Source> sources[2];
    std::unique_ptr<compare::Side> sides[2];
    for (int i = 0; i < 2; ++i) {
        sources[i] =
            std::make_unique<Source>(data() + "/mmiotrace/nouveau_titanv_trace" + std::to_string(i + 1) + ".mmiotrace");
        sides[i] = std::make_unique<compare::Side>(sources[i]->schema());
        trace::Record r;
        std::uint64_t records = 0;
        for (; sources[i]->next(r); ++records) sides[i]->add(r);
        EXPECT_EQ(records, expected[i]);
    }
    result = compare::diff(*sides[0], *sides[1], {"0xbad*"});
    EXPECT_LE(result.hunks.size(), 7u);
    EXPECT_GT(result.different, 0u);
    const double share = static_cast<double>(result.excused) / static_cast<double>(result.different);
    EXPECT_GE(share, 0.9);
    std::printf("%zu hunks; %llu of %llu values differ, %.1f %% of them in %zu registers proposed as volatile\n",
                result.hunks.size(), static_cast<unsigned long long>(result.different),
                static_cast<unsigned long long>(result.values), 100 * share, result.proposed.size());
}

TEST_F(RealTest, TheSimulatedFabricsTransfersAreAllThere) {
    const Imported all = imports::read(data() + "/vcd/spi_apb_80txn.vcd", "", {});
    std::ifstream in(data() + "/vcd/spi_apb_80txn.trace.txt");
    std::size_t compared = 0;
    for (std::string line; std::getline(in, line);) {
        const std::vector<std::string> w = split(line, ' ');
        if (w[0] != "apb") continue;
        ASSERT_LT(compared, all.records.size());
        const trace::Record r = all.records.at(compared++);
        EXPECT_EQ(r.time_ns, std::stoull(w[1]) / 1000);
        EXPECT_EQ(r.is_write(), w[2] == "W");
        EXPECT_EQ(r.address, std::stoull(w[3], nullptr, 16));
        EXPECT_EQ(r.words[0], std::stoull(w[4], nullptr, 16));
    }
    EXPECT_EQ(compared, 79u);
    EXPECT_EQ(all.records.size(), compared);
}

TEST_F(RealTest, RegmapEventsKeepTheirProcesses) {
    const Imported all = imports::read(data() + "/regmap/rtl8365mb_interleaved_phy_read.ftrace.txt", "", {});
    EXPECT_EQ(all.events, 18u);
    EXPECT_EQ(all.records.head(1).lane, 16816u);
    EXPECT_EQ(all.records.at(3).words[0], 0xa69u);
    EXPECT_EQ(all.notes.size(), 1u) << "one other event";
}

TEST_F(RealTest, BothSaleaeLayoutsOfACaptureAreTheCapture) {
    for (const char* const name : {"adxl345_registers", "cc1101_read_write"}) {
        const Imported one = imports::read(data() + "/csv/derived_" + name + "_logic1.csv", "", {});
        const Imported two = imports::read(data() + "/csv/derived_" + name + "_logic2.csv", "", {});
        ASSERT_EQ(one.records.size(), two.records.size());
        ASSERT_GT(one.records.size(), 10u);
        for (std::size_t i = 0; i < one.records.size(); ++i) {
            const trace::Record a = one.records.at(i), b = two.records.at(i);
            EXPECT_EQ(text_of({a.tx.begin(), a.tx.end()}), text_of({b.tx.begin(), b.tx.end()}));
            EXPECT_EQ(text_of({a.rx.begin(), a.rx.end()}), text_of({b.rx.begin(), b.rx.end()}));
        }
    }
}

TEST_F(RealTest, UsbeeAndIkalogicShowTheSameRead) {
    const Imported usbee = imports::read(data() + "/csv/usbee_spiflash_read16_decode_hex.csv", "", {});
    const Imported ika = imports::read(data() + "/csv/ikalogic_spiflash_read16.csv", "", {});
    ASSERT_EQ(usbee.records.size(), 1u);
    ASSERT_GE(ika.records.size(), 1u);
    const trace::Record a = usbee.records.at(0), b = ika.records.at(0);
    EXPECT_EQ(a.tx.size(), 20u);
    EXPECT_EQ(a.tx[0], 0x03u) << "the flash's read command";
    EXPECT_EQ(b.tx[0], 0x03u);
}

TEST_F(RealTest, DeviceDescriptionsGiveRegisters) {
    Options options;
    options.device = "cc1101";
    Imported all = imports::read(data() + "/sigrok/cc1101-read-write.sr", "", options);
    const trace::Schema schema(all.description.dump());
    EXPECT_EQ(schema.name(all.records.head(0).address), "cc1101.PKTSTATUS");
    EXPECT_EQ(all.records.at(0).words[0], 0x30u);
    EXPECT_EQ(schema.name(all.records.head(1).address), "cc1101.SIDLE");
    options.device = "mrf24j40";
    options.pins = pins().at("mrf24j40-wake-tx-ack");
    all = imports::read(data() + "/sigrok/mrf24j40-wake-tx-ack.sr", "", options);
    const trace::Schema other(all.description.dump());
    EXPECT_EQ(other.name(all.records.head(0).address), "mrf24j40.WAKECON");
    EXPECT_EQ(all.records.at(2).words[0], 0xC0u);
}

TEST_F(FileTest, WhatMakesNoSenseIsRefusedWithItsLine) {
    EXPECT_EQ(refusal("R 4 1.0 1 0x10 0x1 0x0 0\nR 3 1.0 1 0x10 0x1 0x0 0\n", "mmiotrace").substr(0, 4), ":2: ");
    EXPECT_EQ(refusal("R 4 1.0 1 0x10 0x1ffffffff 0x0 0\n", "mmiotrace"), ":1: the value is wider than the access");
    EXPECT_EQ(refusal("X\n", "mmiotrace"), ":1: 'X' begins no line of mmiotrace");
    EXPECT_EQ(refusal("a-1 [0] 1.0: regmap_reg_read: dev reg=zz val=0\n", "regmap").substr(0, 4), ":1: ");
    EXPECT_EQ(refusal("Time [s],Packet ID,MOSI,MISO\n0.1,0,0x1FF,0x00\n", "csv").substr(0, 4), ":2: ");
    EXPECT_EQ(refusal("Time(seconds),Bus Name,Signal Name,Data\n0,1,SPI,MOSI\n", "csv").substr(0, 4), ":2: ");
    EXPECT_EQ(refusal("what,is,this\n", "csv").substr(0, 4), ":1: ");
    EXPECT_NE(refusal("PK\x03\x04", "sigrok"), "");
    EXPECT_NE(refusal("$timescale 1ns $end\n", "vcd"), "");
}

TEST_F(FileTest, WideAccessesAndSentinelsAreKept) {
    const Imported all = read(
        "MAP 1.0 1 0x1000 0xff 0x1000 0x0 0\nW 8 1.5 1 0x1008 0x123456789abcdef0 0x0 0\n"
        "R 4 2,000000001 1 0x1010 0xbadf1100 0x0 0\n",
        "mmiotrace");
    ASSERT_EQ(all.records.size(), 2u);
    EXPECT_EQ(all.records.at(0).words[0], 0x123456789ABCDEF0u);
    EXPECT_EQ(all.records.at(0).width, 8u);
    EXPECT_EQ(all.records.at(1).time_ns, 2'000'000'001u);
    const trace::Schema schema(all.description.dump());
    EXPECT_EQ(schema.name(0x1008), "io0+0x8");
}

TEST_F(FileTest, AnImportSurvivesBeingSavedAndRead) {
    const Imported all = read("R 4 1.0 1 0x10 0x1 0x0 0\nW 2 1.1 1 0x13 0x7 0x0 0\n", "mmiotrace");
    const std::string saved = path + ".pcapng";
    save(all, saved);
    trace::Reader reader(saved);
    trace::Record r;
    ASSERT_TRUE(reader.next(r));
    ASSERT_TRUE(reader.next(r));
    EXPECT_EQ(r.address, 0x13u);
    EXPECT_EQ(r.width, 2u);
    EXPECT_EQ(r.words[0], 7u);
    EXPECT_FALSE(reader.next(r));
    reader.finish();
    EXPECT_TRUE(reader.findings().empty());
    ::unlink(saved.c_str());
}

TEST_F(FileTest, ADeviceDescriptionIsDataAndItsMistakesAreTold) {
    std::ofstream(path + ".json") << R"({"name": "thing", "commands": [
        {"match": ["0x80", "0x80"], "address": ["0x7F", 0], "op": "read", "data": "rest"},
        {"match": ["0x80", "0x00"], "address": ["0x7F", 0], "op": "write", "data": 2}], "registers": {"0x01": "one"}})";
    Options options;
    options.device = path + ".json";
    const Imported all = read(
        "Time [s],Packet ID,MOSI,MISO\n0.1,0,0x81,0x00\n0.2,0,0x00,0x11\n0.3,0,0x00,0x22\n"
        "0.4,1,0x05,0x00\n0.5,1,0x0A,0x00\n",
        "csv", options);
    ASSERT_EQ(all.records.size(), 2u);
    EXPECT_EQ(all.records.at(0).kind, Kind::read);
    EXPECT_EQ(all.records.at(0).words.size(), 2u);
    EXPECT_EQ(all.records.at(0).words[1], 0x22u);
    EXPECT_EQ(all.records.at(1).words.size(), 1u);
    ASSERT_EQ(all.notes.size(), 1u) << "the second write has one byte of two";
    options.device = "no-such";
    EXPECT_THROW(read("Time [s],Packet ID,MOSI,MISO\n", "csv", options), std::invalid_argument);
    std::ofstream(path + ".json") << "{}";
    options.device = path + ".json";
    EXPECT_THROW(read("Time [s],Packet ID,MOSI,MISO\n", "csv", options), std::invalid_argument);
    ::unlink((path + ".json").c_str());
}

}  // namespace
}  // namespace replay::imports
