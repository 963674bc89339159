// A field that software only writes, or whose read changes it, can't be looked up.
// BAD 1: software cannot read this field
// BAD 2: software cannot read this field
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

std::uint32_t rule(std::uint32_t word) {
#if BAD == 1
    return bus::Value<k::Port>(word).get<k::Port::Value>();
#elif BAD == 2
    return bus::Value<k::RclrF>(word).get<k::RclrF::FPlain>();
#else
    return bus::Value<k::Ctrl>(word).get<k::Ctrl::Busy>();
#endif
}
