// Serves one chip's Wire to any number of clients on a Unix socket: `halctl --link unix:PATH` from another process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hal/bus/wire.hpp"

namespace transports::unix_socket {

/// One thread, one poll loop; transfers of all clients are executed one after the other, in the order in which they
/// became complete. Clients may come, die at any byte, and come again: the chip lives on. Not thread-safe.
class UnixServer {
public:
    /// Creates the socket; takes over the path of a dead server. The error is one line: what, where, what to do.
    static tl::expected<std::unique_ptr<UnixServer>, std::string> listen(const std::string& path, hal::bus::Wire& wire);

    UnixServer(const UnixServer&) = delete;
    UnixServer& operator=(const UnixServer&) = delete;

    /// Hangs up on everybody and removes the socket.
    ~UnixServer();

    /// Serves until `stop` (may be empty; asked after every event and every 100 ms) says so, or until `stop_fd` (-1:
    /// none) is readable or hung up.
    tl::expected<void, std::string> serve(const std::function<bool()>& stop, int stop_fd = -1);

    /// Waits up to `timeout_ms` (-1: for ever) for something to do and does it. False when `stop_fd` is readable.
    tl::expected<bool, std::string> poll_once(int timeout_ms, int stop_fd = -1);

    std::size_t clients() const { return clients_.size(); }

private:
    struct Client {
        int fd = -1;
        bool greeted = false;
        bool deaf = false;  // gone as a reader: answers are dropped, what it has sent still counts
        bool over = false;
        std::vector<std::uint8_t> in;
        std::vector<std::uint8_t> out;
    };

    UnixServer(int fd, std::string path, hal::bus::Wire& wire) : fd_(fd), path_(std::move(path)), wire_(wire) {}

    void accept_all();
    void receive(Client& client);
    void process(Client& client);
    bool handle(Client& client, std::uint8_t kind, const std::uint8_t* payload, std::size_t size);
    void transfer(Client& client, const std::uint8_t* tx, std::size_t size);
    void reply(Client& client, std::uint8_t kind, const std::uint8_t* payload, std::size_t size);
    void flush(Client& client);
    void bury(Client& client);

    int fd_;
    bool full_ = false;  // out of file descriptors: accept nobody until somebody leaves
    std::string path_;
    hal::bus::Wire& wire_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::uint8_t> rx_;
};

}  // namespace transports::unix_socket
