// Wanting a register means having looked at it.
// BAD 1: this register is not part of the observation
// BAD 2: this register is not part of the observation
#include "hal/converge/driver.hpp"
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

void rule(const hal::converge::Situation& s, hal::converge::Plan& plan) {
#if BAD == 1
    plan.want(s, bus::Value<k::Unobserved>(1));
#elif BAD == 2
    plan.want(s, bus::Value<k::Port>(1));
#else
    plan.want(s, bus::modify(s.get<k::Ctrl>()).with<k::Ctrl::Enable>(1));
#endif
}
