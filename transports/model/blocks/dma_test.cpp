#include <gtest/gtest.h>

#include "hal/chip/heron.hpp"
#include "hal/registers/dma.hpp"
#include "transports/model/chip.hpp"

namespace transports::model {
namespace {

namespace r = hal::registers::dma;

/// Engine 0 above a router that works, enabled and released.
class DmaModel : public testing::Test {
protected:
    DmaModel() : it_(chip_.find(static_cast<std::uint8_t>(hal::chip::Type::dma), 0)) {
        const hal::converge::InstanceRow& row = layout_.chip.instances[it_];
        for (std::uint16_t k = 0; k < row.parents; ++k) {
            chip_.set_cell(layout_.outputs + layout_.chip.parents[row.first_parent + k], 1);
        }
        write<r::Control>(1);
        write<r::Quiesce>(0);
    }

    template <typename R>
    void write(std::uint32_t value) {
        const std::uint32_t base = layout_.chip.instances[it_].base;
        ASSERT_EQ(chip_.write(hal::bus::address<R>(base), value), BusStatus::ok);
    }

    Layout layout_{*hal::chip::heron(1, 8)};
    Chip chip_{layout_};
    Instance it_;
};

TEST_F(DmaModel, AHoldTakesEffectOnlyWhenTheFetchedIsWorkedOff) {
    EXPECT_TRUE(chip_.output(it_));
    write<r::Quiesce>(1);
    EXPECT_FALSE(chip_.output(it_));
    chip_.advance(r::Status::kLatencyUs - 1);
    EXPECT_EQ(chip_.get<r::Status::Idle>(it_), 0u);
    chip_.advance(1);
    EXPECT_EQ(chip_.get<r::Status::Idle>(it_), 1u);
    write<r::Rate>(1000);
    write<r::Quiesce>(0);
    EXPECT_TRUE(chip_.output(it_));
    EXPECT_EQ(chip_.monitor.violations, 0u);
}

TEST_F(DmaModel, GeometryThatMovesUnderWayLosesDescriptors) {
    write<r::Quiesce>(1);
    write<r::Rate>(1000);
    EXPECT_EQ(chip_.monitor.violations, 1u);
    chip_.advance(r::Status::kLatencyUs);
    write<r::Quiesce>(0);
    EXPECT_FALSE(chip_.output(it_));
    write<r::Errors>(1);
    EXPECT_EQ(chip_.get<r::Errors::DescriptorLost>(it_), 1u) << "clears only while the engine is off";
}

TEST_F(DmaModel, SwitchingABusyEngineOffLosesDescriptors) {
    write<r::Control>(0);
    EXPECT_EQ(chip_.monitor.violations, 1u);
    write<r::Errors>(1);
    write<r::Control>(1);
    EXPECT_TRUE(chip_.output(it_));
}

}  // namespace
}  // namespace transports::model
