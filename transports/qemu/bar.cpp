#include "transports/qemu/bar.hpp"

namespace transports::qemu {

using hal::bus::Access;
using hal::bus::Error;
using hal::bus::fail;
using hal::bus::Op;
using hal::bus::Result;

Result<void> Bar::execute(hal::bus::Span<const Access> batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (const Result<void> done = perform(batch[i]); !done) {
            Error error = done.error();
            error.completed = static_cast<std::uint32_t>(i);
            return fail(error);
        }
    }
    return {};
}

Result<void> Bar::perform(const Access& access) {
    if (access.op == Op::guard) {
        Error error;
        error.code = hal::bus::Code::unsupported;
        error.effect = hal::bus::Effect::none;
        return fail(error);
    }
    for (std::uint32_t n = 0; n < access.count; ++n) {
        const std::uint32_t address = access.address + (access.op == Op::write_fixed ? 0 : 4 * n);
        if (access.into == nullptr) {
            if (const Result<void> done = window_.store(address, access.from[n]); !done) return done;
            continue;
        }
        const Result<std::uint32_t> word = window_.load(address);
        if (!word) return fail(word.error());
        access.into[n] = *word;
    }
    return {};
}

}  // namespace transports::qemu
