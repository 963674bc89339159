// No retry of a write where twice is not once: toggles, pulses, events that hardware raises again.
// BAD 1: writing this register twice is not writing it once: observe first
// BAD 2: writing this register twice is not writing it once: observe first
// BAD 3: writing this register twice is not writing it once: observe first
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

bool rule(bus::Transport& transport) {
#if BAD == 1
    return bus::write_again(transport, 0, bus::Value<k::Toggles>(1), 0, 3).has_value();
#elif BAD == 2
    return bus::write_again(transport, 0, bus::Value<k::WithPulse>(1), 0, 3).has_value();
#elif BAD == 3
    return bus::write_again(transport, 0, bus::Value<k::Events>(1), 0, 3).has_value();
#else
    return bus::write_again(transport, 0, bus::Value<k::Word>(1), 0, 3).has_value();
#endif
}
