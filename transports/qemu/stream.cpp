#include "transports/qemu/stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

namespace transports::qemu {
namespace {

constexpr std::size_t kMostDescriptors = 16;

void close_all(const msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(const_cast<msghdr*>(&message), part)) {  // not written to
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            ::close(fd);
        }
    }
}

}  // namespace

std::pair<int, int> stream_pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    }
    return {ends[0], ends[1]};
}

std::size_t receive_some(int fd, void* into, std::size_t size) {
    while (true) {
        alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))];
        iovec part{into, size};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t got = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return 0;
        close_all(message);
        return static_cast<std::size_t>(got);
    }
}

bool receive(int fd, void* into, std::size_t size) {
    for (std::size_t done = 0; done < size;) {
        const std::size_t got = receive_some(fd, static_cast<std::uint8_t*>(into) + done, size - done);
        if (got == 0) return false;
        done += got;
    }
    return true;
}

bool send(int fd, const void* from, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t sent = ::send(fd, static_cast<const std::uint8_t*>(from) + done, size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        done += static_cast<std::size_t>(sent);
    }
    return true;
}

}  // namespace transports::qemu
