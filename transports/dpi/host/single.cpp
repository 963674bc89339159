#include "transports/dpi/host/single.hpp"

namespace transports::dpi {

using hal::bus::Access;
using hal::bus::Effect;
using hal::bus::Op;

hal::bus::Result<void> SingleAccesses::burst(const Access& access) {
    const bool rises = access.op == Op::read || access.op == Op::write;
    for (std::uint32_t i = 0; i < access.count; ++i) {
        Access word = access;
        word.count = 1;
        if (rises) word.address += 4 * i;
        if (access.into != nullptr) word.into += i;
        if (access.from != nullptr) word.from += i;
        const auto done = below_.execute({&word, 1});
        if (done) continue;
        hal::bus::Error error = done.error();
        if (i > 0 && error.effect == Effect::none) error.effect = Effect::unknown;
        return hal::bus::fail(error);
    }
    return {};
}

hal::bus::Result<void> SingleAccesses::execute(hal::bus::Span<const Access> batch) {
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
        const bool guarded = batch[i].op == Op::guard;
        const auto done = guarded ? below_.execute({&batch[i], batch.size() - i}) : burst(batch[i]);
        if (!done) {
            hal::bus::Error error = done.error();
            error.completed = i + (guarded ? error.completed : 0);
            return hal::bus::fail(error);
        }
        if (guarded) break;
    }
    return {};
}

}  // namespace transports::dpi
