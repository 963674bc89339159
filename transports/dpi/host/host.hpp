// The microcontroller beside the simulated chip: a process of the HAL that asks for transfers and time, and a request
// in flight that outlives it. The transactor (transports/dpi/bench/heron_transactor.sv) carries the requests out.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "hal/bus/error.hpp"
#include "hal/bus/transport.hpp"
#include "transports/dpi/host/fiber.hpp"
#include "transports/spi/protocol.hpp"

namespace transports::dpi {

/// Numbers that the transactor knows, too.
enum class Operation : int { none, read, write, consume, scan, frame, wait, cold_reset, warm_reset, finish };
enum class Status : int { done, refused, unknown_bits, no_answer };
/// What may befall the pins during one clock; bits.
enum Pin : int { kHostGone = 1, kMosi = 2, kMiso = 4, kSclk = 8, kChipSelect = 16 };

struct Request {
    Operation operation = Operation::none;
    std::uint32_t address = 0;
    std::uint32_t data = 0;      ///< To write; of a wait: 1 ends it at the next event that wakes software.
    std::uint32_t length = 1;    ///< Bytes of a frame; microseconds of a wait.
    std::uint32_t pause_at = 0;  ///< Behind so many bytes of a frame the clock stands still
    std::uint32_t pause = 0;     ///< for so many clocks.
};

/// One per simulation; not thread-safe.
class Host {
public:
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    // --- whoever drives the simulation
    /// A fresh process. The one before must be finished or dead. Runs when the transactor asks next.
    void start(std::function<void()> process);
    /// SIGKILL: nothing is unwound. A transfer in flight completes on the wire; nobody hears the reply.
    void kill();
    /// The microcontroller is reset: as kill(), and chip select rises at the next clock.
    void reset();
    /// Nothing in flight, and the process finished or there is none.
    bool idle() const { return state_ == State::idle && (!fiber_ || fiber_->finished()); }
    bool alive() const { return fiber_ && !fiber_->finished(); }
    /// Asks the simulator to end itself once idle.
    void finish() { finishing_ = true; }
    /// Called once a clock while a request is in flight: answers bits of Pin. Empty: nothing befalls them.
    std::function<int(const Host&)> befall;

    /// Clocks per half bit of SCLK. The bridge promises 2 to a host that samples MISO at the end of the bit, as the
    /// transactor does; from 4 on MISO stands before SCLK rises, as waveform tools expect it.
    unsigned half_bit = 2;
    /// Its controller leaves the bridge the time to execute (pause_for in wires.hpp). Without, frames that take long
    /// are answered "busy" and sent again.
    bool pauses = true;

    const Request& request() const { return request_; }
    /// How many requests there were, of these frames, and clocks since the last one began.
    std::uint64_t requests() const { return requests_; }
    std::uint64_t frames() const { return frames_; }
    std::uint64_t clock_of_request() const { return clock_; }
    bool in_flight() const { return state_ == State::active || state_ == State::orphan; }
    std::uint64_t unknown_bits() const { return unknown_bits_; }
    const StackPool& stacks() const { return stacks_; }
    const std::uint8_t* sent() const { return tx_.data(); }

    // --- the process's side: returns once the transactor has carried it out
    Status carry_out(const Request& request);
    Status transfer(const std::uint8_t* tx, std::uint8_t* rx, const Request& frame);
    std::uint32_t answer() const { return answer_; }

    /// Chip time. What a wait lets pass, and what take() adds: accesses take none by themselves.
    hal::bus::Nanoseconds now() const { return now_; }
    /// Lets `us` pass at most, less if hardware moves before and `to_event`.
    void wait(std::uint32_t us, bool to_event);

    // --- the transactor's side: the DPI functions of host.cpp
    Operation next(Request& request);
    std::uint8_t tx(std::uint32_t index) const { return tx_[index % tx_.size()]; }
    void rx(std::uint32_t index, std::uint32_t data);
    void done(Status status);
    int tick();

    /// The one that the DPI functions speak to; a simulation makes its own current before it runs.
    static Host* current;

private:
    enum class State { idle, pending, active, orphan };

    StackPool stacks_;
    std::unique_ptr<Fiber> fiber_;
    State state_ = State::idle;
    bool gone_ = false, finishing_ = false;
    Request request_;
    Status status_ = Status::done;
    std::uint32_t answer_ = 0;
    std::uint64_t requests_ = 0, frames_ = 0, clock_ = 0, unknown_bits_ = 0;
    hal::bus::Nanoseconds now_ = 0;
    // Not on the process's stack: the wire goes on when the process is gone.
    std::array<std::uint8_t, spi::kMaxTransfer> tx_{}, rx_{};
};

}  // namespace transports::dpi
