// A register whose read changes it is never observed.
// BAD 1: this register is not part of the observation
// BAD 2: this register is not part of the observation
// BAD 3: this register is not part of the observation
#include "hal/converge/driver.hpp"
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

std::uint32_t rule(const hal::converge::Situation& s) {
#if BAD == 1
    return s.get<k::RclrF>().word();
#elif BAD == 2
    return s.get<k::RoRset>().word();
#elif BAD == 3
    return s.get<k::Hidden>().word();
#else
    return s.get<k::Ctrl>().word();
#endif
}
