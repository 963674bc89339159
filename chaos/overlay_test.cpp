#include "chaos/overlay.hpp"

#include <gtest/gtest.h>

#include "replay/transport/recorded_boot_test.hpp"

namespace chaos {
namespace {

struct OverlayTest : testing::Test {
    replay::transport::RecordedBoot boot;  // of the smallest Heron
    const replay::trace::Sequence& trace = boot.all;
    const replay::trace::Reader& reader = *boot.reader;
};

TEST_F(OverlayTest, EveryFaultAtEveryAccessOfABootIsSurvived) {
    const Overlay overlay(trace, reader.schema(), reader.description());
    std::uint64_t tried = 0, with_writes = 0, in_the_next = 0;
    for (std::size_t number = 0; number < overlay.rows().size(); number += 7) {
        for (const faults::Fault fault : overlay_faults()) {
            const Overlaid result = overlay.strike(number, fault);
            EXPECT_EQ(result.violated, "") << faults::row(fault).name << " at " << result.index;
            EXPECT_EQ(result.index, trace.head(overlay.rows()[number]).index);
            ++tried;
            with_writes += result.writes != 0 ? 1 : 0;
            in_the_next += result.same_call ? 0 : 1;
        }
    }
    const Overlaid last = overlay.strike(overlay.rows().size() - 1, faults::Fault::reply_lost);
    EXPECT_EQ(last.writes, 0u) << "the last write was done, only nobody heard of it";
    EXPECT_GT(with_writes, tried / 4) << "after most deaths something is left to do";
    EXPECT_GE(in_the_next, tried / 3) << "a killed HAL doesn't get there by itself";
    std::printf("%llu faults, %llu of them with something left to write, %llu needed another HAL\n",
                static_cast<unsigned long long>(tried), static_cast<unsigned long long>(with_writes),
                static_cast<unsigned long long>(in_the_next));
}

// What comes of a fault means nothing where the HAL doesn't do what was recorded without one.
TEST_F(OverlayTest, ATraceThatDoesNotReplayIsRefused) {
    replay::trace::Sequence other;
    for (std::size_t i = 0; i < trace.size(); ++i) {
        replay::trace::Record r = trace.at(i);
        std::vector<std::uint64_t> words(r.words.begin(), r.words.end());
        if (r.is_write()) words[0] ^= 1;
        r.words = {words.data(), words.size()};
        other.add(r);
    }
    EXPECT_THROW(Overlay(other, reader.schema(), reader.description()), std::invalid_argument);
    EXPECT_THROW(Overlay(trace, reader.schema(), "{}"), std::invalid_argument);
    EXPECT_THROW(Overlay({}, reader.schema(), reader.description()), std::invalid_argument);
}

}  // namespace
}  // namespace chaos
