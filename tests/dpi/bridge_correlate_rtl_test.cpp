// The RTL bridge between a real link and the model's registers, replies getting lost on the way: what correlate makes
// of it, with a sound bridge and with one that has a planted bug.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "hal/chip/heron.hpp"
#include "replay/compare/correlate.hpp"
#include "replay/imports/open.hpp"
#include "replay/transport/live.hpp"
#include "transports/dpi/rtl/bridge/bridge_bench.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/chip.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/recorder/recorder.hpp"
#include "transports/spi/link.hpp"

namespace {
int planted_now = 0;
}

extern "C" int planted_bug();
extern "C" int planted_bug() { return planted_now; }

namespace tests::dpi {
namespace {

namespace model = transports::model;
namespace rec = transports::recorder;
using replay::compare::Correlation;
using transports::dpi::Bytes;

constexpr int kSequenceNotChecked = 15;
constexpr unsigned kEveryThird = 3;

/// Pin by pin into the RTL.
class PinsOfBridge final : public hal::bus::Wire {
public:
    explicit PinsOfBridge(model::Chip& chip) : chip_(chip) { rtl_.registers = &chip; }
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        using namespace transports::spi;  // NOLINT(google-build-using-namespace): its constants
        const std::size_t payload = tx[kAtPayloadSize] | std::size_t{tx[kAtPayloadSize + 1]} << 8;
        const Bytes mosi(tx, tx + size);
        const Bytes miso = rtl_.transfer(mosi, kRequestHeader + payload + kCrcSize, size * 8);
        std::copy(miso.begin(), miso.end(), rx);
        return {};
    }
    std::size_t max_transfer() const override { return transports::spi::kMaxTransfer; }
    hal::bus::Nanoseconds now() override { return chip_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { chip_.wait_until(deadline); }

private:
    model::Chip& chip_;
    transports::dpi::Rtl rtl_;
};

/// Once told to, forgets every third reply.
class Lossy final : public hal::bus::Wire {
public:
    explicit Lossy(hal::bus::Wire& below) : below_(below) {}
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        const auto done = below_.transfer(tx, rx, size);
        if (losing && ++frames_ % kEveryThird == 0) {
            std::fill(rx, rx + size, std::uint8_t{0});
            ++lost;
        }
        return done;
    }
    std::size_t max_transfer() const override { return below_.max_transfer(); }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { below_.wait_until(deadline); }
    bool losing = false;
    std::uint64_t lost = 0;

private:
    hal::bus::Wire& below_;
    std::uint64_t frames_ = 0;
};

class BridgeCorrelate : public testing::Test {
protected:
    BridgeCorrelate() { std::filesystem::create_directories(folder_); }
    ~BridgeCorrelate() override { std::filesystem::remove_all(folder_); }

    /// A boot, then random accesses around `blocks` while replies get lost. Guarded ones would find what the planted
    /// bug does, too, but at whatever register they guard.
    std::uint64_t record(hal::bus::Wire& wire, const std::string& file, const std::string& blocks,
                         std::uint32_t accesses) const {
        hal_policy policy{};
        policy.size = sizeof policy;
        const auto intended = transports::intent::load("training", names_.chip()).intended;
        const rec::Description description =
            rec::describe(names_, "spi", "lost replies", "", "training", intended, policy);
        rec::WriterOptions options;
        options.when = rec::WriterOptions::When::at_once;
        rec::Writer writer(file, description, options);
        Lossy lossy(wire);
        transports::spi::Link link(lossy, transports::spi::Link::Mode::managed);
        EXPECT_TRUE(link.claim(9).has_value());
        rec::Recorder recorder(link, writer);
        EXPECT_TRUE(replay::transport::Subject(description.json).run(recorder).ended);
        lossy.losing = true;
        replay::transport::access_at_random(recorder, names_, {accesses, 3, blocks, planted_now == 0});
        EXPECT_EQ(writer.finish(), "");
        EXPECT_GT(lossy.lost, 50U);
        return lossy.lost;
    }

    Correlation both(int planted, const std::string& blocks, std::uint32_t accesses, std::uint64_t& lost) const {
        const std::string a = (folder_ / "rtl.pcapng").string(), b = (folder_ / "model.pcapng").string();
        planted_now = planted;
        {
            model::Chip chip(layout_);
            PinsOfBridge pins(chip);
            lost = record(pins, a, blocks, accesses);
        }
        {
            model::Chip chip(layout_);
            model::BridgeSession session;
            model::Bridge bridge(chip, session);
            model::BridgeWire wire(bridge, chip);
            record(wire, b, blocks, accesses);
        }
        replay::imports::Source first(a), second(b);
        return replay::compare::correlate(first, second, true);
    }

private:
    const transports::names::ChipNames names_{transports::names::parse_scale("1/8")};
    const model::Layout layout_{*hal::chip::heron(1, 8)};
    const std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) / ("bridge_correlate_" + std::to_string(::getpid()));
};

TEST_F(BridgeCorrelate, LostRepliesDoNotShowBehindASoundBridge) {
    std::uint64_t lost = 0, fields = 0, non_zero = 0;
    const Correlation c = both(0, "*", 300, lost);
    for (const auto& p : c.partings) ADD_FAILURE() << p.where << ": " << p.a << " | " << p.b;
    for (const auto& block : c.blocks) {
        fields += block.fields;
        non_zero += block.non_zero;
    }
    std::printf("%llu replies lost; %zu blocks alike, %llu fields compared, %llu of them not zero\n",
                static_cast<unsigned long long>(lost), c.blocks.size(), static_cast<unsigned long long>(fields),
                static_cast<unsigned long long>(non_zero));
    EXPECT_GT(non_zero, 0U);
}

TEST_F(BridgeCorrelate, ASequenceNumberThatIsNotCheckedIsNamedAtTheRegisterThatWasReadTwice) {
    std::uint64_t lost = 0;
    const Correlation c = both(kSequenceNotChecked, "mailbox", 2000, lost);
    ASSERT_FALSE(c.partings.empty());
    std::printf("a repeated request is executed again: %s (%s | %s)\n", c.partings[0].where.c_str(),
                c.partings[0].a.c_str(), c.partings[0].b.c_str());
    EXPECT_EQ(c.partings[0].where, "mailbox.data.word");  // of a FIFO, taken twice
}

}  // namespace
}  // namespace tests::dpi
