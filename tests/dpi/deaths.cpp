#include "tests/dpi/deaths.hpp"

namespace tests::dpi {

using transports::dpi::default_policy;

void die(RtlSide& rtl, Death death, std::uint64_t at_clock) {
    const std::uint64_t request = rtl.host().requests();
    while (rtl.host().requests() == request && rtl.host().clock_of_request() < at_clock) rtl.simulation.clock();
    if (death == Death::process) {
        rtl.host().kill();
    } else {
        rtl.host().reset();
    }
    // What the bridge has begun it finishes, in the time that the host would have left it.
    const std::uint64_t finishing = rtl.host().request().pause + 64;
    rtl.simulation.run();
    for (std::uint64_t i = 0; i < finishing; ++i) rtl.simulation.clock();
}

void recover(RtlSide& rtl, Ending& ending) {
    const std::uint64_t before = rtl.simulation.clocks();
    ending.recovered = rtl.run(Subject::get().training, default_policy());
    ending.writes = rtl.last().report.writes;
    ending.clocks = rtl.simulation.clocks() - before;
    ending.end = Subject::get().digest(rtl.words());
    ending.whole = true;
}

std::uint32_t further_writes(RtlSide& rtl) {
    rtl.run(Subject::get().training, default_policy());
    return rtl.last().report.writes;
}

}  // namespace tests::dpi
