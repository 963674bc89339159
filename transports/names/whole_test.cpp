#include "transports/names/whole.hpp"

#include <gtest/gtest.h>

namespace transports::names {
namespace {

using Json = nlohmann::json;

TEST(Whole, TakesWhatFitsTheType) {
    EXPECT_EQ(whole<std::uint8_t>(Json::parse("255")), 255U);
    EXPECT_EQ(whole<std::uint64_t>(Json::parse("18446744073709551615")), ~std::uint64_t{0});
    EXPECT_EQ(wholes<std::uint32_t>(Json::parse("[0, 4294967295]")), (std::vector<std::uint32_t>{0, 0xFFFF'FFFF}));
}

TEST(Whole, RefusesWhatWouldBeCutOrHasNoMeaning) {
    for (const char* const text : {"256", "-1", "1.5", "7e32", "777777777777777777777777", "true", "\"1\"", "null"}) {
        EXPECT_THROW(whole<std::uint8_t>(Json::parse(text)), std::invalid_argument) << text;
    }
    EXPECT_THROW(wholes<std::uint32_t>(Json::parse("7")), std::invalid_argument);
    EXPECT_THROW(wholes<std::uint32_t>(Json::parse("[1, 4294967296]")), std::invalid_argument);
}

}  // namespace
}  // namespace transports::names
