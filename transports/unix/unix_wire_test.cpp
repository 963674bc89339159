#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <numeric>

#include "transports/unix/unix_fixture.hpp"

namespace transports::unix_socket {
namespace {

using hal::bus::Access;
using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Op;

void ignore_signal(int) {}

TEST_F(UnixTest, ALinkWorksOverTheSocketAsItDoesInProcess) {
    serve();
    auto wire = UnixWire::connect(path);
    ASSERT_TRUE(wire) << wire.error().what;
    EXPECT_EQ((*wire)->max_transfer(), 4096U);
    spi::Link link(**wire, spi::Link::Mode::managed);
    ASSERT_EQ(link.claim(9).value(), 1U);
    std::vector<std::uint32_t> data(2000);
    std::vector<std::uint32_t> back(2000);
    std::iota(data.begin(), data.end(), 3U);
    for (std::uint32_t at = 0; at < 2000; at += 100) {
        const Access batch[] = {{Op::write, 4 * at, 100, nullptr, &data[at]},
                                {Op::read, 4 * at, 100, &back[at], nullptr}};
        ASSERT_TRUE(link.execute(batch));
    }
    EXPECT_EQ(back, data);
    EXPECT_EQ(link.now(), 0U);
    link.wait_until(12'345);
    EXPECT_EQ(link.now(), 12'345U);
    EXPECT_TRUE((*wire)->explain().empty());
}

TEST_F(UnixTest, ManyClientsShareTheChipAndTheFenceHoldsBetweenThem) {
    serve();
    auto one = UnixWire::connect(path);
    auto two = UnixWire::connect(path);
    auto three = UnixWire::connect(path);
    ASSERT_TRUE(one && two && three);
    spi::Link old(**one, spi::Link::Mode::managed);
    spi::Link fresh(**two, spi::Link::Mode::managed);
    spi::Link observer(**three, spi::Link::Mode::observer);
    ASSERT_TRUE(old.claim(1));
    ASSERT_TRUE(old.write(0x10, 1));
    ASSERT_TRUE(fresh.claim(2));
    EXPECT_EQ(old.write(0x10, 2).error().code, Code::fenced);
    EXPECT_EQ(observer.read(0x10).value(), 1U);
}

TEST_F(UnixTest, AServerThatIsGoneIsPeerGoneForEver) {
    serve();
    auto wire = UnixWire::connect(path);
    ASSERT_TRUE(wire);
    spi::Link link(**wire, spi::Link::Mode::managed);
    ASSERT_TRUE(link.claim(1));
    stop();
    server.reset();
    const auto written = link.write(0x10, 1);
    EXPECT_EQ(written.error().code, Code::peer_gone);
    EXPECT_NE((*wire)->explain().find("peer closed the link"), std::string::npos);
    const auto again = link.write(0x10, 1);
    EXPECT_EQ(again.error().code, Code::peer_gone);
    EXPECT_EQ(again.error().effect, Effect::none);
    link.wait_until(99);
    EXPECT_EQ(link.now(), 0U);
}

TEST_F(UnixTest, AServerThatDiesInTheMiddleOfAnAnswerLeavesTheEffectUnknown) {
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    for (const std::size_t answered : {0U, 3U, 5U, 6U, 7U, 14U, 15U, 20U}) {
        std::thread half([&] {
            const int fd = ::accept(listener, nullptr, nullptr);
            Bytes in(4096);
            ASSERT_EQ(::recv(fd, in.data(), 9, MSG_WAITALL), 9);
            Bytes hello = message(kHello | kAnswer, {kVersion, 0, 0, 0, 0, 16, 0, 0});
            for (const std::uint8_t byte : hello) send(fd, {byte});
            ASSERT_EQ(::recv(fd, in.data(), kHeader + 40, MSG_WAITALL), static_cast<ssize_t>(kHeader + 40));
            Bytes answer = message(kTransfer | kAnswer, Bytes(kOutcomeSize + 40));
            answer.resize(answered);
            send(fd, answer);
            ::close(fd);
        });
        auto wire = UnixWire::connect(path);
        ASSERT_TRUE(wire) << wire.error().what;
        Bytes tx(40);
        Bytes rx(40);
        const auto result = (*wire)->transfer(tx.data(), rx.data(), 40);
        EXPECT_EQ(result.error().code, Code::peer_gone);
        EXPECT_EQ(result.error().effect, Effect::unknown);
        half.join();
    }
    ::close(listener);
}

TEST_F(UnixTest, SignalsDoNotBreakATransfer) {
    struct sigaction action {};
    action.sa_handler = ignore_signal;  // and no SA_RESTART
    struct sigaction old {};
    ASSERT_EQ(::sigaction(SIGUSR1, &action, &old), 0);
    const pthread_t host = ::pthread_self();
    chip.on_transfer = [&]() -> hal::bus::Result<void> {
        for (int i = 0; i < 20; ++i) {
            ::pthread_kill(host, SIGUSR1);
            ::pthread_kill(::pthread_self(), SIGUSR1);
            std::this_thread::yield();
        }
        return {};
    };
    serve();
    auto wire = UnixWire::connect(path);
    ASSERT_TRUE(wire);
    spi::Link link(**wire, spi::Link::Mode::managed);
    ASSERT_TRUE(link.claim(1));
    for (std::uint32_t i = 0; i < 200; ++i) ASSERT_TRUE(link.write(0x10, i));
    EXPECT_EQ(link.statistics().retries, 0U);
    stop();
    ::sigaction(SIGUSR1, &old, nullptr);
}

TEST_F(UnixTest, WhatPreventsAConnectionIsSaidInOneLine) {
    const auto says = [&](const std::string& what) {
        const std::string error = connect_error();
        EXPECT_NE(error.find(what), std::string::npos) << error;
        EXPECT_NE(error.find("unix:" + path), std::string::npos) << error;
        EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    };
    says("no such socket");
    { std::ofstream file(path); }
    says("nobody serves");
    Chip other;
    const auto refused = UnixServer::listen(path, other);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("not a socket"), std::string::npos);
    ::unlink(path.c_str());
    listen();
    ASSERT_EQ(::chmod(path.c_str(), 0), 0);
    const bool root = ::geteuid() == 0;  // who may do anything
    if (root) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    says("permission denied");
    if (root) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    server.reset();
    const std::string good = path;
    path += "/below";
    says("no such socket");
    path = directory.path() + "/" + std::string(120, 'x');
    says("longer than 107 bytes");
    EXPECT_FALSE(UnixServer::listen(path, other));
    path.clear();
    says("no path given");
    path = good;
}

TEST_F(UnixTest, APeerOfAnotherProtocolVersionIsNamed) {
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    const std::vector<std::pair<Bytes, std::string>> peers = {
        {message(kHello | kAnswer, {1, 0, 0, 0, 0, 16, 0, 0}), "peer speaks protocol 1, this program 2"},
        {message(kHello | kAnswer, {kVersion, 0, 0, 0, 8, 0, 0, 0}), "senseless transfer size"},
        {Bytes{'S', 'S', 'H', '-', '2', '.', '0'}, "out of protocol"},
        {{}, "peer closed the link"},
    };
    for (const auto& [answer, text] : peers) {
        std::thread peer([&, bytes = answer] {
            const int fd = ::accept(listener, nullptr, nullptr);
            std::uint8_t in[9];
            ASSERT_EQ(::recv(fd, in, 9, MSG_WAITALL), 9);
            if (!bytes.empty()) send(fd, bytes);
            ::close(fd);
        });
        const std::string error = connect_error();
        peer.join();
        EXPECT_NE(error.find(text), std::string::npos) << error;
    }
    ::close(listener);
}

}  // namespace
}  // namespace transports::unix_socket
