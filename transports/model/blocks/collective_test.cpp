#include <gtest/gtest.h>

#include <cstring>

#include "hal/chip/heron.hpp"
#include "hal/registers/collective.hpp"
#include "transports/model/chip.hpp"

namespace transports::model {
namespace {

namespace r = hal::registers::collective;

/// Two engines above parents that work.
class CollectiveModel : public testing::Test {
protected:
    CollectiveModel() : first_(chip_.find(static_cast<std::uint8_t>(hal::chip::Type::collective), 0)) {
        for (Instance i = first_; i < first_ + 2; ++i) {
            const hal::converge::InstanceRow& row = layout_.chip.instances[i];
            for (std::uint16_t k = 0; k < row.parents; ++k) {
                chip_.set_cell(layout_.outputs + layout_.chip.parents[row.first_parent + k], 1);
            }
        }
    }

    template <typename R>
    void write(std::uint32_t engine, std::uint32_t value, std::uint32_t element = 0) {
        const std::uint32_t base = layout_.chip.instances[first_ + engine].base;
        ASSERT_EQ(chip_.write(hal::bus::address<R>(base, element), value), BusStatus::ok);
    }

    void join(std::uint32_t engine, std::uint32_t members, std::uint32_t next) {
        write<r::Membership>(engine, engine | members << 8);
        write<r::Neighbours>(engine, next | next << 8);
        write<r::Control>(engine, 1);
        chip_.advance(r::Status::kLatencyUs);
    }

    std::uint64_t rings(std::uint32_t engine) const {
        const Instance i = static_cast<Instance>(first_ + engine);
        for (const Measure& m : layout_.behaviour[i]->measures) {
            if (std::strcmp(m.quantity, "rings") == 0) return m.value(chip_, i);
        }
        return ~0u;
    }

    Layout layout_{*hal::chip::heron(1, 4)};
    Chip chip_{layout_};
    Instance first_;
};

TEST_F(CollectiveModel, ARingIsOneOnlyWhenDataComeBack) {
    join(0, 2, 1);
    EXPECT_EQ(rings(0), 0u) << "the neighbour is not ready";
    join(1, 2, 0);
    EXPECT_EQ(rings(0), 1u);
    EXPECT_EQ(rings(1), 1u);
}

TEST_F(CollectiveModel, RingsOfOneAreTwoRings) {
    join(0, 1, 0);
    EXPECT_EQ(rings(0), 2u);
}

TEST_F(CollectiveModel, AnAddressIsTakenOnlyAsAPairInOneSession) {
    write<r::BufferAddressLow>(0, 0x1000, 1);
    chip_.claimed(5);
    write<r::BufferAddressHigh>(0, 0x20, 1);
    EXPECT_EQ(chip_.get<r::Status::Taken>(first_), 0u);
    write<r::BufferAddressLow>(0, 0x1000, 1);
    write<r::BufferAddressHigh>(0, 0x20, 1);
    EXPECT_EQ(chip_.get<r::Status::Taken>(first_), 2u);
    write<r::BufferAddressLow>(0, 0x2000, 1);
    EXPECT_EQ(chip_.get<r::Status::Taken>(first_), 0u);
}

TEST_F(CollectiveModel, IgnoresConfigurationWhileEnabled) {
    join(0, 2, 1);
    write<r::Membership>(0, 0x0501);
    EXPECT_EQ(chip_.get<r::Membership::Members>(first_), 2u);
    write<r::Control>(0, 0);
    EXPECT_FALSE(chip_.output(first_));
}

}  // namespace
}  // namespace transports::model
