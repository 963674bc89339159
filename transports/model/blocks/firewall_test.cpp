#include <gtest/gtest.h>

#include <cstring>

#include "hal/chip/heron.hpp"
#include "hal/registers/firewall.hpp"
#include "transports/model/chip.hpp"

namespace transports::model {
namespace {

namespace r = hal::registers::firewall;

constexpr std::uint32_t kReadWrite =
    r::RegionCtrl::Read::kMask | r::RegionCtrl::Write::kMask | r::RegionCtrl::Enable::kMask | 0x0700;

class FirewallModel : public testing::Test {
protected:
    FirewallModel() : it_(chip_.find(static_cast<std::uint8_t>(hal::chip::Type::firewall), 0)) {
        chip_.set_cell(layout_.outputs + layout_.gate[it_], 1);
        layout_.behaviour[it_]->inputs_changed(chip_, it_);
    }

    template <typename R>
    void write(std::uint32_t value, std::uint32_t element = 0) {
        const std::uint32_t base = layout_.chip.instances[it_].base;
        ASSERT_EQ(chip_.write(hal::bus::address<R>(base, element), value), BusStatus::ok);
    }

    std::uint64_t measure(const char* quantity) const {
        for (const Measure& m : layout_.behaviour[it_]->measures) {
            if (std::strcmp(m.quantity, quantity) == 0) return m.value(chip_, it_);
        }
        return ~0u;
    }

    void open(std::uint32_t region, std::uint32_t from, std::uint32_t last) {
        write<r::RegionBase>(from, region);
        write<r::RegionLimit>(last, region);
        write<r::RegionCtrl>(kReadWrite, region);
    }

    Layout layout_{*hal::chip::heron(1, 8)};
    Chip chip_{layout_};
    Instance it_;
};

TEST_F(FirewallModel, TheWindowIsWhatCanBeWrittenAndOnlyInOnePiece) {
    EXPECT_EQ(measure("window_mib"), 0u);
    open(1, 0x10000, 0x10FFF);
    open(2, 0x11000, 0x11FFF);
    EXPECT_EQ(measure("window_mib"), 512u);
    EXPECT_EQ(measure("window_base_mib"), 4096u);
    EXPECT_EQ(measure("initiators"), 7u);
    open(0, 0x10800, 0x10800);
    write<r::RegionCtrl>(r::RegionCtrl::Enable::kMask, 0);
    EXPECT_EQ(measure("window_mib"), 0u) << "the first region that matches decides";
}

TEST_F(FirewallModel, ALockedRegionIgnoresWritesUntilColdReset) {
    open(1, 0x10000, 0x10FFF);
    write<r::RegionCtrl>(r::RegionCtrl::Lock::kMask | kReadWrite, 1);
    write<r::RegionBase>(1, 1);
    write<r::RegionCtrl>(0, 1);
    EXPECT_EQ(measure("window_mib"), 256u);
    chip_.reset_block(it_, false);
    EXPECT_EQ(chip_.reg<r::RegionCtrl>(it_, 1), r::RegionCtrl::Lock::kMask | kReadWrite);
    chip_.reset_block(it_, true);
    EXPECT_EQ(chip_.reg<r::RegionCtrl>(it_, 1), 0u);
}

TEST_F(FirewallModel, ThePolicyTakesTwoEqualWordsInARow) {
    const std::uint32_t before = chip_.reg<r::DefaultPolicy>(it_), policy = before | r::DefaultPolicy::PassReads::kMask;
    write<r::DefaultPolicy>(policy);
    write<r::Response>(1);
    write<r::DefaultPolicy>(policy);
    chip_.claimed(7);
    write<r::DefaultPolicy>(policy);
    EXPECT_EQ(chip_.reg<r::DefaultPolicy>(it_), before);
    write<r::DefaultPolicy>(policy);
    EXPECT_EQ(chip_.reg<r::DefaultPolicy>(it_), policy);
    EXPECT_NE(measure("leaks"), 0u);
}

TEST_F(FirewallModel, ARecordIsLostWhenTheLogIsFreedBeforeItIsKept) {
    ASSERT_NE(chip_.get<r::LogInfo::Valid>(it_), 0u);
    const std::uint32_t record = chip_.reg<r::LogInfo>(it_);
    write<r::LogInfo>(r::LogInfo::Valid::kMask);
    EXPECT_EQ(measure("lost_records"), 1u);
    write<r::SavedInfo>(record);
    EXPECT_EQ(measure("lost_records"), 0u) << "software still had it";
}

TEST_F(FirewallModel, MovingAnOpenRegionIsForbidden) {
    open(1, 0x10000, 0x10FFF);
    write<r::RegionLimit>(0x10FFE, 1);
    EXPECT_EQ(chip_.monitor.violations, 1u);
}

}  // namespace
}  // namespace transports::model
