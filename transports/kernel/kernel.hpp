// What the production transports ask of Linux, as an interface: their tests put a machine of their own below it.
#pragma once

#include <cstddef>
#include <string>

#include "hal/bus/transport.hpp"

namespace transports::kernel {

/// One call each. Where a call fails it answers minus the error number (`-ENOENT`).
class Kernel {
public:
    virtual int open(const char* path, int flags) = 0;
    virtual void close(int fd) = 0;
    virtual int control(int fd, unsigned long request, void* argument) = 0;
    virtual long read(int fd, void* into, std::size_t size) = 0;
    virtual long write(int fd, const void* from, std::size_t size) = 0;
    /// Bytes of an open file.
    virtual long long size(int fd) = 0;
    /// Maps `size` bytes for reading and writing, shared, from the file's start. 0 and `at`, or minus the error.
    virtual int map(int fd, std::size_t size, void*& at) = 0;
    virtual void unmap(void* at, std::size_t size) = 0;
    /// Of a clock that goes on while the process is stopped, and never back (CLOCK_MONOTONIC).
    virtual hal::bus::Nanoseconds now() = 0;
    virtual void sleep_until(hal::bus::Nanoseconds deadline) = 0;

protected:
    ~Kernel() = default;
};

/// The one that runs this process. Thread-safe.
Kernel& linux_kernel();

/// What a small file says, without the newline at its end; at most 255 bytes. On failure empty, and `error` is minus
/// the error number.
std::string read_line(Kernel& kernel, const std::string& path, int& error);

}  // namespace transports::kernel
