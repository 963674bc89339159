// Captures that nobody here wrote are read whole and right; where they are absent the tests say what they skipped.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "replay/compare/diff.hpp"
#include "replay/exports/exports.hpp"
#include "replay/imports/open.hpp"
#include "replay/imports/spi.hpp"
#include "replay/real_data_test.hpp"

namespace replay::imports {
namespace {

using trace::Kind;

using RealTest = RealDataTest;

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

TEST_F(RealTest, TheTitanVTracesAreImportedWhole) {
    const std::uint64_t expected[] = {32'482, 32'422};
    compare::Result result;
    std::unique_ptr<Source> sources[2];
    std::unique_ptr<compare::Side> sides[2];
    for (int i = 0; i < 2; ++i) {
        sources[i] = std::make_unique<Source>(real_data() + "/mmiotrace/nouveau_titanv_trace" + std::to_string(i + 1) +
                                              ".mmiotrace");
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

// Bytes per access, the whole file counted. Beside it: a packet per access, and the text that it came from.
TEST_F(RealTest, AnAccessOfTheTitanVTakesFewBytes) {
    const std::string saved = testing::TempDir() + "/titanv-" + std::to_string(::getpid()) + ".pcapng";
    for (const char* const number : {"1", "2"}) {
        const std::string file = real_data() + "/mmiotrace/nouveau_titanv_trace" + number + ".mmiotrace";
        const Imported all = imports::read(file, "", {});
        double per_access[2] = {};
        for (const int compression : {0, 1}) {
            save(all, saved, compression);
            per_access[compression] =
                static_cast<double>(std::filesystem::file_size(saved)) / static_cast<double>(all.records.size());
            trace::Reader reader(saved);
            trace::Record r;
            std::size_t equal = 0;
            for (; reader.next(r); ++equal) {
                const trace::Record was = all.records.at(equal);
                ASSERT_TRUE(r.kind == was.kind && r.address == was.address && r.time_ns == was.time_ns &&
                            std::equal(r.words.begin(), r.words.end(), was.words.begin(), was.words.end()));
            }
            EXPECT_EQ(equal, all.records.size());
        }
        Source source(saved);
        std::ostringstream packets;
        exports::write_packets(source, packets);
        std::printf("%zu accesses: %.2f bytes each, %.2f with zstd; as packets %.1f, as text %.1f\n",
                    all.records.size(), per_access[0], per_access[1],
                    static_cast<double>(packets.str().size()) / static_cast<double>(all.records.size()),
                    static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(all.records.size()));
        EXPECT_LE(per_access[0], 6.5);
        EXPECT_LE(per_access[1], 1.5);
    }
    ::unlink(saved.c_str());
}

TEST_F(RealTest, TheSimulatedFabricsTransfersAreAllThere) {
    const Imported all = imports::read(real_data() + "/vcd/spi_apb_80txn.vcd", "", {});
    std::ifstream in(real_data() + "/vcd/spi_apb_80txn.trace.txt");
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
    const Imported all = imports::read(real_data() + "/regmap/rtl8365mb_interleaved_phy_read.ftrace.txt", "", {});
    EXPECT_EQ(all.events, 18u);
    EXPECT_EQ(all.records.head(1).lane, 16816u);
    EXPECT_EQ(all.records.at(3).words[0], 0xa69u);
    EXPECT_EQ(all.notes.size(), 1u) << "one other event";
}

TEST_F(RealTest, BothSaleaeLayoutsOfACaptureAreTheCapture) {
    for (const char* const name : {"adxl345_registers", "cc1101_read_write"}) {
        const Imported one = imports::read(real_data() + "/csv/derived_" + name + "_logic1.csv", "", {});
        const Imported two = imports::read(real_data() + "/csv/derived_" + name + "_logic2.csv", "", {});
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
    const Imported usbee = imports::read(real_data() + "/csv/usbee_spiflash_read16_decode_hex.csv", "", {});
    const Imported ika = imports::read(real_data() + "/csv/ikalogic_spiflash_read16.csv", "", {});
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
    Imported all = imports::read(real_data() + "/sigrok/cc1101-read-write.sr", "", options);
    const trace::Schema schema(all.description.dump());
    EXPECT_EQ(schema.name(all.records.head(0).address), "cc1101.PKTSTATUS");
    EXPECT_EQ(all.records.at(0).words[0], 0x30u);
    EXPECT_EQ(schema.name(all.records.head(1).address), "cc1101.SIDLE");
    options.device = "mrf24j40";
    options.pins = "clk=SCK,mosi=SDI,miso=SDO,cs=nCS";
    all = imports::read(real_data() + "/sigrok/mrf24j40-wake-tx-ack.sr", "", options);
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
