// rtl_soak: long runs of the chip as RTL, in slices that tests/soak/rtl strings together. One JSON line of counts.
//   rtl_soak determinism RUNS      boots, each compared with the first
//   rtl_soak cuts SEED CUTS        the host dies at random clocks of a boot; a fresh HAL finishes each time
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "tests/dpi/copies.hpp"
#include "tests/dpi/deaths.hpp"

namespace tests::dpi {
namespace {

using transports::dpi::default_policy;

struct Boot {
    std::uint64_t clocks, digest;
    bool as_intended;
};

Boot boot() {
    const Subject& subject = Subject::get();
    RtlSide rtl;
    const bool as_intended = rtl.run(subject.training, default_policy());
    const std::uint64_t clocks = rtl.simulation.clocks();
    return {clocks, subject.digest(rtl.words()), as_intended};
}

int determinism(unsigned long runs) {
    const Boot first = boot();
    unsigned long differ = first.as_intended ? 0 : 1;
    for (unsigned long i = 1; i < runs; ++i) {
        const Boot other = boot();
        differ += other.clocks != first.clocks || other.digest != first.digest ? 1 : 0;
    }
    std::printf("{\"runs\": %lu, \"clocks_each\": %llu, \"state\": \"%016llx\", \"differ\": %lu}\n", runs,
                static_cast<unsigned long long>(first.clocks), static_cast<unsigned long long>(first.digest), differ);
    return differ == 0 ? 0 : 1;
}

int cuts(unsigned long seed, unsigned long count) {
    const Subject& subject = Subject::get();
    const Boot whole = boot();
    std::mt19937_64 random(seed);
    std::vector<std::uint64_t> at(count);
    for (std::uint64_t& clock : at) clock = random() % whole.clocks;
    std::sort(at.begin(), at.end());
    RtlSide rtl;
    rtl.start(subject.training, default_policy());
    unsigned long survived = 0, lost = 0;
    std::uint64_t worst = 0;
    for (const std::uint64_t clock : at) {
        while (rtl.simulation.clocks() < clock && !rtl.host().idle()) rtl.simulation.clock();
        const Death death = random() % 4 == 0 ? Death::process : Death::host;
        const auto ending = in_a_copy<Ending>([&] {
            Ending e;
            die(rtl, death, 0);
            recover(rtl, e);
            e.again = further_writes(rtl);
            return e;
        });
        const bool good = ending && ending->recovered && ending->end == whole.digest && ending->again == 0;
        (good ? survived : lost) += 1;
        if (ending) worst = std::max(worst, ending->clocks);
        if (!good)
            std::fprintf(stderr, "rtl_soak: lost: seed %lu, clock %llu\n", seed,
                         static_cast<unsigned long long>(clock));
    }
    std::printf("{\"cuts\": %lu, \"survived\": %lu, \"lost\": %lu, \"worst_clocks\": %llu}\n", count, survived, lost,
                static_cast<unsigned long long>(worst));
    return lost == 0 && whole.as_intended ? 0 : 1;
}

}  // namespace
}  // namespace tests::dpi

int main(int argc, char** argv) {
    const auto number = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
    if (argc == 3 && std::strcmp(argv[1], "determinism") == 0) return tests::dpi::determinism(number(2));
    if (argc == 4 && std::strcmp(argv[1], "cuts") == 0) return tests::dpi::cuts(number(2), number(3));
    std::fprintf(stderr, "usage: rtl_soak determinism RUNS | rtl_soak cuts SEED CUTS\n");
    return 2;
}
