#include "transports/unix/unix_wire.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "transports/unix/protocol.hpp"

namespace transports::unix_socket {

using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Error;
using hal::bus::fail;
using hal::bus::Nanoseconds;
using hal::bus::Result;

namespace {

// What the user can do about a connection that doesn't come about.
std::string advice(int error) {
    switch (error) {
        case ENOENT: return "no such socket; start `reconverge serve` or correct the path";
        case ECONNREFUSED: return "nobody serves this socket any more; start `reconverge serve`";
        case EACCES:
        case EPERM: return "permission denied; ask the owner of the socket for read and write permission";
        case ENOTDIR: return "a part of the path is not a directory; correct the path";
        default: return std::strerror(error);
    }
}

int connect_socket(const sockaddr_un& address) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    int done = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (done < 0 && errno == EINTR) {
        // An interrupted connect goes on by itself: wait for its outcome.
        pollfd ready{fd, POLLOUT, 0};
        while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
        }
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        errno = error;
        done = error == 0 ? 0 : -1;
    }
    const timeval limit{kAnswerTimeoutMs / 1000, 0};
    if (done == 0) done = ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (done == 0) return fd;
    const int error = errno;
    ::close(fd);
    errno = error;
    return -1;
}

}  // namespace

tl::expected<std::unique_ptr<UnixWire>, ConnectError> UnixWire::connect(const std::string& path) {
    const auto error = [&](const std::string& what, bool wrong_path) {
        return tl::make_unexpected(ConnectError{"unix:" + path + ": " + what, wrong_path});
    };
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty()) return error("no path given; write unix:/path/of/the/socket", true);
    if (path.size() >= sizeof address.sun_path) {
        return error("path is longer than " + std::to_string(sizeof address.sun_path - 1) + " bytes; use a shorter one",
                     true);
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const int fd = connect_socket(address);
    if (fd < 0) {
        const int why = errno;
        return error(advice(why), why == ENOENT || why == ENOTDIR);
    }
    std::unique_ptr<UnixWire> wire(new UnixWire(fd, path));
    if (!wire->hello()) return tl::make_unexpected(ConnectError{wire->trouble_});
    return wire;
}

UnixWire::~UnixWire() {
    if (fd_ >= 0) ::close(fd_);
}

bool UnixWire::hello() {
    std::uint8_t version[4];
    put<std::uint32_t>(version, kVersion);
    std::uint8_t reply[8] = {};
    if (!ask(kHello, version, sizeof version) || !answer(kHello, reply, sizeof reply, kAnswerTimeoutMs)) {
        trouble_ += " (is it served by `reconverge serve`?)";
        return false;
    }
    const auto theirs = get<std::uint32_t>(reply);
    if (theirs != kVersion) {
        give_up("other protocol version");
        trouble_ = "unix:" + path_ + ": peer speaks protocol " + std::to_string(theirs) + ", this program " +
                   std::to_string(kVersion) + "; use programs of one release";
        return false;
    }
    max_transfer_ = get<std::uint32_t>(reply + 4);
    if (max_transfer_ < 256 || max_transfer_ > kMaxPayload) return give_up("peer offers a senseless transfer size");
    return true;
}

Result<void> UnixWire::transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    Error error;
    error.code = Code::link_down;
    error.effect = Effect::none;
    if (size > max_transfer_) return fail(error);
    error.code = Code::peer_gone;
    sent_any_ = false;
    const bool asked = fd_ >= 0 && ask(kTransfer, tx, size);
    if (sent_any_) error.effect = Effect::unknown;
    // Nearly always the answer comes whole: one call for all of it.
    std::uint8_t head[kHeader + kOutcomeSize];
    const std::uint8_t* const outcome = head + kHeader;
    std::size_t received = 0;
    if (!asked || !receive_some(head, sizeof head, rx, size, received)) return fail(error);
    if (received < kHeader && !receive_rest(head, kHeader, received)) return fail(error);
    const std::size_t answered = get<std::uint32_t>(head + 1);
    if (head[0] != (kTransfer | kAnswer) || (answered != kOutcomeSize && answered != kOutcomeSize + size)) {
        give_up("peer answers out of protocol");
        return fail(error);
    }
    if (received < sizeof head && !receive_rest(head, sizeof head, received)) return fail(error);
    received -= sizeof head;
    if (answered == kOutcomeSize + size && !receive_rest(rx, size, received)) return fail(error);
    time_ = get<std::uint64_t>(outcome + 2);
    time_known_ = true;
    if (outcome[0] == kOutcomeOk && answered == kOutcomeSize + size) return {};
    if (outcome[0] == kOutcomeLinkDown) error.code = Code::link_down;
    error.effect = outcome[1] == static_cast<std::uint8_t>(Effect::none) ? Effect::none : Effect::unknown;
    return fail(error);
}

