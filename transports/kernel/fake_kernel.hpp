// Test support: a kernel made of a few files, whose calls can be made to fail.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "transports/kernel/kernel.hpp"

namespace transports::kernel {

class FakeKernel final : public Kernel {
public:
    ~FakeKernel() {
        for (const auto& [fd, path] : open_) leaked.push_back(path);
    }

    // --- what there is, and what fails
    std::map<std::string, std::string> files;
    std::map<std::string, int> open_errors, read_errors, write_errors;  ///< By path; negative.
    std::map<std::string, long long> sizes;                             ///< Of files whose size isn't their content's.
    int map_error = 0;
    std::function<int(unsigned long request, void* argument)> on_control;

    // --- what was done
    std::vector<std::string> written;  ///< "PATH=CONTENT"
    std::vector<std::string> leaked;
    std::size_t opened = 0, slept = 0;
    hal::bus::Nanoseconds time = 0;
    int memory = -1;  ///< Behind the last mapping.

    int open(const char* path, int) override {
        if (const auto error = open_errors.find(path); error != open_errors.end()) return error->second;
        if (files.count(path) == 0) return -ENOENT;
        open_[next_] = path;
        ++opened;
        return next_++;
    }
    void close(int fd) override { open_.erase(fd); }
    bool all_closed() const { return open_.empty(); }
    int control(int, unsigned long request, void* argument) override {
        return on_control ? on_control(request, argument) : -ENOTTY;
    }
    long read(int fd, void* into, std::size_t size) override {
        const std::string& path = open_.at(fd);
        if (const auto error = read_errors.find(path); error != read_errors.end()) return error->second;
        const std::string& text = files.at(path);
        const std::size_t count = std::min(size, text.size());
        std::memcpy(into, text.data(), count);
        return static_cast<long>(count);
    }
    long write(int fd, const void* from, std::size_t size) override {
        const std::string& path = open_.at(fd);
        if (const auto error = write_errors.find(path); error != write_errors.end()) return error->second;
        written.push_back(path + "=" + std::string(static_cast<const char*>(from), size));
        return static_cast<long>(size);
    }
    long long size(int fd) override {
        const auto size = sizes.find(open_.at(fd));
        return size == sizes.end() ? static_cast<long long>(files.at(open_.at(fd)).size()) : size->second;
    }
    int map(int, std::size_t size, void*& at) override {
        if (map_error != 0) return map_error;
        memory = ::memfd_create("bar", 0);
        if (memory < 0 || ::ftruncate(memory, static_cast<off_t>(size)) != 0) return -errno;
        at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
        return at == MAP_FAILED ? -errno : 0;
    }
    void unmap(void* at, std::size_t size) override {
        ::munmap(at, size);
        ::close(memory);
        memory = -1;
    }
    hal::bus::Nanoseconds now() override { return time; }
    void sleep_until(hal::bus::Nanoseconds deadline) override {
        ++slept;
        time = std::max(time, deadline);
    }

private:
    std::map<int, std::string> open_;
    int next_ = 3;
};

}  // namespace transports::kernel
