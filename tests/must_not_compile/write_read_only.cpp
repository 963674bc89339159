// A register that software only reads can't be written.
// BAD 1: software cannot write this register
// BAD 2: software cannot write this register
#include "hal/converge/driver.hpp"
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

bool rule(bus::Transport& transport, hal::converge::Plan& plan) {
#if BAD == 1
    return !plan.items().empty() || bus::write(transport, 0, bus::Value<k::OpenRo>(1)).has_value();
#elif BAD == 2
    return plan.write(bus::Value<k::OpenRo>(1)), bus::write(transport, 0, bus::Value<k::Word>(1)).has_value();
#else
    plan.write(bus::Value<k::Word>(1));
    return bus::write(transport, 0, bus::Value<k::Word>(1)).has_value();
#endif
}
