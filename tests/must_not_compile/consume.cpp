// A register whose read changes nothing is observed, not consumed.
// BAD 1: observe registers whose read changes nothing
// BAD 2: observe registers whose read changes nothing
#include "hal/converge/driver.hpp"
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

void rule(hal::converge::Plan& plan) {
#if BAD == 1
    plan.consume<k::Word>();
#elif BAD == 2
    plan.consume<k::Port>();
#else
    plan.consume<k::RclrF>();
#endif
}
