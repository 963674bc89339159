#include "transports/qemu/threads.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "transports/unix/listen.hpp"

namespace transports::qemu {

StreamThread::StreamThread(int fd, std::function<void(int fd)> serve)
    : fd_(fd), thread_([fd, serve = std::move(serve)] {
          serve(fd);
          ::shutdown(fd, SHUT_RDWR);  // the other end sees it now, not when this object goes
      }) {}

StreamThread::~StreamThread() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
}

tl::expected<std::unique_ptr<ListenThread>, std::string> ListenThread::listen(const std::string& path,
                                                                              std::function<void(int fd)> serve) {
    const auto fd = unix_socket::listen_at(path, SOCK_CLOEXEC);
    if (!fd) return tl::make_unexpected(fd.error());
    return std::unique_ptr<ListenThread>(new ListenThread(*fd, path, std::move(serve)));
}

ListenThread::ListenThread(int fd, std::string path, std::function<void(int fd)> serve)
    : fd_(fd), path_(std::move(path)), thread_([this, serve = std::move(serve)] { accept_all(serve); }) {}

void ListenThread::accept_all(const std::function<void(int fd)>& serve) {
    while (!over_) {
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (fd < 0) return;
        client_ = fd;
        if (!over_) serve(fd);
        client_ = -1;
        ::close(fd);
    }
}

ListenThread::~ListenThread() {
    over_ = true;
    ::shutdown(fd_, SHUT_RDWR);
    if (const int client = client_; client >= 0) ::shutdown(client, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
    ::unlink(path_.c_str());
}

}  // namespace transports::qemu
