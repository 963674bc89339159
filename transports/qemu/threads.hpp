// Streams served on threads of their own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <tl/expected.hpp>

namespace transports::qemu {

/// Serves one stream, until the other end closes it or this object is destroyed.
class StreamThread {
public:
    /// Takes `fd` over. `serve` is called with it and returns when the stream has ended.
    StreamThread(int fd, std::function<void(int fd)> serve);
    StreamThread(const StreamThread&) = delete;
    StreamThread& operator=(const StreamThread&) = delete;
    ~StreamThread();

private:
    const int fd_;
    std::thread thread_;
};

/// Listens on a Unix socket and serves whoever connects, one after the other.
class ListenThread {
public:
    /// The error is one line: what, where, what to do.
    static tl::expected<std::unique_ptr<ListenThread>, std::string> listen(const std::string& path,
                                                                           std::function<void(int fd)> serve);
    ListenThread(const ListenThread&) = delete;
    ListenThread& operator=(const ListenThread&) = delete;
    /// Hangs up and removes the socket.
    ~ListenThread();

private:
    ListenThread(int fd, std::string path, std::function<void(int fd)> serve);
    void accept_all(const std::function<void(int fd)>& serve);

    const int fd_;
    const std::string path_;
    std::atomic<int> client_{-1};
    std::atomic<bool> over_{false};
    std::thread thread_;
};

}  // namespace transports::qemu
