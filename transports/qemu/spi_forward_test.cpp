#include "transports/qemu/spi_forward.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "transports/qemu/threads.hpp"

namespace transports::qemu {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Answers each byte with its complement, and keeps the frames.
class Inverter final : public hal::bus::Wire {
public:
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        frames.emplace_back(tx, tx + size);
        if (dead) return hal::bus::fail({});
        for (std::size_t i = 0; i < size; ++i) rx[i] = static_cast<std::uint8_t>(~tx[i]);
        return {};
    }
    std::size_t max_transfer() const override { return kForwardMost; }
    hal::bus::Nanoseconds now() override { return 0; }
    void wait_until(hal::bus::Nanoseconds) override {}
    std::vector<Bytes> frames;
    bool dead = false;
};

class ForwardTest : public testing::Test {
protected:
    ForwardTest() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        guest = ends[0];
        server = std::make_unique<StreamThread>(ends[1], [this](int fd) { forward.serve(fd); });
    }
    ~ForwardTest() override {
        ::close(guest);
        server.reset();
    }
    static Bytes message(std::uint32_t number, const Bytes& content) {
        Bytes bytes;
        for (const std::uint32_t word : {kForwardMagic, number, static_cast<std::uint32_t>(content.size())}) {
            for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
        }
        bytes.insert(bytes.end(), content.begin(), content.end());
        return bytes;
    }
    void say(const Bytes& bytes) const {
        ASSERT_EQ(::send(guest, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    Bytes hear(std::size_t size) const {
        Bytes bytes(size);
        EXPECT_EQ(::recv(guest, bytes.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
        return bytes;
    }
    void end() {
        ::shutdown(guest, SHUT_WR);
        server.reset();
    }

    Inverter wire;
    SpiForward forward{wire};
    int guest = -1;
    std::unique_ptr<StreamThread> server;
};

TEST_F(ForwardTest, EveryMessageIsATransfer) {
    for (const std::uint32_t number : {7u, 8u, 0xFFFFFFFFu, 0u}) {
        say(message(number, {1, 2, 0xF0}));
        EXPECT_EQ(hear(15), message(number, {0xFE, 0xFD, 0x0F}));
    }
    const Bytes most(kForwardMost, 0);
    say(message(1, most));
    EXPECT_EQ(hear(kForwardHeader + kForwardMost), message(1, Bytes(kForwardMost, 0xFF)));
    EXPECT_EQ(forward.messages(), 5u);
    EXPECT_EQ(forward.skipped(), 0u);
}

TEST_F(ForwardTest, WhatADeadMachineLeftIsSkippedWhereverItWasCut) {
    const Bytes cut = message(5, Bytes(100, 0xAA));
    const Bytes zeros(kForwardHeader + kForwardMost, 0);
    std::size_t executed = 0;
    for (std::size_t k = 0; k < cut.size(); ++k) {
        wire.frames.clear();
        say(Bytes(cut.begin(), cut.begin() + static_cast<std::ptrdiff_t>(k)));
        say(zeros);
        const std::uint32_t number = static_cast<std::uint32_t>(1000 + k);
        if (k > 8) hear(kForwardHeader + 100);  // the size has been said: its message ends in zeros
        say(message(number, {1}));
        EXPECT_EQ(hear(kForwardHeader + 1), message(number, {0xFE})) << k;
        executed += wire.frames.size();
        const Bytes& first = wire.frames.front();
        if (first.size() == 100) {
            for (std::size_t i = 0; i < 100; ++i) {
                ASSERT_EQ(first[i], i + kForwardHeader < k ? 0xAA : 0) << "nothing is made up";
            }
        }
    }
    EXPECT_EQ(executed, 2 * cut.size() - 9);
    EXPECT_GT(forward.skipped(), 0u);
}

TEST_F(ForwardTest, AStreamThatEndsWithinAMessageIsAShorterFrame) {
    const Bytes whole = message(5, {1, 2, 3, 4});
    say(Bytes(whole.begin(), whole.end() - 1));
    end();
    ASSERT_EQ(wire.frames.size(), 1u);
    EXPECT_EQ(wire.frames[0], Bytes({1, 2, 3}));
}

TEST_F(ForwardTest, AHeaderAloneIsNoFrame) {
    say(message(5, {}));
    const Bytes whole = message(6, {1});
    say(Bytes(whole.begin(), whole.end() - 1));
    end();
    EXPECT_TRUE(wire.frames.empty());
}

TEST_F(ForwardTest, AChipThatSaysNothingIsNotAnsweredFor) {
    wire.dead = true;
    say(message(5, {1}));
    end();
    std::uint8_t byte = 0;
    EXPECT_EQ(::recv(guest, &byte, 1, 0), 0);
    EXPECT_EQ(wire.frames.size(), 1u);
}

}  // namespace
}  // namespace transports::qemu
