#include "transports/qemu/pci_proxy.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <vector>

#include "transports/model/fake_port.hpp"
#include "transports/model/window_target.hpp"
#include "transports/pcie/layout.hpp"
#include "transports/qemu/threads.hpp"

namespace transports::qemu {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <typename T>
void put(Bytes& bytes, T value) {
    const auto* const at = reinterpret_cast<const std::uint8_t*>(&value);
    bytes.insert(bytes.end(), at, at + sizeof value);
}

/// Says what QEMU says, byte for byte.
class ProxyTest : public testing::Test {
protected:
    ProxyTest() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        qemu = ends[0];
        server = std::make_unique<StreamThread>(ends[1], [this](int fd) { trouble = proxy.serve(fd); });
    }
    ~ProxyTest() override {
        ::close(qemu);
        server.reset();
    }
    std::string end() {
        ::shutdown(qemu, SHUT_WR);
        server.reset();
        return trouble;
    }

    void say(std::int32_t command, const Bytes& content) const {
        Bytes message;
        put(message, command);
        put(message, std::int32_t{0});
        put(message, std::uint64_t{content.size()});
        message.insert(message.end(), content.begin(), content.end());
        ASSERT_EQ(::send(qemu, message.data(), message.size(), MSG_NOSIGNAL), static_cast<ssize_t>(message.size()));
    }
    void greet() const { say(0, Bytes(192)); }
    std::uint64_t ask(std::int32_t command, const Bytes& content) const {
        say(command, content);
        struct {
            std::int32_t command, padding;
            std::uint64_t size, word;
        } reply{};
        EXPECT_EQ(::recv(qemu, &reply, sizeof reply, MSG_WAITALL), static_cast<ssize_t>(sizeof reply));
        EXPECT_EQ(reply.command, 1);
        EXPECT_EQ(reply.size, 8u);
        return reply.word;
    }
    std::uint64_t config(std::uint32_t address, std::int32_t size = 4) const {
        Bytes content;
        put(content, address);
        put(content, 0u);
        put(content, size);
        return ask(3, content);
    }
    void set_config(std::uint32_t address, std::uint32_t value, std::int32_t size = 4) const {
        Bytes content;
        put(content, address);
        put(content, value);
        put(content, size);
        ask(2, content);
    }
    std::uint64_t bar(std::int32_t command, std::uint64_t address, std::uint64_t value, std::uint32_t size = 4) const {
        Bytes content;
        put(content, address);
        put(content, value);
        put(content, size);
        put(content, 1u);
        return ask(command, content);
    }

    model::FakePort port;
    model::BridgeSession owner;
    model::WindowSession session;
    model::WindowTarget target{port, owner, session};
    model::FakeClock clock;
    model::TargetWindow window{target, clock};
    PciProxy proxy{window};
    std::string trouble;
    int qemu = -1;
    std::unique_ptr<StreamThread> server;
};

TEST_F(ProxyTest, IsAFunctionWithOneBar) {
    greet();
    EXPECT_EQ(config(0), pcie::kVendor | std::uint32_t{pcie::kDevice} << 16);
    EXPECT_EQ(config(8) >> 8, pcie::kClass);
    set_config(0x10, 0xFFFFFFFF);
    EXPECT_EQ(config(0x10), ~std::uint64_t{pcie::kBarSize - 1} & 0xFFFFFFFF) << "how its size is found out";
    set_config(0x14, 0xFFFFFFFF);
    EXPECT_EQ(config(0x14), 0u) << "no other BAR";
    set_config(0x30, 0xFFFFFFFF);
    EXPECT_EQ(config(0x30), 0u) << "no ROM";
    set_config(4, 0x6, 2);
    EXPECT_EQ(config(4, 2), 6u);
    set_config(0, 0, 4);
    EXPECT_EQ(config(0, 2), pcie::kVendor) << "read-only";
    EXPECT_EQ(config(254, 4), 0u) << "at the end of the space";
    EXPECT_EQ(end(), "");
}

TEST_F(ProxyTest, LoadsAndStoresReachTheChipWhereverTheBarIs) {
    greet();
    port.words[0x40 / 4] = 0x1234;
    for (const std::uint64_t base : {0xC000'0000u, 0xE000'0000u}) {
        set_config(0x10, static_cast<std::uint32_t>(base));
        EXPECT_EQ(bar(5, base + 0x40, 0), 0x1234u);
        EXPECT_EQ(bar(5, base + 0x40, 0, 8), ~std::uint64_t{0}) << "words only";
        EXPECT_EQ(bar(5, base - 4, 0), ~std::uint64_t{0});
        const std::uint64_t mailbox = base + pcie::Layout{}.mailbox_base;
        bar(4, mailbox + pcie::kExpected, port.epoch());
        bar(4, mailbox + pcie::kNonce, 9);
        bar(4, mailbox + pcie::kDoorbell, pcie::kDoorbellKey ^ port.epoch() ^ 9);
        EXPECT_EQ(bar(5, mailbox + pcie::kOwner, 0), 9u);
        const std::uint64_t aperture =
            base + pcie::Layout{}.aperture_base + port.epoch() % pcie::kApertures * pcie::Layout{}.aperture_size;
        bar(4, aperture + 0x44, base);
        EXPECT_EQ(port.words[0x44 / 4], base);
        owner = {};
    }
}

TEST_F(ProxyTest, AResetOfTheMachineLeavesTheChipAlone) {
    greet();
    port.words[0x40 / 4] = 7;
    set_config(0x10, 0xC000'0000);
    ask(7, {});
    EXPECT_EQ(proxy.resets(), 1u);
    EXPECT_EQ(bar(5, 0xC000'0040, 0), 7u);
}

TEST_F(ProxyTest, MemoryThatComesAlongIsClosed) {
    Bytes message;
    put(message, std::int32_t{0});
    put(message, std::int32_t{0});
    put(message, std::uint64_t{192});
    message.resize(message.size() + 192);
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    iovec part{message.data(), message.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &pipe_ends[1], sizeof(int));
    ASSERT_GT(::sendmsg(qemu, &header, 0), 0);
    EXPECT_EQ(config(0, 2), pcie::kVendor);
    ::close(pipe_ends[1]);
    char byte = 0;
    EXPECT_EQ(::read(pipe_ends[0], &byte, 1), 0) << "no write end is left";
    ::close(pipe_ends[0]);
}

TEST_F(ProxyTest, AnotherProtocolIsToldAtItsFirstMessage) {
    say(3, Bytes(12));
    server.reset();
    EXPECT_EQ(trouble, "QEMU speaks another PCI proxy protocol (at first command 3 of 12 bytes); use 6.0 to 8.2");
}

TEST_F(ProxyTest, ACommandOfAnotherSizeIsAnotherProtocol) {
    greet();
    say(5, Bytes(32));
    server.reset();
    EXPECT_EQ(trouble, "QEMU speaks another PCI proxy protocol (command 5 of 32 bytes); use 6.0 to 8.2");
}

}  // namespace
}  // namespace transports::qemu
