#include "transports/pcie/pcie_window.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "transports/kernel/fake_kernel.hpp"
#include "transports/pcie/window_link.hpp"

namespace transports::pcie {
namespace {

using hal::bus::Code;
using hal::bus::Effect;
using kernel::FakeKernel;

const std::string kFolder = "/sys/bus/pci/devices/0000:01:00.0/";
const std::string kFront = "pcie:0000:01:00.0/bar0: ";
const std::string kEnabled("\x34\x12\x1b\xc4\x02\x00", 6), kDisabled("\x34\x12\x1b\xc4\x00\x00", 6);

class PcieTest : public testing::Test {
protected:
    PcieTest() {
        kernel.files = {{kFolder + "vendor", "0x1234\n"}, {kFolder + "device", "0xc41b\n"},
                        {kFolder + "enable", "1\n"},      {kFolder + "config", kEnabled},
                        {kFolder + "resource0", ""},      {kFolder + "resource1", ""}};
        kernel.sizes = {{kFolder + "resource0", kBarSize}, {kFolder + "resource1", 4096}};
    }

    auto open(std::uint32_t bar = 0) { return PcieWindow::open({"0000:01:00.0", bar}, kernel); }
    std::string refusal(std::uint32_t bar = 0) {
        const auto window = open(bar);
        if (window) return "opened";
        wrong_path = window.error().wrong_path;
        EXPECT_TRUE(kernel.all_closed());
        return window.error().what;
    }

