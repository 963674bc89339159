// A burst goes to contiguous registers or into one data port.
// BAD 1: not a register to burst into
// BAD 2: not a register to burst into
#include "hal/converge/driver.hpp"
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

void rule(hal::converge::Plan& plan, const std::uint32_t* words) {
#if BAD == 1
    plan.burst<k::Spread>(words, 3);
#elif BAD == 2
    plan.burst<k::OpenRo>(words, 3);
#else
    plan.burst<k::Table>(words, 5);
    plan.burst<k::Port>(words, 64);
#endif
}