Nanoseconds UnixWire::now() {
    std::uint8_t time[8];
    if (!time_known_ && fd_ >= 0 && ask(kNow, nullptr, 0) && answer(kNow, time, sizeof time, kAnswerTimeoutMs)) {
        time_ = get<std::uint64_t>(time);
        time_known_ = true;
    }
    return time_;
}

void UnixWire::wait_until(Nanoseconds deadline) {
    std::uint8_t bytes[8];
    put<std::uint64_t>(bytes, deadline);
    if (fd_ >= 0 && ask(kWaitUntil, bytes, sizeof bytes) && answer(kWaitUntil, bytes, sizeof bytes, -1)) {
        time_ = get<std::uint64_t>(bytes);
        time_known_ = true;
    }
}

bool UnixWire::ask(std::uint8_t kind, const std::uint8_t* payload, std::size_t size) {
    std::uint8_t header[kHeader];
    header[0] = kind;
    put<std::uint32_t>(header + 1, static_cast<std::uint32_t>(size));
    return send_all(header, sizeof header, payload, size);
}

bool UnixWire::answer(std::uint8_t kind, std::uint8_t* payload, std::size_t size, int timeout_ms) {
    std::uint8_t header[kHeader];
    if (!receive_all(header, sizeof header, timeout_ms)) return false;
    const bool sound = header[0] == (kind | kAnswer) && get<std::uint32_t>(header + 1) == size;
    return sound ? receive_all(payload, size, timeout_ms) : give_up("peer answers out of protocol");
}

bool UnixWire::send_all(const std::uint8_t* head, std::size_t head_size, const std::uint8_t* body,
                        std::size_t body_size) {
    std::size_t done = 0;
    while (done < head_size + body_size) {
        iovec parts[2];
        int count = 0;
        // sendmsg() does not write through the pointers.
        if (done < head_size) parts[count++] = {const_cast<std::uint8_t*>(head) + done, head_size - done};
        const std::size_t body_done = done > head_size ? done - head_size : 0;
        if (body_size > body_done)
            parts[count++] = {const_cast<std::uint8_t*>(body) + body_done, body_size - body_done};
        msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = static_cast<std::size_t>(count);
        const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0)
            return give_up(errno == EPIPE || errno == ECONNRESET ? "peer closed the link" : std::strerror(errno));
        done += static_cast<std::size_t>(sent);
        sent_any_ = true;
    }
    return true;
}

/// What has come of an answer in two parts, at least one byte: how many in `received`.
bool UnixWire::receive_some(std::uint8_t* head, std::size_t head_size, std::uint8_t* body, std::size_t body_size,
                            std::size_t& received) {
    iovec parts[2] = {{head, head_size}, {body, body_size}};
    for (;;) {
        const ssize_t got = ::readv(fd_, parts, 2);
        if (got > 0) {
            received = static_cast<std::size_t>(got);
            return true;
        }
        if (!goes_on(got, kAnswerTimeoutMs)) return false;
    }
}

bool UnixWire::receive_rest(std::uint8_t* data, std::size_t size, std::size_t& received) {
    if (!receive_all(data + received, size - received, kAnswerTimeoutMs)) return false;
    received = size;
    return true;
}

bool UnixWire::receive_all(std::uint8_t* data, std::size_t size, int timeout_ms) {
    while (size > 0) {
        const ssize_t received = ::recv(fd_, data, size, 0);
        if (received > 0) {
            data += received;
            size -= static_cast<std::size_t>(received);
        } else if (!goes_on(received, timeout_ms)) {
            return false;
        }
    }
    return true;
}

/// After a receiving call that has brought nothing. The socket's own limit is kAnswerTimeoutMs (connect_socket()).
bool UnixWire::goes_on(ssize_t received, int timeout_ms) {
    if (received == 0 || errno == ECONNRESET) return give_up("peer closed the link");
    if (errno == EINTR || (errno == EAGAIN && timeout_ms < 0)) return true;
    return give_up(errno == EAGAIN ? "peer does not answer" : std::strerror(errno));
}

// A stream that is out of step can't be used again.
bool UnixWire::give_up(const char* what) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    if (trouble_.empty()) trouble_ = "unix:" + path_ + ": " + what;
    return false;
}

}  // namespace transports::unix_socket
