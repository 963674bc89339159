#include "hal/bus/transport.hpp"

namespace hal::bus {

Result<std::uint32_t> Transport::read(std::uint32_t address) {
    std::uint32_t value = 0;
    const Access access{Op::read, address, 1, &value, nullptr};
    const Result<void> done = execute({&access, 1});
    if (!done) return fail(done.error());
    return value;
}

Result<void> Transport::write(std::uint32_t address, std::uint32_t value) {
    const Access access{Op::write, address, 1, nullptr, &value};
    return execute({&access, 1});
}

}  // namespace hal::bus
