// The page in docs/ is what the table prints today.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "properties/table.hpp"

namespace properties {
namespace {

TEST(Table, IsThePageInTheDocs) {
    std::ifstream file(RECONVERGE_SOURCE_DIR "/docs/properties.md");
    const std::string kept{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(kept, page()) << "run: properties_test --page > docs/properties.md";
    EXPECT_GT(rows().size(), 10u);
}

}  // namespace
}  // namespace properties
