// libFuzzer on the bytes of a schedule: the scenario, then two bytes for each death. HAL and model are instrumented.
// RIVAL_HAL names the libhal.so, RIVAL_CPU the CPU-seconds to look for.
#include <cstdlib>

#include "tests/bench/rivals/arena.hpp"

namespace {

double limit() {
    const char* const text = std::getenv("RIVAL_CPU");
    return text != nullptr ? std::atof(text) : 30;
}

std::string suspect() {
    const char* const text = std::getenv("RIVAL_HAL");
    return text != nullptr ? text : "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static rivals::Arenas arenas(suspect());
    static const double kLimit = limit();
    constexpr std::size_t kMostDeaths = 4;
    if (rivals::cpu_seconds() >= kLimit) rivals::give_up();
    if (size == 0) return 0;
    rivals::Arena& arena = arenas[data[0] % arenas.size()];
    chaos::faults::Plan plan;
    for (std::size_t at = 1; at + 1 < size && plan.lives.size() <= kMostDeaths; at += 2) {
        plan.lives.back().killed_at = (data[at] + 256u * data[at + 1]) % arena.moments();
        plan.lives.emplace_back();
    }
    arena.survives(plan);
    return 0;
}
