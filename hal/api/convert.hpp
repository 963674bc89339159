// The C structures and the C++ types have the same content: one place says so, for libhal and for its callers.
#pragma once

#include <cstddef>

#include "hal/api/hal.h"
#include "hal/bus/transport.hpp"

namespace hal::api {

static_assert(sizeof(hal_access) == sizeof(bus::Access) && offsetof(hal_access, op) == offsetof(bus::Access, op) &&
              offsetof(hal_access, address) == offsetof(bus::Access, address) &&
              offsetof(hal_access, count) == offsetof(bus::Access, count) &&
              offsetof(hal_access, into) == offsetof(bus::Access, into) &&
              offsetof(hal_access, from) == offsetof(bus::Access, from));
static_assert(HAL_CONSUME == static_cast<int>(bus::Op::consume) && HAL_GUARD == static_cast<int>(bus::Op::guard) &&
              HAL_WRITE_FIXED == static_cast<int>(bus::Op::write_fixed));
static_assert(HAL_OLD_LIBRARY == static_cast<int>(bus::Code::old_library) &&
              HAL_DEADLINE == static_cast<int>(bus::Code::deadline) &&
              HAL_PEER_GONE == static_cast<int>(bus::Code::peer_gone) &&
              HAL_WRONG_CHIP == static_cast<int>(bus::Code::wrong_chip));
static_assert(HAL_EFFECT_UNKNOWN == static_cast<int>(bus::Effect::unknown));

inline bus::Error from_c(const hal_error& e) {
    bus::Error error;
    error.code = static_cast<bus::Code>(e.code);
    error.effect = static_cast<bus::Effect>(e.effect);
    error.instance = e.instance;
    error.attempts = e.attempts;
    error.address = e.address;
    error.value = e.value;
    error.completed = e.completed;
    error.elapsed_ns = e.elapsed_ns;
    return error;
}

inline hal_error to_c(const bus::Error& e) {
    hal_error error{};
    error.code = static_cast<std::uint8_t>(e.code);
    error.effect = static_cast<std::uint8_t>(e.effect);
    error.instance = e.instance;
    error.attempts = e.attempts;
    error.address = e.address;
    error.value = e.value;
    error.completed = e.completed;
    error.elapsed_ns = e.elapsed_ns;
    return error;
}

/// A Transport as the C interface wants it. The functions call `transport`, which must outlive them.
inline hal_transport to_c(bus::Transport& transport) {
    hal_transport functions{};
    functions.size = sizeof functions;
    functions.context = &transport;
    functions.execute = [](void* context, const hal_access* batch, std::size_t count, hal_error* error) {
        // The same layout, checked above: a batch of hundreds isn't copied for a change of name.
        const auto done =
            static_cast<bus::Transport*>(context)->execute({reinterpret_cast<const bus::Access*>(batch), count});
        if (done) return 0;
        *error = to_c(done.error());
        return 1;
    };
    functions.now = [](void* context) { return std::uint64_t{static_cast<bus::Transport*>(context)->now()}; };
    functions.wait_until = [](void* context, std::uint64_t deadline) {
        static_cast<bus::Transport*>(context)->wait_until(deadline);
    };
    return functions;
}

}  // namespace hal::api
