#include "transports/dpi/host/fiber.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace transports::dpi {
namespace {

constexpr std::size_t kGuard = 4096;

}  // namespace

StackPool::~StackPool() {
    for (void* const stack : mapped_) ::munmap(static_cast<char*>(stack) - kGuard, kStackSize + kGuard);
}

void* StackPool::take() {
    if (!free_.empty()) {
        void* const stack = free_.back();
        free_.pop_back();
        return stack;
    }
    void* const all =
        ::mmap(nullptr, kStackSize + kGuard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (all == MAP_FAILED || ::mprotect(all, kGuard, PROT_NONE) != 0) throw std::bad_alloc();
    mapped_.push_back(static_cast<char*>(all) + kGuard);
    return mapped_.back();
}

Fiber::Fiber(StackPool& pool, std::function<void()> body) : pool_(pool), body_(std::move(body)), stack_(pool.take()) {
    ::getcontext(&here_);
    here_.uc_stack.ss_sp = stack_;
    here_.uc_stack.ss_size = StackPool::kStackSize;
    here_.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    // makecontext passes ints: the address travels in two halves.
    ::makecontext(&here_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32),
                  static_cast<unsigned>(self));
}

Fiber::~Fiber() { pool_.give_back(stack_); }

void Fiber::enter(unsigned high, unsigned low) {
    auto* const fiber = reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(high) << 32 | low);
    fiber->body_();
    fiber->finished_ = true;
    fiber->suspend();
    std::abort();  // nobody resumes a finished fiber
}

void Fiber::resume() {
    running_ = true;
    ::swapcontext(&simulator_, &here_);
    running_ = false;
}

void Fiber::suspend() { ::swapcontext(&here_, &simulator_); }

}  // namespace transports::dpi
