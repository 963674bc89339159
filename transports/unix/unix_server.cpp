#include "transports/unix/unix_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "transports/unix/listen.hpp"
#include "transports/unix/protocol.hpp"

namespace transports::unix_socket {
namespace {

constexpr int kStopPollMs = 100;

}  // namespace

tl::expected<std::unique_ptr<UnixServer>, std::string> UnixServer::listen(const std::string& path,
                                                                          hal::bus::Wire& wire) {
    const auto fd = listen_at(path, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!fd) return tl::make_unexpected(fd.error());
    return std::unique_ptr<UnixServer>(new UnixServer(*fd, path, wire));
}

UnixServer::~UnixServer() {
    for (const auto& client : clients_) ::close(client->fd);
    ::close(fd_);
    ::unlink(path_.c_str());
}

tl::expected<void, std::string> UnixServer::serve(const std::function<bool()>& stop, int stop_fd) {
    while (!stop || !stop()) {
        const auto going_on = poll_once(stop ? kStopPollMs : -1, stop_fd);
        if (!going_on) return tl::make_unexpected(going_on.error());
        if (!*going_on) break;
    }
    return {};
}

tl::expected<bool, std::string> UnixServer::poll_once(int timeout_ms, int stop_fd) {
    std::vector<pollfd> polled;
    polled.push_back({stop_fd, POLLIN, 0});  // poll() ignores negative descriptors
    polled.push_back({full_ ? -1 : fd_, POLLIN, 0});
    for (const auto& client : clients_) {
        polled.push_back({client->fd, static_cast<short>(client->out.empty() ? POLLIN : POLLOUT), 0});
    }
    if (::poll(polled.data(), polled.size(), timeout_ms) < 0) {
        if (errno == EINTR) return true;
        return tl::make_unexpected("unix:" + path_ + ": poll: " + std::strerror(errno));
    }
    if (polled[0].revents != 0) return false;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        Client& client = *clients_[i];
        if (polled[i + 2].revents == 0) continue;
        flush(client);
        if (client.out.empty()) receive(client);
    }
    const auto dead =
        std::stable_partition(clients_.begin(), clients_.end(), [](const auto& client) { return !client->over; });
    full_ = full_ && dead == clients_.end();
    for (auto client = dead; client != clients_.end(); ++client) ::close((*client)->fd);
    clients_.erase(dead, clients_.end());
    if (polled[1].revents != 0) accept_all();
    return true;
}

void UnixServer::accept_all() {
    while (true) {
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        full_ = fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM) && !clients_.empty();
        if (fd < 0) return;
        clients_.push_back(std::make_unique<Client>());
        clients_.back()->fd = fd;
    }
}

void UnixServer::receive(Client& client) {
    process(client);
    while (!client.over && client.out.empty()) {
        std::uint8_t buffer[16384];
        const ssize_t received = ::recv(client.fd, buffer, sizeof buffer, 0);
        if (received > 0) {
            client.in.insert(client.in.end(), buffer, buffer + received);
            process(client);
        } else if (received < 0 && errno == EINTR) {
            continue;
        } else if (received < 0 && (errno == EAGAIN)) {
            return;
        } else {
            bury(client);
        }
    }
}

// Handles all complete messages, as long as their answers go out.
void UnixServer::process(Client& client) {
    std::size_t used = 0;
    while (!client.over && client.out.empty() && client.in.size() - used >= kHeader) {
        const std::uint8_t* header = client.in.data() + used;
        const std::size_t size = get<std::uint32_t>(header + 1);
        if (size > kMaxPayload) {
            client.over = true;
        } else if (client.in.size() - used - kHeader >= size) {
            client.over = !handle(client, header[0], header + kHeader, size);
            used += kHeader + size;
        } else {
            break;
        }
    }
    client.in.erase(client.in.begin(), client.in.begin() + static_cast<std::ptrdiff_t>(used));
}

// False: this client breaks the protocol.
bool UnixServer::handle(Client& client, std::uint8_t kind, const std::uint8_t* payload, std::size_t size) {
    std::uint8_t out[8];
    if (kind == kHello && size == 4 && !client.greeted) {
        client.greeted = get<std::uint32_t>(payload) == kVersion;
        put<std::uint32_t>(out, kVersion);
        put<std::uint32_t>(out + 4, static_cast<std::uint32_t>(std::min(wire_.max_transfer(), kMaxPayload)));
        reply(client, kHello, out, sizeof out);
        return client.greeted;
    }
    if (!client.greeted) return false;
    if (kind == kTransfer) {
        if (size > wire_.max_transfer()) return false;
        transfer(client, payload, size);
        return true;
    }
    if (kind == kWaitUntil && size == 8) {
        wire_.wait_until(get<std::uint64_t>(payload));
    } else if (kind != kNow || size != 0) {
        return false;
    }
    put<std::uint64_t>(out, wire_.now());
    reply(client, kind, out, sizeof out);
    return true;
}

void UnixServer::transfer(Client& client, const std::uint8_t* tx, std::size_t size) {
    rx_.assign(kOutcomeSize + size, 0);
    const hal::bus::Result<void> done = wire_.transfer(tx, rx_.data() + kOutcomeSize, size);
    put<std::uint64_t>(rx_.data() + 2, wire_.now());
    if (done) return reply(client, kTransfer, rx_.data(), rx_.size());
    rx_[0] = done.error().code == hal::bus::Code::link_down ? kOutcomeLinkDown : kOutcomePeerGone;
    rx_[1] = static_cast<std::uint8_t>(done.error().effect);
    reply(client, kTransfer, rx_.data(), kOutcomeSize);
}

void UnixServer::reply(Client& client, std::uint8_t kind, const std::uint8_t* payload, std::size_t size) {
    if (client.deaf) return;
    std::uint8_t header[kHeader];
    header[0] = kind | kAnswer;
    put<std::uint32_t>(header + 1, static_cast<std::uint32_t>(size));
    client.out.insert(client.out.end(), header, header + kHeader);
    client.out.insert(client.out.end(), payload, payload + size);
    flush(client);
}

void UnixServer::flush(Client& client) {
    while (!client.out.empty()) {
        const ssize_t sent = ::send(client.fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN)) return;
        if (sent < 0) {
            client.deaf = true;
            client.out.clear();
            return;
        }
        client.out.erase(client.out.begin(), client.out.begin() + sent);
    }
}

// The host has died: what it had shifted out by then is what the chip sees.
void UnixServer::bury(Client& client) {
    client.over = true;
    if (!client.greeted || client.in.size() <= kHeader || client.in[0] != kTransfer) return;
    if (get<std::uint32_t>(client.in.data() + 1) > wire_.max_transfer()) return;
    client.deaf = true;
    transfer(client, client.in.data() + kHeader, client.in.size() - kHeader);
}

}  // namespace transports::unix_socket
