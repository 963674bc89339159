// A field that software only reads has no new content.
// BAD 1: software cannot write this field
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

std::uint32_t rule(bus::Value<k::Ctrl> seen) {
#if BAD == 1
    return seen.with<k::Ctrl::Busy>(1).word();
#else
    return seen.with<k::Ctrl::Mode>(5).word();
#endif
}
