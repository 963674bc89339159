// Test support: captures that nobody here wrote. Where they are absent, tests say what they skipped.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace replay {

inline std::string real_data() {
    const char* const told = std::getenv("RECONVERGE_DATA");
    return told != nullptr ? told : RECONVERGE_SOURCE_DIR "/../shared/data";
}

struct RealDataTest : testing::Test {
    void SetUp() override {
        if (std::filesystem::exists(real_data())) return;
        if (std::getenv("RECONVERGE_REQUIRE_DATA") != nullptr) FAIL() << real_data() << " is absent, and required";
        GTEST_SKIP() << real_data() << " is absent: 1 test of real captures not run; set RECONVERGE_DATA";
    }
};

}  // namespace replay
