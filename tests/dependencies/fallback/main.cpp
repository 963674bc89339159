#include <gtest/gtest.h>

#include <tl/expected.hpp>

TEST(Fallback, Works) {
    const tl::expected<int, int> value = 7;
    EXPECT_EQ(value.value(), 7);
}
