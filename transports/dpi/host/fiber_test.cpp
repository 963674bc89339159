#include "transports/dpi/host/fiber.hpp"

#include <gtest/gtest.h>

namespace transports::dpi {
namespace {

TEST(Fiber, RunsUntilItSuspendsAndGoesOnFromThere) {
    StackPool pool;
    int steps = 0;
    Fiber* self = nullptr;
    Fiber fiber(pool, [&] {
        for (int i = 0; i < 3; ++i) {
            ++steps;
            self->suspend();
        }
    });
    self = &fiber;
    for (int i = 1; i <= 3; ++i) {
        fiber.resume();
        EXPECT_EQ(steps, i);
        EXPECT_FALSE(fiber.finished());
    }
    fiber.resume();
    EXPECT_TRUE(fiber.finished());
}

TEST(Fiber, AbandonedItRunsNoDestructorAndItsStackIsUsedAgain) {
    StackPool pool;
    struct Counts {
        explicit Counts(int& destroyed) : destroyed_(destroyed) {}
        ~Counts() { ++destroyed_; }
        int& destroyed_;
    };
    int destroyed = 0, started = 0;
    for (int i = 0; i < 5'000; ++i) {
        Fiber* self = nullptr;
        Fiber fiber(pool, [&] {
            const Counts on_its_stack(destroyed);
            ++started;
            self->suspend();
        });
        self = &fiber;
        fiber.resume();
    }
    EXPECT_EQ(started, 5'000);
    EXPECT_EQ(destroyed, 0);
    EXPECT_EQ(pool.mapped(), 1U);
}

TEST(FiberDeathTest, AnOverflowMeetsTheGuardPage) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    StackPool pool;
    Fiber fiber(pool, [] {
        volatile char* const far_below = static_cast<char*>(__builtin_frame_address(0)) - StackPool::kStackSize;
        *far_below = 1;
    });
    EXPECT_DEATH(fiber.resume(), "");
}

}  // namespace
}  // namespace transports::dpi
