// Looks for the mistake in a libhal.so the way others look for mistakes of this kind, until it is found or the CPU time
// is used up. Prints one line of JSON.
#include <rapidcheck.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <random>

#include "tests/bench/rivals/arena.hpp"

namespace {

using chaos::faults::Fault;
using chaos::faults::Plan;
using rivals::Arena;
using rivals::Arenas;

double limit = 30;

void look_at_time() {
    if (rivals::cpu_seconds() >= limit) rivals::give_up();
}

Plan killed_at(std::initializer_list<std::uint32_t> moments) {
    Plan plan;
    for (const std::uint32_t moment : moments) {
        plan.lives.back().killed_at = moment;
        plan.lives.emplace_back();
    }
    return plan;
}

/// SIGKILL after a random time, as a shell script does it; without the time that processes take to start.
void random_time(Arenas& arenas, std::uint64_t seed) {
    std::mt19937_64 dice(seed);
    std::uniform_real_distribution<double> share(0, 1);
    for (;;) {
        Arena& arena = arenas[dice() % arenas.size()];
        arena.survives(killed_at({arena.moment_at(share(dice))}));
        look_at_time();
    }
}

/// The first access fails, then the second, ...: once, and for good, as SQLite's tests do it with memory and disk.
void nth_failure(Arenas& arenas, std::uint64_t) {
    for (std::size_t n = 0; n < arenas.size(); ++n) {
        Arena& arena = arenas[n];
        const std::vector<Fault> ways =
            arena.spi() ? std::vector<Fault>{Fault::request_lost, Fault::outage_beyond}
                        : std::vector<Fault>{Fault::load_answer_lost, Fault::store_lost, Fault::stores_lost};
        for (const Fault fault : ways) {
            for (std::uint32_t moment = 0; moment < arena.moments(); ++moment) {
                Plan plan;
                plan.lives[0].strikes.push_back({fault, moment, {}});
                arena.survives(plan);
                look_at_time();
            }
        }
    }
}

/// A property over a list of random kill indices, as one writes it with RapidCheck.
void property(Arenas& arenas, std::uint64_t seed) {
    rc::detail::TestParams params;
    params.seed = seed;
    params.maxSuccess = 100;
    for (;; ++params.seed) {
        rc::detail::checkTestable(
            [&arenas] {
                Arena& arena = arenas[*rc::gen::inRange<std::size_t>(0, arenas.size())];
                const auto deaths = *rc::gen::resize(
                    4, rc::gen::container<std::vector<std::uint32_t>>(
                           rc::gen::noShrink(rc::gen::resize(1000, rc::gen::inRange(0u, arena.moments())))));
                Plan plan;
                for (const std::uint32_t moment : deaths) {
                    plan.lives.back().killed_at = moment;
                    plan.lives.emplace_back();
                }
                arena.survives(plan);
                look_at_time();
            },
            rc::detail::TestMetadata(), params);
    }
}

/// Every kill, then every two kills, in order; a state that was met before is not recognised.
void no_merging(Arenas& arenas, std::uint64_t) {
    for (std::size_t n = 0; n < arenas.size(); ++n) {
        for (std::uint32_t moment = 0; moment < arenas[n].moments(); ++moment) {
            arenas[n].survives(killed_at({moment}));
            look_at_time();
        }
    }
    for (std::size_t n = 0; n < arenas.size(); ++n) {
        for (std::uint32_t first = 0; first < arenas[n].moments(); ++first) {
            for (std::uint32_t second = 0; arenas[n].survives(killed_at({first, second})); ++second) look_at_time();
        }
    }
    rivals::give_up();
}

using Method = void (*)(Arenas&, std::uint64_t);
const std::map<std::string, Method> kMethods = {
    {"random-time", random_time}, {"nth-failure", nth_failure}, {"property", property}, {"no-merging", no_merging}};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Looks for the mistake in a libhal.so as others do");
    std::string method, hal;
    std::uint64_t seed = 1;
    std::vector<std::string> names;
    names.reserve(kMethods.size());
    for (const auto& one : kMethods) names.push_back(one.first);
    app.add_option("method", method, "random-time, nth-failure, property or no-merging")
        ->required()
        ->check(CLI::IsMember(names));
    app.add_option("--hal", hal, "The libhal.so")->required()->check(CLI::ExistingFile);
    app.add_option("--cpu", limit, "CPU-seconds to look for");
    app.add_option("--seed", seed, "Of what is random");
    CLI11_PARSE(app, argc, argv);
    try {
        Arenas arenas(hal);
        kMethods.at(method)(arenas, seed);
        rivals::give_up();
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "rivals: %s\n", problem.what());
        return 2;
    }
}
