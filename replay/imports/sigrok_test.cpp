// Captures of logic analysers, against what sigrok-cli prints of them: every line, in order.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <map>

#include "replay/imports/spi.hpp"
#include "replay/real_data_test.hpp"

namespace replay::imports {
namespace {

using SigrokTest = RealDataTest;

/// Which lines the captures have, where the channels' names don't tell.
struct Lines {
    const char* pins = "";
    bool miso = true, mosi = true;  ///< What sigrok-cli was asked to print.
};

const std::map<std::string, Lines>& captures() {
    static const std::map<std::string, Lines> rows = {
        {"152bit_spi", {"clk=CLK,mosi=MOSI,miso=MISO,cs=CS#,wordsize=152"}},
        {"adxl345_registers", {"clk=0,mosi=1,miso=2,cs=3,cpol=1,cpha=1"}},
        {"cc1101-burst-read", {}},
        {"cc1101-burst-write", {}},
        {"cc1101-command-strobe", {}},
        {"cc1101-read-write", {}},
        {"mrf24j40-wake-tx-ack", {"clk=SCK,mosi=SDI,miso=SDO,cs=nCS"}},
        {"mx25l1605d_probe", {}},
        {"nrf24l01-communication", {"clk=rpi_CLK,mosi=rpi_MOSI,miso=rpi_MISO,cs=rpi_CSN"}},
        {"nrf24l01-test-excess-bytes", {}},
        {"nrf24l01-test-incomplete-cmd", {}},
        {"nrf24l01-test-missing-bytes", {}},
        {"nrf24l01-test-unknown-command", {}},
        {"nrf24l01-test-unknown-register", {}},
        {"set-4000mhz", {"", false, true}},
        {"spi-count-msb", {"clk=0,mosi=1,cs=2", false, true}},
    };
    return rows;
}

/// A line of sigrok-cli: the sample at which the frame begins, and the bytes, which it groups by words.
struct Line {
    std::uint64_t begins;
    std::string bytes;
};

std::vector<Line> printed(const std::string& file) {
    std::ifstream in(file);
    std::vector<Line> all;
    for (std::string line; std::getline(in, line);) {
        std::string bytes = line.substr(line.find(": ") + 2);
        bytes.erase(std::remove(bytes.begin(), bytes.end(), ' '), bytes.end());
        all.push_back({std::stoull(line), bytes});
    }
    return all;
}

std::string text_of(hal::bus::Span<const std::uint8_t> bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) text += fmt::format("{:02X}", byte);
    return text;
}

TEST_F(SigrokTest, EveryLineThatSigrokPrintsIsTheSameToTheByte) {
    std::size_t compared = 0, lines = 0, bytes = 0, not_zero = 0;
    for (const auto& entry : std::filesystem::directory_iterator(real_data() + "/sigrok/decoded")) {
        const std::string file = entry.path().filename(), name = file.substr(0, file.find('.'));
        if (file.find(".spi.txt") == std::string::npos) continue;
        const auto row = captures().find(name);
        ASSERT_NE(row, captures().end()) << name << ": a capture that this test doesn't know";
        const Lines& which = row->second;
        Options options;
        options.pins = which.pins;
        const Imported all = imports::read(real_data() + "/sigrok/" + name + ".sr", "", options);
        const std::vector<Line> expected = printed(entry.path());
        const std::size_t per_frame = (which.miso ? 1 : 0) + (which.mosi ? 1 : 0);
        ASSERT_EQ(all.records.size() * per_frame, expected.size()) << name;
        ASSERT_FALSE(expected.empty());
        // Sigrok counts samples, a trace has nanoseconds: the last frame tells how many go into one.
        const trace::Record last = all.records.at(all.records.size() - 1);
        const double rate = static_cast<double>(expected.back().begins) / static_cast<double>(last.time_ns);
        std::size_t at = 0;
        for (std::size_t i = 0; i < all.records.size(); ++i) {
            const trace::Record frame = all.records.at(i);
            for (const bool miso : {true, false}) {
                if (miso ? !which.miso : !which.mosi) continue;
                const Line& line = expected[at++];
                ASSERT_EQ(text_of(miso ? frame.rx : frame.tx), line.bytes) << name << ", line " << at;
                if (last.time_ns != 0) {
                    ASSERT_EQ(std::llround(static_cast<double>(frame.time_ns) * rate),
                              static_cast<long long>(line.begins))
                        << name << ", line " << at;
                }
                bytes += line.bytes.size() / 2;
                not_zero += line.bytes.find_first_not_of('0') != std::string::npos ? 1 : 0;
            }
        }
        lines += at;
        ++compared;
    }
    EXPECT_EQ(compared, captures().size());
    EXPECT_EQ(lines, 1222u);
    std::printf("%zu captures, %zu lines of %zu bytes equal, %zu of them not all zeros\n", compared, lines, bytes,
                not_zero);
}

std::vector<std::string> frames_of(const std::string& file) {
    std::vector<std::string> frames;
    const Imported all = imports::read(file, "sigrok", {});
    for (std::size_t i = 0; i < all.records.size(); ++i) {
        const trace::Record frame = all.records.at(i);
        frames.push_back(text_of(frame.tx) + text_of(frame.rx));
    }
    return frames;
}

TEST_F(SigrokTest, EveryCutAndEveryFlippedBitIsRefusedOrChangesNothing) {
    const std::string file = real_data() + "/sigrok/cc1101-burst-read.sr";
    const std::string damaged = testing::TempDir() + "/damaged-" + std::to_string(::getpid()) + ".sr";
    const std::vector<std::string> whole = frames_of(file);
    const std::string bytes = contents(file);
    std::size_t refused = 0, unchanged = 0;
    const auto look = [&](const std::string& content) {
        std::filesystem::remove(damaged);  // to write over a file, a file system may wait for the disk
        std::ofstream(damaged, std::ios::binary) << content;
        try {
            EXPECT_EQ(frames_of(damaged), whole);
            ++unchanged;
        } catch (const std::invalid_argument&) {
            ++refused;
        }
    };
    for (std::size_t size = 0; size < bytes.size(); ++size) look(bytes.substr(0, size));
    EXPECT_EQ(refused, bytes.size()) << "cuts";
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        look(flipped);
    }
    std::filesystem::remove(damaged);
    EXPECT_GT(refused, 3 * bytes.size());
    EXPECT_GT(unchanged, 0u) << "times and the like, which nobody reads";
    std::printf("%zu frames, %zu bytes: %zu damages refused, %zu changed nothing\n", whole.size(), bytes.size(),
                refused, unchanged);
}

}  // namespace
}  // namespace replay::imports
