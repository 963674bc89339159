#include "transports/spi/spidev_wire.hpp"

#include <gtest/gtest.h>
#include <linux/spi/spidev.h>

#include <cerrno>

#include "transports/kernel/fake_kernel.hpp"
#include "transports/model/fake_port.hpp"
#include "transports/spi/link.hpp"

namespace transports::spi {
namespace {

using hal::bus::Code;
using hal::bus::Effect;
using kernel::FakeKernel;
using model::FakePort;

constexpr const char* kDevice = "/dev/spidev0.0";
constexpr const char* kBufsiz = "/sys/module/spidev/parameters/bufsiz";
constexpr std::uint32_t kRated = 25'000'000;

/// A chip behind the kernel's spidev.
class SpidevTest : public testing::Test {
protected:
    SpidevTest() {
        kernel.files = {{kDevice, ""}, {kBufsiz, "8192\n"}};
        kernel.on_control = [this](unsigned long request, void* argument) { return control(request, argument); };
    }

    int control(unsigned long request, void* argument) {
        if (const auto error = errors.find(request); error != errors.end()) return error->second;
        switch (request) {
            case SPI_IOC_RD_MODE32: return put(argument, mode);
            case SPI_IOC_RD_BITS_PER_WORD: return put(argument, bits);
            case SPI_IOC_RD_MAX_SPEED_HZ: return put(argument, kRated);
            case SPI_IOC_WR_MODE32: return take(argument, mode);
            case SPI_IOC_WR_BITS_PER_WORD: return take(argument, bits);
            default: break;
        }
        EXPECT_EQ(request, SPI_IOC_MESSAGE(1));
        spi_ioc_transfer whole{};
        std::memcpy(&whole, argument, sizeof whole);
        ++messages;
        speed = whole.speed_hz;
        EXPECT_EQ(whole.bits_per_word, 8);
        EXPECT_EQ(whole.cs_change, 0);
        if (short_by == 0) {
            bridge.transfer(reinterpret_cast<const std::uint8_t*>(whole.tx_buf),
                            reinterpret_cast<std::uint8_t*>(whole.rx_buf), whole.len);
        }
        return static_cast<int>(whole.len) - short_by;
    }
    template <typename T>
    static int put(void* argument, T value) {
        std::memcpy(argument, &value, sizeof value);
        return 0;
    }
    template <typename T>
    int take(void* argument, T& value) {
        std::memcpy(&value, argument, sizeof value);
        ++settings;
        return 0;
    }

    tl::expected<std::unique_ptr<SpidevWire>, links::ConnectError> open(std::uint32_t hz = 0) {
        return SpidevWire::open({kDevice, hz}, kernel);
    }
    std::string refusal(std::uint32_t hz = 0) {
        const auto wire = open(hz);
        if (wire) return "opened";
        wrong_path = wire.error().wrong_path;
        return wire.error().what;
    }

    FakeKernel kernel;
    FakePort port;
    model::BridgeSession session;
    model::Bridge bridge{port, session};
    std::map<unsigned long, int> errors;  // by request
    std::uint32_t mode = 0, speed = 0;
    std::uint8_t bits = 8;
    int short_by = 0, messages = 0, settings = 0;
    bool wrong_path = false;
};

TEST_F(SpidevTest, CarriesTheLink) {
    auto wire = open(kRated);
    ASSERT_TRUE(wire) << wire.error().what;
    EXPECT_EQ((*wire)->max_transfer(), kMaxTransfer) << "the link has no larger frames";
    Link link(**wire, Link::Mode::managed);
    ASSERT_TRUE(link.claim(7));
    ASSERT_TRUE(link.write(0x10, 0xABCD));
    const auto word = link.read(0x10);
    ASSERT_TRUE(word);
    EXPECT_EQ(*word, 0xABCDu);
    EXPECT_EQ(messages, 4) << "query, claim, write, read";
    EXPECT_EQ(speed, kRated);
    EXPECT_EQ(settings, 0) << "mode and word size were right already";
    wire->reset();
    EXPECT_TRUE(kernel.all_closed());
}

TEST_F(SpidevTest, SetsModeAndWordSizeAndKeepsWhatTheBoardSays) {
    mode = SPI_CPOL | SPI_CPHA | SPI_CS_HIGH;
    bits = 16;
    const auto wire = open();
    ASSERT_TRUE(wire) << wire.error().what;
    EXPECT_EQ(mode, SPI_CS_HIGH);
    EXPECT_EQ(bits, 8);
    EXPECT_EQ(messages, 0) << "nothing is clocked before it is asked for";
}

TEST_F(SpidevTest, TransfersAreAsLargeAsTheModuleAllows) {
    struct Row {
        const char* bufsiz;
        std::size_t size;
    };
    for (const Row row : {Row{"1024\n", 1024}, Row{"65536\n", kMaxTransfer}, Row{"256\n", 256}, Row{"", kDefaultBufsiz},
                          Row{"lots\n", kDefaultBufsiz}}) {
        kernel.files[kBufsiz] = row.bufsiz;
        const auto wire = open();
        ASSERT_TRUE(wire) << row.bufsiz;
        EXPECT_EQ((*wire)->max_transfer(), row.size) << row.bufsiz;
    }
    kernel.files.erase(kBufsiz);
    EXPECT_EQ((*open())->max_transfer(), kDefaultBufsiz) << "spidev built in without parameters";
    kernel.files[kBufsiz] = "100\n";
    EXPECT_EQ(refusal(), "spidev:/dev/spidev0.0: spidev takes only 100 bytes a transfer; load it with bufsiz=4096");
}

TEST_F(SpidevTest, BeyondBufsizNothingIsSent) {
    kernel.files[kBufsiz] = "512\n";
    auto wire = open();
    ASSERT_TRUE(wire);
    std::vector<std::uint8_t> tx(513), rx(513);
    const auto done = (*wire)->transfer(tx.data(), rx.data(), tx.size());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::link_down);
    EXPECT_EQ(done.error().effect, Effect::none);
    EXPECT_EQ(messages, 0);
}

TEST_F(SpidevTest, EachErrorSaysWhatTheChipMayHaveSeen) {
    struct Row {
        int error;
        Code code;
        Effect effect;
    };
    const Row rows[] = {
        {EMSGSIZE, Code::link_down, Effect::none},     {EINVAL, Code::link_down, Effect::none},
        {EFAULT, Code::link_down, Effect::none},       {EBADF, Code::link_down, Effect::none},
        {ENOTTY, Code::link_down, Effect::none},       {EINTR, Code::link_down, Effect::unknown},
        {EIO, Code::link_down, Effect::unknown},       {ETIMEDOUT, Code::link_down, Effect::unknown},
        {ENOMEM, Code::link_down, Effect::unknown},    {EREMOTEIO, Code::link_down, Effect::unknown},
        {ESHUTDOWN, Code::peer_gone, Effect::unknown}, {ENODEV, Code::peer_gone, Effect::unknown},
        {ENXIO, Code::peer_gone, Effect::unknown},
    };
    auto wire = open();
    ASSERT_TRUE(wire);
    std::uint8_t tx[8] = {}, rx[8] = {};
    for (const Row& row : rows) {
        errors[SPI_IOC_MESSAGE(1)] = -row.error;
        const auto done = (*wire)->transfer(tx, rx, sizeof tx);
        ASSERT_FALSE(done) << row.error;
        EXPECT_EQ(done.error().code, row.code) << row.error;
        EXPECT_EQ(done.error().effect, row.effect) << row.error;
        EXPECT_NE((*wire)->explain(), "");
    }
    errors.clear();
    short_by = 3;
    const auto cut = (*wire)->transfer(tx, rx, sizeof tx);
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().effect, Effect::unknown);
    EXPECT_EQ((*wire)->explain(), "spidev:/dev/spidev0.0: 5 of 8 bytes were transferred");
    short_by = 0;
    EXPECT_TRUE((*wire)->transfer(tx, rx, sizeof tx));
    EXPECT_EQ((*wire)->explain(), "");
}

