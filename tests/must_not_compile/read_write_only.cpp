// A register that software only writes can't be read.
// BAD 1: software cannot read this register
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
namespace bus = hal::bus;

std::uint32_t rule(bus::Transport& transport) {
#if BAD == 1
    return bus::read<k::Port>(transport, 0)->word();
#else
    return bus::read<k::Word>(transport, 0)->word();
#endif
}
