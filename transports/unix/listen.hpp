// A Unix socket to listen on.
#pragma once

#include <string>

#include <tl/expected.hpp>

namespace transports::unix_socket {

/// Creates a listening stream socket; takes over the path of a server that died. `flags`: SOCK_CLOEXEC, SOCK_NONBLOCK.
/// The error is one line: what, where, what to do.
tl::expected<int, std::string> listen_at(const std::string& path, int flags);

}  // namespace transports::unix_socket
