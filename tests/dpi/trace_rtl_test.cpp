// Recordings of the same HAL on RTL and model: equal per block. Waveforms of the bus and of the pins: imported, they
// are the recording.
#include <gtest/gtest.h>
#include <gtkwave/fstapi.h>

#include <cstdio>
#include <cstring>
#include <filesystem>

#include "replay/compare/correlate.hpp"
#include "replay/imports/open.hpp"
#include "replay/imports/spi.hpp"
#include "tests/dpi/bench.hpp"
#include "transports/dpi/host/wires.hpp"

namespace tests::dpi {
namespace {

using replay::imports::Options;
using replay::imports::Source;
using replay::trace::Kind;
using replay::trace::Record;
using transports::dpi::default_policy;
using transports::recorder::Writer;
using transports::recorder::WriterOptions;

class RtlTrace : public testing::Test {
protected:
    std::string path(const char* name) const { return (folder_ / name).string(); }
    RtlTrace() { std::filesystem::create_directories(folder_); }
    ~RtlTrace() override { std::filesystem::remove_all(folder_); }

    static WriterOptions at_once() {
        WriterOptions options;
        options.when = WriterOptions::When::at_once;
        return options;
    }

private:
    const std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) / ("rtl_trace_" + std::to_string(::getpid()));
};

TEST_F(RtlTrace, BootAndLiveUpdateAreTheSameStoryForEveryBlock) {
    const Subject& subject = Subject::get();
    RtlSide rtl;
    ModelSide model;
    const auto both = [&](const char* what, const Intended& intended, const hal_policy& policy) {
        Writer on_rtl(path("rtl.pcapng"), description("rtl", intended), at_once());
        Writer on_model(path("model.pcapng"), description("model", intended), at_once());
        EXPECT_TRUE(model.run(intended, policy, &on_model));
        EXPECT_TRUE(rtl.run(intended, policy, &on_rtl));
        EXPECT_EQ(on_rtl.finish(), "");
        EXPECT_EQ(on_model.finish(), "");
        Source first(path("rtl.pcapng")), second(path("model.pcapng"));
        const auto c = replay::compare::correlate(first, second, true);
        std::uint64_t events = 0, fields = 0, non_zero = 0;
        for (const auto& block : c.blocks) {
            events += block.writes + block.reads;
            fields += block.fields;
            non_zero += block.non_zero;
        }
        std::printf("%s: %zu blocks, %llu events, %llu fields compared, %llu of them not zero, %zu blocks differ\n",
                    what, c.blocks.size(), static_cast<unsigned long long>(events),
                    static_cast<unsigned long long>(fields), static_cast<unsigned long long>(non_zero),
                    c.partings.size());
        for (const auto& p : c.partings) ADD_FAILURE() << p.where << ": " << p.a << " | " << p.b;
        EXPECT_EQ(c.blocks.size(), subject.names.size());
        EXPECT_GT(non_zero, 0U);
    };
    both("boot", subject.training, default_policy());
    rtl.let_pass(10'000);
    model.chip.advance(10'000);
    both("resume", subject.training, default_policy());
    both("update", subject.inference, with_drain());
}

/// What gtkwave's fst2vcd does, with the reader that comes with Verilator.
void fst_to_vcd(const std::string& fst, const std::string& vcd) {
    void* const reader = fstReaderOpen(fst.c_str());
    ASSERT_NE(reader, nullptr) << fst;
    std::FILE* const file = std::fopen(vcd.c_str(), "w");
    ASSERT_NE(file, nullptr) << vcd;
    EXPECT_NE(fstReaderProcessHier(reader, file), 0);
    fstReaderSetFacProcessMaskAll(reader);
    EXPECT_NE(fstReaderIterBlocks(reader, nullptr, nullptr, file), 0);
    fstReaderClose(reader);
    EXPECT_EQ(std::fclose(file), 0);
}

/// The simulator's waveform `name` as the importer wants it.
std::string as_vcd(const std::string& name) {
    if (std::strcmp(Simulation::waveform(), "vcd") == 0) return name;
    fst_to_vcd(name, name + ".vcd");
    return name + ".vcd";
}

struct Word {
    bool write;
    std::uint64_t address, word;
    bool operator==(const Word& o) const { return write == o.write && address == o.address && word == o.word; }
};

/// Every word that went over the register bus; of a guard only that it was read.
std::vector<Word> words_of(Source& source, std::vector<std::size_t>* guards) {
    std::vector<Word> words;
    Record r;
    while (source.next(r)) {
        if (!r.is_access()) continue;
        if (r.kind == Kind::guard) {
            if (guards != nullptr) guards->push_back(words.size());
            words.push_back({false, r.address, 0});
            continue;
        }
        for (std::uint32_t i = 0; i < r.words.size(); ++i) words.push_back({r.is_write(), r.address_of(i), r.words[i]});
    }
    return words;
}

TEST_F(RtlTrace, TheWaveformOfTheRegisterBusIsTheRecording) {
    const Subject& subject = Subject::get();
    {
        RtlSide rtl;
        rtl.simulation.dump(path("boot.wave"));
        Writer writer(path("boot.pcapng"), description("rtl", subject.training), at_once());
        ASSERT_TRUE(rtl.run(subject.training, default_policy(), &writer));
        ASSERT_EQ(writer.finish(), "");
    }
    std::vector<std::size_t> guards;
    Source recorded(path("boot.pcapng"));
    const std::vector<Word> expected = words_of(recorded, &guards);
    Options options;
    options.bus = "apb:m_";
    Source waveform(as_vcd(path("boot.wave")), "vcd", options);
    std::vector<Word> seen = words_of(waveform, nullptr);
    ASSERT_EQ(seen.size(), expected.size());
    for (const std::size_t i : guards) seen[i].word = 0;  // the recording doesn't know what a guard read
    std::size_t non_zero = 0, differ = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        non_zero += seen[i].word != 0 ? 1 : 0;
        differ += seen[i] == expected[i] ? 0 : 1;
    }
    std::printf("%zu words on the bus, %zu of them not zero, %zu guards, %zu differ; %llu KiB of %s\n", seen.size(),
                non_zero, guards.size(), differ,
                static_cast<unsigned long long>(std::filesystem::file_size(path("boot.wave")) / 1024),
                Simulation::waveform());
    EXPECT_EQ(differ, 0U);
    EXPECT_GT(non_zero, 0U);
}

/// Keeps what a link said and heard.
class Tap final : public hal::bus::Wire {
public:
    Tap(hal::bus::Wire& below, std::vector<std::vector<std::uint8_t>>& frames) : below_(below), frames_(frames) {}
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        const auto done = below_.transfer(tx, rx, size);
        frames_.emplace_back(tx, tx + size);
        frames_.emplace_back(rx, rx + size);
        return done;
    }
    std::size_t max_transfer() const override { return below_.max_transfer(); }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { below_.wait_until(deadline); }

private:
    hal::bus::Wire& below_;
    std::vector<std::vector<std::uint8_t>>& frames_;
};

TEST_F(RtlTrace, TheWaveformOfThePinsIsWhatTheLinkSaidAndHeard) {
    std::vector<std::vector<std::uint8_t>> frames;
    {
        RtlSide rtl;
        rtl.host().half_bit = 4;
        rtl.simulation.dump(path("pins.wave"));
        rtl.host().start([&] {
            transports::dpi::PinWire pins(rtl.host());
            Tap tap(pins, frames);
            transports::spi::Link link(tap, transports::spi::Link::Mode::managed);
            EXPECT_TRUE(link.claim(5).has_value());
            for (const auto& row : Subject::get().chip.instances) (void)link.read(row.base);
        });
        ASSERT_TRUE(rtl.simulation.run());
    }
    Options options;
    options.bus = "spi";
    Source waveform(as_vcd(path("pins.wave")), "vcd", options);
    std::size_t at = 0, bytes = 0, non_zero = 0;
    Record r;
    while (waveform.next(r)) {
        if (r.kind != Kind::frame) continue;
        ASSERT_LT(at + 1, frames.size());
        EXPECT_EQ(std::vector<std::uint8_t>(r.tx.begin(), r.tx.end()), frames[at]);
        EXPECT_EQ(std::vector<std::uint8_t>(r.rx.begin(), r.rx.end()), frames[at + 1]);
        for (const std::uint8_t byte : r.rx) non_zero += byte != 0 ? 1 : 0;
        bytes += r.tx.size();
        at += 2;
    }
    std::printf("%zu frames, %zu bytes each way, %zu of the replies' not zero\n", at / 2, bytes, non_zero);
    EXPECT_EQ(at, frames.size());
    EXPECT_GT(non_zero, 0U);
}

}  // namespace
}  // namespace tests::dpi
