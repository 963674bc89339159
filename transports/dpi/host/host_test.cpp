// The host with a transactor that answers what simulators with two states can't: by hand.
#include "transports/dpi/host/host.hpp"

#include <gtest/gtest.h>

#include "transports/dpi/host/wires.hpp"

namespace transports::dpi {
namespace {

TEST(HostAnswers, DataWithUnknownBitsNeverReachTheHal) {
    for (const Status status : {Status::done, Status::unknown_bits, Status::refused, Status::no_answer}) {
        Host host;
        std::uint32_t word = 0x600D;
        hal::bus::Result<void> read;
        host.start([&] {
            BusTransport bus(host);
            const hal::bus::Access access{hal::bus::Op::read, 0x1000, 1, &word, nullptr};
            read = bus.execute({&access, 1});
        });
        Request request;
        ASSERT_EQ(host.next(request), Operation::read);
        host.rx(0, 0xBAD);  // what a DPI import makes of X
        host.done(status);
        EXPECT_EQ(host.next(request), Operation::none);
        ASSERT_TRUE(host.idle());
        EXPECT_EQ(read.has_value(), status == Status::done);
        EXPECT_EQ(word, status == Status::done ? 0xBADU : 0x600DU);
        EXPECT_EQ(host.unknown_bits(), status == Status::unknown_bits ? 1U : 0U);
        if (status != Status::unknown_bits) continue;
        EXPECT_EQ(read.error().code, hal::bus::Code::protocol);
        EXPECT_EQ(read.error().effect, hal::bus::Effect::unknown);
    }
}

}  // namespace
}  // namespace transports::dpi
