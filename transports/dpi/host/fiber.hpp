// Where one process of the HAL runs inside the simulator: a stack of its own, and no thread. Deterministic, and it can
// be abandoned at any point: nothing on it is unwound, as after SIGKILL.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace transports::dpi {

/// Stacks with a guard page below each; given back, they are used again. Not thread-safe.
class StackPool {
public:
    static constexpr std::size_t kStackSize = 256 * 1024;

    StackPool() = default;
    StackPool(const StackPool&) = delete;
    StackPool& operator=(const StackPool&) = delete;
    ~StackPool();

    /// Lowest usable byte of kStackSize. Throws std::bad_alloc.
    void* take();
    void give_back(void* stack) { free_.push_back(stack); }

    std::size_t mapped() const { return mapped_.size(); }

private:
    std::vector<void*> mapped_, free_;
};

class Fiber {
public:
    /// `body` runs at the first resume(). What it captures is destroyed with this object; what lies on its stack is
    /// not.
    Fiber(StackPool& pool, std::function<void()> body);
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    /// Of an unfinished fiber: process death.
    ~Fiber();

    /// Runs the body until it calls suspend() or returns. Not from within it, not once finished().
    void resume();
    /// From within the body only.
    void suspend();
    bool finished() const { return finished_; }
    bool running() const { return running_; }

private:
    static void enter(unsigned high, unsigned low);

    StackPool& pool_;
    std::function<void()> body_;
    void* stack_;
    ucontext_t here_{}, simulator_{};
    bool finished_ = false, running_ = false;
};

}  // namespace transports::dpi
