// Whole pieces over a stream socket: what the chip's ends of QEMU's two paths read and write.
#pragma once

#include <cstddef>
#include <utility>

namespace transports::qemu {

/// Both ends of a new stream, closed in programs that are started. Throws std::runtime_error.
std::pair<int, int> stream_pair();
/// Waits for something and takes what is there, at most `size` bytes; 0: the stream has ended. File descriptors that
/// come along are closed.
std::size_t receive_some(int fd, void* into, std::size_t size);
/// False: the stream has ended before `size` bytes came.
bool receive(int fd, void* into, std::size_t size);
/// False: nobody reads any more. Raises no SIGPIPE.
bool send(int fd, const void* from, std::size_t size);

}  // namespace transports::qemu
