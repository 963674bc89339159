// Fields of different registers don't mix, not even at the same place.
// BAD 1: this field belongs to another register
// BAD 2: this field belongs to another register
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

std::uint32_t rule(bus::Value<k::Word> seen) {
#if BAD == 1
    return seen.get<k::Table::Value>();
#elif BAD == 2
    return seen.with<k::Table::Value>(5).word();
#else
    return seen.with<k::Word::Value>(5).get<k::Word::Value>();
#endif
}
