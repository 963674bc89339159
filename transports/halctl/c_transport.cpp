#include "transports/halctl/c_transport.hpp"

#include <cstddef>

namespace transports::halctl {

using hal::bus::Access;

static_assert(sizeof(hal_access) == sizeof(Access) && offsetof(hal_access, op) == offsetof(Access, op) &&
              offsetof(hal_access, address) == offsetof(Access, address) &&
              offsetof(hal_access, count) == offsetof(Access, count) &&
              offsetof(hal_access, into) == offsetof(Access, into) &&
              offsetof(hal_access, from) == offsetof(Access, from));

namespace {

hal::bus::Transport& self(void* context) { return *static_cast<hal::bus::Transport*>(context); }

int execute(void* context, const hal_access* batch, std::size_t count, hal_error* error) {
    // The same layout, checked above.
    const auto done = self(context).execute({reinterpret_cast<const Access*>(batch), count});
    if (done) return 0;
    *error = to_c(done.error());
    return 1;
}

std::uint64_t now(void* context) { return self(context).now(); }
void wait_until(void* context, std::uint64_t deadline) { self(context).wait_until(deadline); }

}  // namespace

hal_transport c_transport(hal::bus::Transport& transport) {
    return {sizeof(hal_transport), 0, &transport, execute, now, wait_until};
}

hal_error to_c(const hal::bus::Error& e) {
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

}  // namespace transports::halctl
