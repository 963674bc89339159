// No read-modify-write beside a field that every write changes or that can't be read.
// BAD 1: a sibling field has no value that is safe to write back
// BAD 2: a sibling field has no value that is safe to write back
// BAD 3: a sibling field has no value that is safe to write back
// BAD 4: a sibling field has no value that is safe to write back
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

std::uint32_t rule(std::uint32_t word) {
#if BAD == 1
    return bus::modify(bus::Value<k::WithWclr>(word)).with<k::WithWclr::Other>(1).word();
#elif BAD == 2
    return bus::modify(bus::Value<k::WithWset>(word)).with<k::WithWset::Other>(1).word();
#elif BAD == 3
    return bus::modify(bus::Value<k::WithUnreadable>(word)).with<k::WithUnreadable::Other>(1).word();
#elif BAD == 4
    return bus::modify(bus::Value<k::RsetF>(word)).word();
#else
    return bus::modify(bus::Value<k::WithPulse>(word)).with<k::WithPulse::Other>(1).word();
#endif
}
