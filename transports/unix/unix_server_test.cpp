#include <signal.h>
#include <sys/wait.h>

#include <cstdio>

#include "transports/unix/unix_fixture.hpp"

namespace transports::unix_socket {
namespace {

using hal::bus::Code;
using hal::bus::Effect;

TEST_F(UnixTest, AHostKilledAfterAnyByteHasExecutedTheWholeRequestOrNothing) {
    listen();
    const std::vector<Bytes> sent = frames();
    const Bytes& last = sent.back();
    const std::size_t request = last.size() - spi::kTurnaround - spi::kReplyHeader - spi::kCrcSize;
    const Bytes whole = message(kTransfer, last);
    std::size_t executed = 0;
    for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
        chip.port = {};
        chip.session = {};
        chip.frames.clear();
        Bytes all = message(kHello, kHelloPayload);
        for (std::size_t i = 0; i + 1 < sent.size(); ++i) {
            const Bytes before = message(kTransfer, sent[i]);
            all.insert(all.end(), before.begin(), before.end());
        }
        all.insert(all.end(), whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
        const pid_t host = ::fork();
        ASSERT_GE(host, 0);
        if (host == 0) {
            const int fd = raw();
            (void)!::write(fd, all.data(), all.size());
            ::raise(SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(host, &status, 0), host);
        ASSERT_TRUE(WIFSIGNALED(status));
        settle();
        ASSERT_EQ(server->clients(), 0U);
        const std::size_t seen = bytes > kHeader ? bytes - kHeader : 0;
        ASSERT_EQ(chip.frames.size(), 2U + (seen > 0 ? 1 : 0));
        if (seen > 0) {
            ASSERT_EQ(chip.frames.back(), seen);
        }
        ASSERT_EQ(chip.port.words[4], seen >= request ? 0xABCDU : 0U) << bytes;
        executed += seen >= request ? 1 : 0;
    }
    std::printf("hosts killed (SIGKILL): %zu, request executed: %zu\n", whole.size() + 1, executed);
    EXPECT_EQ(executed, last.size() - request + 1);
}

TEST_F(UnixTest, MessagesMayArriveByteByByteOrAllAtOnce) {
    listen();
    const int fd = raw();
    Bytes all = message(kHello, kHelloPayload);
    for (const Bytes& frame : frames()) {
        const Bytes next = message(kTransfer, frame);
        all.insert(all.end(), next.begin(), next.end());
    }
    for (const std::uint8_t byte : all) {
        send(fd, {byte});
        ASSERT_TRUE(server->poll_once(0));
    }
    settle();
    EXPECT_EQ(chip.frames.size(), 3U);
    const int other = raw();
    send(other, all);
    settle();
    EXPECT_EQ(chip.frames.size(), 6U);
    EXPECT_EQ(server->clients(), 2U);
    ::close(fd);
    ::close(other);
    settle();
    EXPECT_EQ(server->clients(), 0U);
}

TEST_F(UnixTest, WhoeverBreaksTheProtocolIsHungUpOnAndTheOthersAreServed) {
    listen();
    Bytes long_length = message(kTransfer, {});
    put<std::uint32_t>(long_length.data() + 1, 0xFFFFFFFF);
    const std::vector<std::pair<bool, Bytes>> bad = {
        {false, message(kTransfer, Bytes(40))},
        {false, message(kNow, {})},
        {false, message(kHello, {1, 0, 0, 0})},
        {false, message(kHello, {1})},
        {false, Bytes(64, 0xFF)},
        {true, message(kHello, kHelloPayload)},
        {true, message(9, {})},
        {true, message(kNow, {1})},
        {true, message(kWaitUntil, {1, 2})},
        {true, message(kTransfer, Bytes(4097))},
        {true, long_length},
    };
    const int good = raw();
    send(good, message(kHello, kHelloPayload));
    settle();
    for (const auto& [greet, bytes] : bad) {
        const int fd = raw();
        if (greet) send(fd, message(kHello, kHelloPayload));
        send(fd, bytes);
        settle();
        EXPECT_EQ(server->clients(), 1U) << &bytes - &bad[0].second;
        ::close(fd);
    }
    EXPECT_TRUE(chip.frames.empty());
    send(good, message(kTransfer, Bytes(40)));
    settle();
    EXPECT_EQ(chip.frames.size(), 1U);
    ::close(good);
}

TEST_F(UnixTest, AClientThatNeverReadsItsAnswersDoesNotHoldUpTheOthers) {
    listen();
    const int deaf = raw();
    send(deaf, message(kHello, kHelloPayload));
    const Bytes frame = message(kTransfer, Bytes(4096));
    std::size_t pushed = 0;
    for (int i = 0; i < 2000; ++i) {
        if (::send(deaf, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
            static_cast<ssize_t>(frame.size())) {
            break;
        }
        ++pushed;
        ASSERT_TRUE(server->poll_once(0));
    }
    ASSERT_LT(pushed, 2000U);  // both directions are full
    const int good = raw();
    send(good, message(kHello, kHelloPayload));
    const std::size_t before = chip.frames.size();
    send(good, message(kTransfer, Bytes(40)));
    settle();
    EXPECT_EQ(chip.frames.size(), before + 1);
    ::close(deaf);
    settle();
    EXPECT_EQ(server->clients(), 1U);
    EXPECT_GE(chip.frames.size(), pushed + 1);  // what it had sent counts, though it is dead
    ::close(good);
}

TEST_F(UnixTest, TheServedWiresErrorsArriveAsTheyAre) {
    hal::bus::Error error;
    error.code = Code::link_down;
    error.effect = Effect::none;
    chip.on_transfer = [&]() -> hal::bus::Result<void> { return hal::bus::fail(error); };
    serve();
    auto wire = UnixWire::connect(path);
    ASSERT_TRUE(wire);
    Bytes tx(40);
    Bytes rx(40);
    auto result = (*wire)->transfer(tx.data(), rx.data(), 40);
    EXPECT_EQ(result.error().code, Code::link_down);
    EXPECT_EQ(result.error().effect, Effect::none);
    error.effect = Effect::unknown;
    result = (*wire)->transfer(tx.data(), rx.data(), 40);
    EXPECT_EQ(result.error().effect, Effect::unknown);
    Bytes big(4097);
    EXPECT_EQ((*wire)->transfer(big.data(), big.data(), big.size()).error().effect, Effect::none);
}

TEST_F(UnixTest, ADeadServersPathIsTakenOverAndALivingOnesIsNot) {
    listen();
    Chip other;
    const auto second = UnixServer::listen(path, other);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("already being served"), std::string::npos) << second.error();
    const std::string kept = path + ".kept";
    ASSERT_EQ(::rename(path.c_str(), kept.c_str()), 0);
    server.reset();
    ASSERT_EQ(::rename(kept.c_str(), path.c_str()), 0);  // a socket without a server
    EXPECT_NE(connect_error().find("nobody serves"), std::string::npos);
    serve();
    EXPECT_EQ(connect_error(), "connected");
}

TEST_F(UnixTest, ServingEndsWhenThePredicateSaysSo) {
    listen();
    int asked = 0;
    const int fd = raw();
    send(fd, message(kHello, kHelloPayload));
    EXPECT_TRUE(server->serve([&] { return ++asked == 3; }));
    EXPECT_EQ(server->clients(), 1U);
    ::close(fd);
}

}  // namespace
}  // namespace transports::unix_socket
