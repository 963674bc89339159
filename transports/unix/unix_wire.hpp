// A Wire to a chip that another process serves on a Unix socket (transports/unix/unix_server.hpp).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "hal/bus/wire.hpp"
#include "transports/links/connect_error.hpp"

namespace transports::unix_socket {

/// How long a served chip may take to answer before it counts as gone. Waiting for a deadline is not limited.
inline constexpr int kAnswerTimeoutMs = 30'000;

using links::ConnectError;

/// Owns the connection. Not thread-safe. Allocates nothing after connect(). Raises no SIGPIPE.
class UnixWire final : public hal::bus::Wire {
public:
    /// Connects and says hello.
    static tl::expected<std::unique_ptr<UnixWire>, ConnectError> connect(const std::string& path);

    UnixWire(const UnixWire&) = delete;
    UnixWire& operator=(const UnixWire&) = delete;
    ~UnixWire();

    /// Errors: link_down as the served wire reports it; link_down(none) beyond max_transfer(); peer_gone: none when no
    /// byte was sent, else unknown. A peer that is gone stays gone.
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override;
    std::size_t max_transfer() const override { return max_transfer_; }

    /// The chip's time as of its last answer: it moves only while somebody sends or waits.
    hal::bus::Nanoseconds now() override;

    /// Returns at once when the peer is gone.
    void wait_until(hal::bus::Nanoseconds deadline) override;

    /// Why the peer counts as gone, one line; empty as long as it doesn't.
    const std::string& explain() const { return trouble_; }

private:
    UnixWire(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

    bool hello();
    bool ask(std::uint8_t kind, const std::uint8_t* payload, std::size_t size);
    bool answer(std::uint8_t kind, std::uint8_t* payload, std::size_t size, int timeout_ms);
    bool send_all(const std::uint8_t* head, std::size_t head_size, const std::uint8_t* body, std::size_t body_size);
    bool receive_some(std::uint8_t* head, std::size_t head_size, std::uint8_t* body, std::size_t body_size,
                      std::size_t& received);
    bool receive_rest(std::uint8_t* data, std::size_t size, std::size_t& received);
    bool receive_all(std::uint8_t* data, std::size_t size, int timeout_ms);
    bool goes_on(ssize_t received, int timeout_ms);
    bool give_up(const char* what);

    int fd_;
    bool sent_any_ = false;  // of the current message
    std::string path_;
    std::string trouble_;
    std::size_t max_transfer_ = 0;
    hal::bus::Nanoseconds time_ = 0;
    bool time_known_ = false;
};

}  // namespace transports::unix_socket
