#include "transports/names/chip_names.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "transports/names/text.hpp"

namespace transports::names {
namespace {

const ChipNames& names() {
    static const ChipNames all({sizeof(hal_chip), 1, 1});
    return all;
}

std::string refusal(const std::string& path) {
    try {
        return "found " + names().name(names().find(path));
    } catch (const std::invalid_argument& e) {
        EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
        return e.what();
    }
}

TEST(ChipNames, EveryAddressHasItsNameAndBack) {
    std::uint32_t registers = 0;
    for (std::uint32_t i = 0; i < names().size(); ++i) {
        for (const auto& reg : names().type(i).registers) {
            if (reg.internal) continue;
            for (std::uint32_t element = 0; element < reg.count; ++element) {
                const Place place{i, &reg, element, nullptr};
                const auto back = names().at(names().address(place));
                ASSERT_TRUE(back) << names().name(place);
                // A read-only and a write-only register may share an address.
                ASSERT_EQ(names().address(*back), names().address(place));
                const Place found = names().find(names().name(place));
                ASSERT_EQ(names().address(found), names().address(place)) << names().name(place);
                ++registers;
            }
        }
    }
    EXPECT_GT(registers, 100u);
}

TEST(ChipNames, WhatLiesBetweenRegistersHasNoName) {
    EXPECT_FALSE(names().at(0xFFFFFFFC));
    EXPECT_FALSE(names().at(0x00000800));
    EXPECT_TRUE(names().at(0));
}

TEST(ChipNames, AnIndexMayBeLeftOutWhereThereIsOne) {
    EXPECT_EQ(names().name(names().find("sysctl")), "sysctl");
    EXPECT_EQ(names().name(names().find("sysctl[0].identity")), "sysctl.identity");
    EXPECT_EQ(names().name(names().find("sysctl.given_up[39].blocks")), "sysctl.given_up[39].blocks");
    EXPECT_EQ(names().name(names().find("pll[7].ctrl.enable")), "pll[7].ctrl.enable");
}

TEST(ChipNames, WrongPathsSayWhatIsThere) {
    EXPECT_EQ(refusal("pl[3].ctrl"), "no block 'pl'; did you mean 'pll'?");
    EXPECT_EQ(refusal("pll.ctrl"), "'pll' is one of many; name one of pll[0..7]");
    EXPECT_EQ(refusal("pll[8].ctrl"), "there is no pll[8]; there is pll[0..7]");
    EXPECT_EQ(refusal("pll[99999999999]"), "the index of 'pll' is no number; name one of pll[0..7]");
    EXPECT_EQ(refusal("pll[-1]"), "the index of 'pll' is no number; name one of pll[0..7]");
    EXPECT_EQ(refusal("pll[3].crtl"), "pll[3] has no register 'crtl'; did you mean 'ctrl'?");
    EXPECT_EQ(refusal("pll[3].ctrl.enabel"), "pll[3].ctrl has no field 'enabel'; did you mean 'enable'?");
    EXPECT_EQ(refusal("pll[3].lock_timer").find("pll[3].lock_timer has no address; "), 0u);
    EXPECT_EQ(refusal("sysctl.given_up"), "'sysctl.given_up' is one of many; name one of sysctl.given_up[0..39]");
    EXPECT_EQ(refusal("a.b.c.d").find("'a.b.c.d' is no path"), 0u);
    EXPECT_EQ(refusal("").find("no block ''; use one of "), 0u);
    EXPECT_EQ(refusal("\n\x1b.x")
                  .find("no block '?"
                        "?'"),
              0u);
}

TEST(ChipNames, ScalesAreThoseOfTheChip) {
    EXPECT_EQ(ChipNames(parse_scale("1/8")).scale(), "1/8");
    EXPECT_EQ(ChipNames(parse_scale("4")).scale(), "4");
    for (const char* const wrong : {"", "0", "1/0", "3", "-1", "1/8 ", "1/8x", "01", "1/1/1", "99999999999"}) {
        EXPECT_THROW(parse_scale(wrong), std::invalid_argument) << wrong;
    }
}

TEST(ChipNames, ValuesOfFields) {
    const hal::registers::FieldName field{"mode", 4, 3, "rw", "management", "off=0;slow=1;fast=5;", true, true, ""};
    EXPECT_EQ(content(field, 0xFFFFFF5F), 5u);
    EXPECT_EQ(with(field, 0xFFFFFFFF, 2), 0xFFFFFFAFu);
    EXPECT_EQ(largest(field), 7u);
    EXPECT_EQ(value_name(field, 5), "fast");
    EXPECT_EQ(value_name(field, 4), "");
    EXPECT_EQ(value_of(field, "slow"), 1u);
    EXPECT_FALSE(value_of(field, "slo"));
    EXPECT_FALSE(value_of(field, ""));
}

TEST(Text, OnlyNearWordsAreSuggested) {
    EXPECT_EQ(advice("xyz", {"pll", "cru"}), "use one of pll, cru");
    EXPECT_EQ(advice("x", {}), "there is none");
}

}  // namespace
}  // namespace transports::names
