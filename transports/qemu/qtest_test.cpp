#include "transports/qemu/qtest.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "transports/qemu/bar.hpp"
#include "transports/qemu/threads.hpp"

namespace transports::qemu {
namespace {

/// Answers each line with the next of `answers`, and keeps what it was asked.
class QtestTest : public testing::Test {
protected:
    void start(std::vector<std::string> answers) {
        int ends[2];
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        qtest = std::make_unique<Qtest>(ends[0]);
        server = std::make_unique<StreamThread>(ends[1], [this, answers = std::move(answers)](int fd) {
            std::string received;
            char byte = 0;
            for (const std::string& answer : answers) {
                std::string line;
                while (::recv(fd, &byte, 1, 0) == 1 && byte != '\n') line += byte;
                asked.push_back(line);
                if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
            }
        });
    }
    std::vector<std::string> said() {
        server.reset();
        return asked;
    }

    std::unique_ptr<Qtest> qtest;
    std::unique_ptr<StreamThread> server;
    std::vector<std::string> asked;
};

TEST_F(QtestTest, SpeaksInLinesAndSkipsInterrupts) {
    start({"OK 0x0000000000c0ffee\n", "IRQ raise 3\nOK\n", "OK 0x010203\n", "OK\n"});
    EXPECT_EQ(qtest->load(0xE000'0010), 0xC0FFEEu);
    qtest->store(0xE000'0014, 0x12);
    EXPECT_EQ(qtest->memory(0x1000, 3), (std::vector<std::uint8_t>{1, 2, 3}));
    qtest->set_memory(0x2000, {0xAB, 0xC});
    EXPECT_EQ(said(), (std::vector<std::string>{"readl 0xe0000010", "writel 0xe0000014 0x12", "read 0x1000 0x3",
                                                "write 0x2000 0x2 0xab0c"}));
}

TEST_F(QtestTest, ReachesConfigurationSpaceThroughItsPorts) {
    start({"OK\n", "OK 0x11e81234\n", "OK\n", "OK\n"});
    EXPECT_EQ(qtest->config(4, 0), 0x11E8'1234u);
    qtest->set_config(4, 4, 6);
    EXPECT_EQ(said(), (std::vector<std::string>{"outl 0xcf8 0x80002000", "inl 0xcfc", "outl 0xcf8 0x80002004",
                                                "outl 0xcfc 0x6"}));
}

TEST_F(QtestTest, SeveralAccessesTakeOneWayThereAndBack) {
    start({"OK\n", "OK 0x7\n", "OK 0x8\n"});
    EXPECT_EQ(qtest->run({{true, 0x10, 1}, {false, 0x14}, {false, 0x18}}), (std::vector<std::uint32_t>{7, 8}));
    EXPECT_EQ(said(), (std::vector<std::string>{"writel 0x10 0x1", "readl 0x14", "readl 0x18"}));
}

TEST_F(QtestTest, AnotherWordThanOkIsTold) {
    start({"FAIL Unknown command\n"});
    try {
        qtest->load(0);
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "QEMU answers 'FAIL Unknown command' to 'readl 0x0'");
    }
    server.reset();
    EXPECT_THROW(qtest->load(0), std::runtime_error) << "gone";
}

TEST_F(QtestTest, ABatchIsCarriedOutWordByWord) {
    start({"OK 0x1\n", "OK 0x2\n", "OK\n", "OK\n"});
    QtestWindow window(*qtest, 0xE000'0000);
    Bar transport(window);
    std::uint32_t into[2] = {};
    const std::uint32_t from[3] = {5, 6, 0};
    using hal::bus::Access;
    using hal::bus::Op;
    const Access batch[] = {{Op::read, 8, 2, into, nullptr}, {Op::write_fixed, 0x20, 2, nullptr, from}};
    EXPECT_TRUE(transport.execute({batch, 2}));
    EXPECT_EQ(into[0], 1u);
    EXPECT_EQ(into[1], 2u);
    const Access guard{Op::guard, 0, 1, nullptr, from};
    const auto refused = transport.execute({&guard, 1});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, hal::bus::Code::unsupported);
    EXPECT_EQ(refused.error().effect, hal::bus::Effect::none);
    EXPECT_EQ(said(), (std::vector<std::string>{"readl 0xe0000008", "readl 0xe000000c", "writel 0xe0000020 0x5",
                                                "writel 0xe0000020 0x6"}));
}

}  // namespace
}  // namespace transports::qemu
