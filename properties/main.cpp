// The tests, and the page about them: properties_test --page.
#include <cstring>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "properties/table.hpp"

int main(int count, char** arguments) {
    if (count == 2 && std::strcmp(arguments[1], "--page") == 0) {
        fmt::print("{}", properties::page());
        return 0;
    }
    testing::InitGoogleTest(&count, arguments);
    return RUN_ALL_TESTS();
}
