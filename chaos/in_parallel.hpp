// Work for several judges, one per thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "chaos/judge.hpp"

namespace chaos {

/// f(judge, n) for every n in [from, to), on one thread per judge. What one of them throws is thrown when all have
/// ended.
template <typename F>
void in_parallel(const std::vector<std::unique_ptr<Judge>>& judges, std::uint32_t from, std::uint32_t to, F&& f) {
    std::atomic<std::uint32_t> next{from};
    std::mutex mutex;
    std::exception_ptr trouble;
    const auto work = [&](Judge& judge) {
        try {
            for (std::uint32_t n = next++; n < to; n = next++) f(judge, n);
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            trouble = std::current_exception();
        }
    };
    std::vector<std::thread> threads;
    for (std::size_t t = 1; t < judges.size(); ++t) threads.emplace_back(work, std::ref(*judges[t]));
    work(*judges[0]);
    for (std::thread& thread : threads) thread.join();
    if (trouble) std::rethrow_exception(trouble);
}

}  // namespace chaos
