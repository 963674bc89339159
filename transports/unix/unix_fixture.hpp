// Test support: a chip in this process, a directory with a socket in it, and clients made by hand.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "transports/model/fake_port.hpp"
#include "transports/spi/link.hpp"
#include "transports/unix/protocol.hpp"
#include "transports/unix/temporary_folder.hpp"
#include "transports/unix/unix_server.hpp"
#include "transports/unix/unix_wire.hpp"

namespace transports::unix_socket {

using Bytes = std::vector<std::uint8_t>;

// A chip with a log of the frames it has seen.
struct Chip final : hal::bus::Wire {
    model::FakePort port;
    model::BridgeSession session;
    model::FakeClock clock;
    model::Bridge bridge{port, session};
    std::vector<std::size_t> frames;
    std::function<hal::bus::Result<void>()> on_transfer;

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        frames.push_back(size);
        if (on_transfer) {
            const auto result = on_transfer();
            if (!result) return result;
        }
        bridge.transfer(tx, rx, size);
        return {};
    }
    std::size_t max_transfer() const override { return 4096; }
    hal::bus::Nanoseconds now() override { return clock.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { clock.wait_until(deadline); }
};

class UnixTest : public testing::Test {
protected:
    ~UnixTest() override {
        stop();
        server.reset();
    }

    void listen() {
        auto made = UnixServer::listen(path, chip);
        ASSERT_TRUE(made) << made.error();
        server = std::move(*made);
    }
    void serve() {
        listen();
        ASSERT_EQ(::pipe(stop_pipe), 0);
        thread = std::thread([this] { EXPECT_TRUE(server->serve({}, stop_pipe[0])); });
    }
    void stop() {
        if (!thread.joinable()) return;
        ::close(stop_pipe[1]);
        thread.join();
        ::close(stop_pipe[0]);
    }
    std::string connect_error() const {
        const auto wire = UnixWire::connect(path);
        return wire ? std::string("connected") : wire.error().what;
    }
    // A client without the client code.
    int raw() const {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size());
        EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return fd;
    }
    static Bytes message(std::uint8_t kind, const Bytes& payload) {
        Bytes bytes(kHeader);
        bytes[0] = kind;
        put<std::uint32_t>(bytes.data() + 1, static_cast<std::uint32_t>(payload.size()));
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        return bytes;
    }
    static void send(int fd, const Bytes& bytes) {
        ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    void settle() {
        for (int i = 0; i < 8; ++i) ASSERT_TRUE(server->poll_once(0));
    }
    // The bytes of a CLAIM followed by one write, as a link sends them.
    static std::vector<Bytes> frames() {
        struct Tap final : hal::bus::Wire {
            Chip chip;
            std::vector<Bytes> seen;
            hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
                seen.emplace_back(tx, tx + size);
                return chip.transfer(tx, rx, size);
            }
            std::size_t max_transfer() const override { return 4096; }
            hal::bus::Nanoseconds now() override { return 0; }
            void wait_until(hal::bus::Nanoseconds) override {}
        } tap;
        spi::Link link(tap, spi::Link::Mode::managed);
        EXPECT_TRUE(link.claim(5));
        EXPECT_TRUE(link.write(0x10, 0xABCD));
        return tap.seen;
    }

    Chip chip;
    const TemporaryFolder directory{"unix-wire"};
    std::string path = directory.path() + "/chip";
    std::unique_ptr<UnixServer> server;
    std::thread thread;
    int stop_pipe[2] = {-1, -1};
};

inline const Bytes kHelloPayload = {kVersion, 0, 0, 0};

}  // namespace transports::unix_socket
