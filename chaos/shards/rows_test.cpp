#include "chaos/shards/rows.hpp"

#include <gtest/gtest.h>

namespace chaos::shards {
namespace {

using Rows = std::vector<Row<2>>;

Rows back(const Bytes& bytes, std::uint64_t most = 1000) {
    Record in(bytes);
    Rows rows = rows_of<2>(in, most, [](const Row<2>& row) { return row; });
    in.expect_end();
    return rows;
}

TEST(RowsTest, ComeBackAsTheyWereWhateverRepeatsInThem) {
    std::size_t tried = 0;
    for (std::uint32_t pattern = 0; pattern < 1u << 12; ++pattern) {  // all texts of up to 6 letters out of 4
        Rows rows;
        for (std::uint32_t k = 0; k < 6 && pattern >> 2 * k != 0; ++k) rows.push_back({pattern >> 2 * k & 3u, 7});
        Bytes bytes;
        put(bytes, rows);
        ASSERT_EQ(back(bytes), rows) << pattern;
        ++tried;
    }
    EXPECT_EQ(tried, 4096U);
}

TEST(RowsTest, WhatRepeatsIsWrittenOnce) {
    Rows rows;
    for (std::uint64_t n = 0; n < 900; ++n) rows.push_back({n % 2, n < 300 ? 1 : n < 600 ? n % 2 : 5});
    Bytes bytes;
    put(bytes, rows);
    EXPECT_EQ(back(bytes), rows);
    EXPECT_LT(bytes.size(), 32U);
}

TEST(RowsTest, StepsGoEitherWay) {
    constexpr std::uint64_t kLast = ~std::uint64_t{0};
    for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{5}, kLast / 2, kLast}) {
        for (const std::uint64_t to : {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{6}, kLast / 2 + 1, kLast}) {
            EXPECT_EQ(stepped(from, step(from, to)), to);
        }
    }
    EXPECT_LE(step(5, 4), 2U);
    EXPECT_LE(step(5, 6), 2U);
}

TEST(RowsTest, NobodyCanWriteMoreThanThereAre) {
    // Rows in all, then the length of what repeats and how often it is there.
    for (const Bytes& bad :
         {Bytes{2, 0, 1, 3, 4}, Bytes{2, 1, 0, 3, 4}, Bytes{2, 1, 3, 3, 4}, Bytes{3, 2, 2, 1, 1, 2, 2},
          Bytes{2, 3, 1, 1, 1, 2, 2, 3, 3}, Bytes{2, 1, 1, 3, 4}, Bytes{9, 1, 9, 1, 1}}) {
        EXPECT_THROW(back(bad, 8), certificate::Refused);
    }
    EXPECT_EQ(back({2, 1, 2, 3, 4}), (Rows{{3, 4}, {3, 4}}));
}

}  // namespace
}  // namespace chaos::shards
