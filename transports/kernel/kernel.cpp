#include "transports/kernel/kernel.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace transports::kernel {
namespace {

constexpr hal::bus::Nanoseconds kSecond = 1'000'000'000;

template <typename Answer>
Answer or_error(Answer answer) {
    return answer < 0 ? static_cast<Answer>(-errno) : answer;
}

class Linux final : public Kernel {
public:
    int open(const char* path, int flags) override { return or_error(::open(path, flags)); }
    void close(int fd) override { ::close(fd); }
    int control(int fd, unsigned long request, void* argument) override {
        return or_error(::ioctl(fd, request, argument));
    }
    long read(int fd, void* into, std::size_t size) override {
        return or_error(static_cast<long>(::read(fd, into, size)));
    }
    long write(int fd, const void* from, std::size_t size) override {
        return or_error(static_cast<long>(::write(fd, from, size)));
    }
    long long size(int fd) override {
        struct stat found {};
        return ::fstat(fd, &found) < 0 ? -errno : static_cast<long long>(found.st_size);
    }
    int map(int fd, std::size_t size, void*& at) override {
        at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        return at == MAP_FAILED ? -errno : 0;
    }
    void unmap(void* at, std::size_t size) override { ::munmap(at, size); }
    hal::bus::Nanoseconds now() override {
        timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC, &time);
        return static_cast<hal::bus::Nanoseconds>(time.tv_sec) * kSecond +
               static_cast<hal::bus::Nanoseconds>(time.tv_nsec);
    }
    void sleep_until(hal::bus::Nanoseconds deadline) override {
        timespec time{};
        time.tv_sec = static_cast<time_t>(deadline / kSecond);
        time.tv_nsec = static_cast<long>(deadline % kSecond);
        while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
        }
    }
};

}  // namespace

Kernel& linux_kernel() {
    static Linux instance;
    return instance;
}

std::string read_line(Kernel& kernel, const std::string& path, int& error) {
    const int fd = kernel.open(path.c_str(), O_RDONLY | O_CLOEXEC);
    error = fd < 0 ? fd : 0;
    if (fd < 0) return {};
    char text[255];
    long size = 0;
    do {
        size = kernel.read(fd, text, sizeof text);
    } while (size == -EINTR);
    kernel.close(fd);
    error = size < 0 ? static_cast<int>(size) : 0;
    std::string line(text, size < 0 ? 0 : static_cast<std::size_t>(size));
    return line.substr(0, line.find('\n'));
}

}  // namespace transports::kernel