TEST_F(SpidevTest, TheLinkRepeatsWhatFailedAndNothingHappensTwice) {
    auto wire = open();
    ASSERT_TRUE(wire);
    Link link(**wire, Link::Mode::managed);
    ASSERT_TRUE(link.claim(7));
    port.effects.clear();
    int left = 3;
    const auto usual = kernel.on_control;
    kernel.on_control = [&](unsigned long request, void* argument) {
        const int done = usual(request, argument);
        return left-- > 0 ? -ETIMEDOUT : done;  // the chip has seen all of it
    };
    ASSERT_TRUE(link.write(0x10, 5));
    EXPECT_EQ(link.statistics().retries, 3u);
    EXPECT_EQ(port.effects.size(), 1u);
    EXPECT_GT(kernel.slept, 0u) << "repetitions are spread in time";
    EXPECT_EQ((*wire)->now(), kernel.time);
}

TEST_F(SpidevTest, WhatCantBeOpenedIsOneLine) {
    struct Row {
        int error;
        const char* what;
        bool wrong_path;
    };
    for (const Row row : {Row{-ENOENT, "no such device; is the controller enabled, is spidev bound to the chip?", true},
                          Row{-ENOTDIR, "a part of the path is not a directory; correct the path", true},
                          Row{-EACCES, "permission denied; you need read and write permission for this device", false},
                          Row{-ENODEV, "there is no device behind this node; is spidev bound to the chip?", false},
                          Row{-EMFILE, "Too many open files", false}}) {
        kernel.open_errors[kDevice] = row.error;
        EXPECT_EQ(refusal(), std::string("spidev:/dev/spidev0.0: ") + row.what);
        EXPECT_EQ(wrong_path, row.wrong_path) << row.what;
    }
    EXPECT_EQ(messages, 0);
}

TEST_F(SpidevTest, WhatIsNoSpiDeviceOrCantDoItIsOneLine) {
    const std::string front = "spidev:/dev/spidev0.0: ";
    EXPECT_EQ(refusal(kRated + 1),
              front + "hz=25000001 is beyond the 25000000 Hz that the board gives this device; use that or less");
    errors = {{SPI_IOC_RD_MODE32, -ENOTTY}};
    EXPECT_EQ(refusal(), front + "not an SPI device; name one like /dev/spidev0.0");
    EXPECT_TRUE(wrong_path);
    errors = {{SPI_IOC_RD_MODE32, -ESHUTDOWN}};
    EXPECT_EQ(refusal(), front + std::strerror(ESHUTDOWN));
    mode = SPI_CPHA;
    errors = {{SPI_IOC_WR_MODE32, -EINVAL}};
    EXPECT_EQ(refusal(), front + "the controller can't do SPI mode 0: Invalid argument");
    mode = 0;
    bits = 32;
    errors = {{SPI_IOC_WR_BITS_PER_WORD, -EINVAL}};
    EXPECT_EQ(refusal(), front + "the controller can't do words of eight bits: Invalid argument");
    errors = {{SPI_IOC_RD_MAX_SPEED_HZ, -EIO}};
    bits = 8;
    EXPECT_EQ(refusal(), front + "doesn't tell its clock rate: Input/output error");
    EXPECT_EQ(messages, 0);
    EXPECT_TRUE(kernel.all_closed());
}

}  // namespace
}  // namespace transports::spi
