#include "transports/links/link.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "transports/kernel/fake_kernel.hpp"

namespace transports::links {
namespace {

using Scheme = Target::Scheme;

TEST(Links, UrisSayWhereAndHow) {
    const auto socket = parse("unix:/run/chip?x");
    ASSERT_TRUE(socket);
    EXPECT_EQ(socket->scheme, Scheme::unix_socket);
    EXPECT_EQ(socket->path, "/run/chip?x");
    EXPECT_STREQ(socket->bus(), "spi");
    const auto plain = parse("spidev:/dev/spidev1.2");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->path, "/dev/spidev1.2");
    EXPECT_EQ(plain->hz, 0u);
    EXPECT_TRUE(plain->guards());
    const auto fast = parse("spidev:/dev/spidev0.0?hz=25000000");
    ASSERT_TRUE(fast);
    EXPECT_EQ(fast->hz, 25'000'000u);
    const auto window = parse("pcie:0000:C1:00.0/bar2");
    ASSERT_TRUE(window);
    EXPECT_EQ(window->scheme, Scheme::pcie);
    EXPECT_EQ(window->path, "0000:c1:00.0");
    EXPECT_EQ(window->bar, 2u);
    EXPECT_STREQ(window->bus(), "pcie");
    EXPECT_FALSE(window->guards());
}

TEST(Links, WhatIsNoUriIsOneLine) {
    const char* const refused[] = {
        "",
        "unix",
        "spidev:",
        "spidev:spidev0.0",
        "spidev:?hz=1",
        "spidev:/dev/spidev0.0?hz=0",
        "spidev:/dev/spidev0.0?hz=",
        "spidev:/dev/spidev0.0?hz=1e6",
        "spidev:/dev/spidev0.0?hz=9999999999",
        "spidev:/dev/spidev0.0?",
        "spidev:/dev/spidev0.0?mode=3",
        "pcie:",
        "pcie:01:00.0/bar0",
        "pcie:0000:01:00.8/bar0",
        "pcie:0000:01:00.0",
        "pcie:0000:01:00.0/",
        "pcie:0000:01:00.0/bar6",
        "pcie:0000:01:00.0/bar00",
        "pcie:../../etc/x/bar0",
        "pcie:0000:0g:00.0/bar0",
        "model:",
        "tcp:80",
        "link\nwith\x01lines:",
    };
    for (const char* uri : refused) {
        const auto target = parse(uri);
        ASSERT_FALSE(target) << uri;
        EXPECT_TRUE(target.error().wrong_path);
        EXPECT_EQ(target.error().what.find_first_of("\n\x01"), std::string::npos) << uri;
        EXPECT_EQ(target.error().what.rfind("link '", 0), 0u) << target.error().what;
    }
}

TEST(Links, EachSchemeIsOpenedByItsOwn) {
    kernel::FakeKernel kernel;
    const auto what = [&](const char* uri) { return connect(*parse(uri), 0, kernel).error().what; };
    EXPECT_EQ(what("spidev:/dev/spidev0.0").rfind("spidev:/dev/spidev0.0: no such device", 0), 0u);
    EXPECT_EQ(what("pcie:0000:01:00.0/bar0").rfind("pcie:0000:01:00.0/bar0: no such function", 0), 0u);
    EXPECT_EQ(what("unix:/nowhere/chip").rfind("unix:/nowhere/chip: no such socket", 0), 0u);
}

}  // namespace
}  // namespace transports::links
