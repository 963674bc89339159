#include <gtest/gtest.h>

#include <cstring>

#include "hal/chip/heron.hpp"
#include "hal/registers/noc_router.hpp"
#include "transports/model/chip.hpp"

namespace transports::model {
namespace {

namespace r = hal::registers::noc_router;
using Port = r::Route::Port;

/// Four routers in a square, accessible, each with a route to every group by way of its own choice.
class NocRouterModel : public testing::Test {
protected:
    NocRouterModel() : first_(chip_.find(static_cast<std::uint8_t>(hal::chip::Type::noc_router), 0)) {
        for (Instance i = first_; i < first_ + 4; ++i) {
            chip_.set_cell(layout_.outputs + layout_.gate[i], 1);
            write<r::Control>(i, r::Control::Enable::kMask);
        }
    }

    template <typename R>
    void write(Instance i, std::uint32_t value, std::uint32_t element = 0) {
        ASSERT_EQ(chip_.write(layout_.chip.instances[i].base + hal::bus::address<R>(0, element), value), BusStatus::ok);
    }

    void route(std::uint32_t router, std::uint32_t target, std::uint32_t port) {
        for (std::uint32_t d = 8 * target; d < 8 * target + 8; ++d) {
            write<r::Route>(static_cast<Instance>(first_ + router), r::Route::Valid::kMask | port, d);
        }
    }
    void commit(std::uint32_t router) { write<r::Commit>(static_cast<Instance>(first_ + router), 1); }

    std::uint64_t reachable(std::uint32_t router) const {
        const Instance i = static_cast<Instance>(first_ + router);
        for (const Measure& m : layout_.behaviour[i]->measures) {
            if (std::strcmp(m.quantity, "reachable") == 0) return m.value(chip_, i);
        }
        return ~0u;
    }

    Layout layout_{*hal::chip::heron(1, 8)};
    Chip chip_{layout_};
    Instance first_;
};

TEST_F(NocRouterModel, PacketsFollowOnlyCommittedRoutes) {
    route(0, 0, Port::kHere);
    EXPECT_EQ(reachable(0), 0u);
    commit(0);
    EXPECT_EQ(reachable(0), 8u);
}

TEST_F(NocRouterModel, ReachesThroughRoutersThatPassOn) {
    route(0, 3, Port::kEast);
    route(1, 3, Port::kSouth);
    route(3, 3, Port::kHere);
    for (const std::uint32_t router : {0u, 1u, 3u}) commit(router);
    EXPECT_EQ(reachable(0), 8u);
    write<r::Control>(static_cast<Instance>(first_ + 1), 0);
    EXPECT_EQ(reachable(0), 0u);
}

TEST_F(NocRouterModel, LoopsAndDetoursReachNothing) {
    route(0, 1, Port::kSouth);
    route(2, 1, Port::kNorth);
    route(1, 1, Port::kHere);
    for (const std::uint32_t router : {0u, 1u, 2u}) commit(router);
    EXPECT_EQ(reachable(0), 0u);
    route(2, 1, Port::kEast);
    route(3, 1, Port::kNorth);
    for (const std::uint32_t router : {2u, 3u}) commit(router);
    EXPECT_EQ(reachable(0), 0u) << "three hops where one would do";
    EXPECT_EQ(reachable(2), 8u);
}

TEST_F(NocRouterModel, MovingTheBufferOfARunningRouterStopsIt) {
    write<r::Credit>(first_, 16);
    EXPECT_FALSE(chip_.output(first_));
    EXPECT_EQ(chip_.monitor.violations, 1u);
    write<r::Errors>(first_, 7);
    EXPECT_NE(chip_.get<r::Errors::CreditLost>(first_), 0u);
    write<r::Control>(first_, 0);
    write<r::Errors>(first_, 7);
    write<r::Control>(first_, 1);
    EXPECT_TRUE(chip_.output(first_));
}

}  // namespace
}  // namespace transports::model