    FakeKernel kernel;
    bool wrong_path = false;
};

TEST_F(PcieTest, LoadsAndStoresAreWordsOfTheBar) {
    auto window = open();
    ASSERT_TRUE(window) << window.error().what;
    EXPECT_TRUE((*window)->store(0x1234, 0xC0FFEE));
    std::uint32_t there = 0;
    ASSERT_EQ(::pread(kernel.memory, &there, sizeof there, 0x1234), 4);
    EXPECT_EQ(there, 0xC0FFEEu);
    const auto last = (*window)->load(kBarSize - 4);
    ASSERT_TRUE(last);
    EXPECT_EQ(*last, 0u);
    EXPECT_EQ((*window)->explain(), "");
    EXPECT_TRUE(kernel.written.empty()) << "it was enabled";
    window->reset();
    EXPECT_EQ(kernel.memory, -1) << "unmapped";
    EXPECT_TRUE(kernel.all_closed());
}

TEST_F(PcieTest, AddressesOutsideAreRefused) {
    auto window = open();
    ASSERT_TRUE(window);
    for (const std::uint32_t offset : {1u, 2u, kBarSize, kBarSize + 4, 0xFFFFFFFCu}) {
        const auto word = (*window)->load(offset);
        ASSERT_FALSE(word) << offset;
        EXPECT_EQ(word.error().code, Code::bad_address);
        const auto stored = (*window)->store(offset, 0);
        ASSERT_FALSE(stored) << offset;
        EXPECT_EQ(stored.error().effect, Effect::none);
    }
}

TEST_F(PcieTest, IsEnabledIfNobodyElseHas) {
    kernel.files[kFolder + "enable"] = "0\n";
    ASSERT_TRUE(open());
    EXPECT_EQ(kernel.written, std::vector<std::string>{kFolder + "enable=1"});
    kernel.write_errors[kFolder + "enable"] = -EBUSY;
    EXPECT_EQ(refusal(), kFront + "enable: Device or resource busy");
    kernel.open_errors[kFolder + "enable"] = -EACCES;
    EXPECT_EQ(refusal(), kFront + "enable: permission denied; run as root, or with CAP_SYS_ADMIN");
}

TEST_F(PcieTest, ABarThatTheKernelTakesAwayIsAPeerThatIsGone) {
#if defined(__s390x__)
    GTEST_SKIP() << "qemu-s390x gives the halves of a signal's address the wrong way round";
#endif
    auto window = open();
    ASSERT_TRUE(window);
    ASSERT_TRUE((*window)->store(0, 5));
    ASSERT_EQ(::ftruncate(kernel.memory, 0), 0);  // every access is SIGBUS from here on
    const auto word = (*window)->load(0x40);
    ASSERT_FALSE(word);
    EXPECT_EQ(word.error().code, Code::peer_gone);
    EXPECT_EQ(word.error().effect, Effect::none);
    EXPECT_EQ(word.error().value, 0xFFFFFFFFu);
    EXPECT_EQ((*window)->explain(), kFront + "the function is gone; see `dmesg`, and rescan the bus once it is back");
    for (const std::uint32_t offset : {0x40u, 0x0100'0000u, kBarSize - 4}) {  // the same page, and others
        const auto stored = (*window)->store(offset, 1);
        ASSERT_FALSE(stored);
        EXPECT_EQ(stored.error().code, Code::peer_gone);
        EXPECT_EQ(stored.error().effect, Effect::unknown);
    }
    window->reset();
    EXPECT_TRUE(open()) << "another one is not affected";
}

TEST_F(PcieTest, AnAbsentFunctionReadsAllOnesAndTheLinkSaysSo) {
    auto window = open();
    ASSERT_TRUE(window);
    const std::vector<std::uint8_t> ones(4096, 0xFF);
    for (const std::uint32_t page : {0u, Layout{}.mailbox_base}) {
        ASSERT_EQ(::pwrite(kernel.memory, ones.data(), ones.size(), page), 4096);
    }
    WindowLink link(**window, Options{}, WindowLink::Mode::managed);
    const auto claimed = link.claim(5);
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().code, Code::link_down);
    WindowLink observer(**window, Options{}, WindowLink::Mode::observer);
    const auto word = observer.read(0x10);
    ASSERT_FALSE(word);
    EXPECT_EQ(word.error().code, Code::link_down);
    EXPECT_EQ(word.error().effect, Effect::none);
}

TEST_F(PcieTest, NothingIsWrittenToAnotherDevice) {
    kernel.files[kFolder + "enable"] = "0\n";
    kernel.files[kFolder + "device"] = "0x11e8\n";
    EXPECT_EQ(refusal(),
              kFront + "another device, 1234:11e8 instead of 1234:c41b; nothing was written, correct the link");
    EXPECT_FALSE(wrong_path);
    kernel.files[kFolder + "vendor"] = "0xffff\n";
    EXPECT_EQ(refusal(), kFront + "reads all-ones: the function doesn't answer; nothing was written");
    kernel.files[kFolder + "vendor"] = "none\n";
    EXPECT_EQ(refusal(), kFront + "vendor: says 'none'");
    kernel.files[kFolder + "vendor"] = "0x1234\n";
    kernel.files[kFolder + "device"] = "0xc41b\n";
    EXPECT_TRUE(kernel.written.empty());
    kernel.files[kFolder + "enable"] = "1\n";
    kernel.sizes[kFolder + "resource0"] = 4096;
    EXPECT_EQ(refusal(), kFront +
                             "the BAR has 4096 bytes instead of 536870912; another BAR, or another chip; nothing was "
                             "written");
    EXPECT_EQ(refusal(2), "pcie:0000:01:00.0/bar2: the function has no such BAR; use bar0");
    EXPECT_TRUE(wrong_path);
    EXPECT_TRUE(kernel.written.empty());
}

TEST_F(PcieTest, WhatIsInTheWayIsOneLine) {
    kernel.files[kFolder + "config"] = kDisabled;
    EXPECT_EQ(refusal(), kFront + "memory accesses are off although it is enabled; see `lspci -vv`");
    kernel.files[kFolder + "config"] = std::string(6, '\xff');
    EXPECT_EQ(refusal(), kFront + "the function doesn't answer; is its link up?");
    kernel.files[kFolder + "config"] = kEnabled.substr(0, 3);
    EXPECT_EQ(refusal(), kFront + "the function doesn't answer; is its link up?");
    kernel.read_errors[kFolder + "config"] = -EIO;
    EXPECT_EQ(refusal(), kFront + "config: Input/output error");
    kernel.read_errors.clear();
    kernel.files[kFolder + "config"] = kEnabled;
    kernel.open_errors[kFolder + "resource0"] = -EACCES;
    EXPECT_EQ(refusal(), kFront + "resource0: permission denied; run as root, or with CAP_SYS_ADMIN");
    kernel.open_errors.clear();
    kernel.map_error = -EINVAL;
    EXPECT_EQ(refusal(), kFront + "resource0 can't be mapped: Invalid argument; has a driver claimed it?");
    kernel.files.clear();
    EXPECT_EQ(refusal(), kFront + "no such function; `lspci -d 1234:c41b` lists the chips");
    EXPECT_TRUE(wrong_path);
}

TEST_F(PcieTest, SoManyWindowsAndNoMore) {
    if (sizeof(void*) == 4) GTEST_SKIP() << "so many of 512 MiB don't fit into 32 bits of address space";
    std::vector<std::unique_ptr<FakeKernel>> kernels;
    std::vector<std::unique_ptr<PcieWindow>> windows;
    for (std::size_t i = 0; i < PcieWindow::kMostWindows; ++i) {
        kernels.push_back(std::make_unique<FakeKernel>(kernel));
        auto window = PcieWindow::open({"0000:01:00.0", 0}, *kernels.back());
        ASSERT_TRUE(window) << window.error().what;
        windows.push_back(std::move(*window));
    }
    EXPECT_EQ(refusal(), kFront + "too many windows in one process");
    windows.clear();
    EXPECT_EQ(refusal(), "opened");
}

}  // namespace
}  // namespace transports::pcie
