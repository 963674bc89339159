// A read that changes the register is no plain read.
// BAD 1: this read changes the register: consume it, then observe again
// BAD 2: this read changes the register: consume it, then observe again
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

std::uint32_t rule(bus::Transport& transport) {
#if BAD == 1
    return bus::read<k::RclrF>(transport, 0)->word();
#elif BAD == 2
    return bus::read<k::OpenRo>(transport, 0)->word() + bus::read<k::RoRset>(transport, 0)->word();
#else
    return bus::read<k::Ctrl>(transport, 0)->word();
#endif
}
