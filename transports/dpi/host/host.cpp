#include "transports/dpi/host/host.hpp"

#include <cstdlib>
#include <cstring>

namespace transports::dpi {

Host* Host::current = nullptr;

void Host::start(std::function<void()> process) {
    if (alive()) std::abort();
    fiber_ = std::make_unique<Fiber>(stacks_, std::move(process));
}

void Host::kill() {
    if (fiber_ && fiber_->running()) std::abort();  // a process can't do that to itself and go on
    fiber_.reset();
    if (state_ == State::pending) state_ = State::idle;
    if (state_ == State::active) state_ = State::orphan;
}

void Host::reset() {
    kill();
    gone_ = state_ == State::orphan && request_.operation == Operation::frame;
}

Status Host::carry_out(const Request& request) {
    request_ = request;
    state_ = State::pending;
    fiber_->suspend();
    return status_;
}

Status Host::transfer(const std::uint8_t* tx, std::uint8_t* rx, const Request& frame) {
    std::memcpy(tx_.data(), tx, frame.length);
    const Status status = carry_out(frame);
    std::memcpy(rx, rx_.data(), frame.length);
    return status;
}

void Host::wait(std::uint32_t us, bool to_event) {
    carry_out({Operation::wait, 0, to_event ? 1U : 0U, us, 0, 0});
    now_ += std::uint64_t{answer_} * 1000;
}

Operation Host::next(Request& request) {
    if (state_ == State::idle && alive()) fiber_->resume();
    if (state_ == State::pending) {
        state_ = State::active;
        clock_ = 0;
        ++requests_;
        if (request_.operation == Operation::frame) ++frames_;
        request = request_;
        return request_.operation;
    }
    return finishing_ ? Operation::finish : Operation::none;
}

void Host::rx(std::uint32_t index, std::uint32_t data) {
    if (request_.operation == Operation::frame) {
        rx_[index % rx_.size()] = static_cast<std::uint8_t>(data);
    } else {
        answer_ = data;
    }
}

void Host::done(Status status) {
    // The chip's time goes on without the process.
    if (state_ == State::orphan && request_.operation == Operation::wait) now_ += std::uint64_t{answer_} * 1000;
    if (status == Status::unknown_bits) ++unknown_bits_;
    status_ = status;
    state_ = State::idle;
}

int Host::tick() {
    ++clock_;
    int pins = befall ? befall(*this) : 0;
    if (gone_) {
        gone_ = false;
        state_ = State::idle;
        pins |= kHostGone;
    }
    return pins;
}

}  // namespace transports::dpi

// What the transactor imports (transports/dpi/bench/heron_transactor.sv).
extern "C" {

using transports::dpi::Host;

int reconverge_request(unsigned* address, unsigned* data, unsigned* length, unsigned* pause_at, unsigned* pause,
                       unsigned* half);
unsigned reconverge_tx(unsigned index);
void reconverge_rx(unsigned index, unsigned data);
void reconverge_done(int status);
int reconverge_tick();

int reconverge_request(unsigned* address, unsigned* data, unsigned* length, unsigned* pause_at, unsigned* pause,
                       unsigned* half) {
    if (Host::current == nullptr) return 0;  // a bench that has not spoken to the HAL yet
    transports::dpi::Request request;
    const auto operation = Host::current->next(request);
    *address = request.address;
    *data = request.data;
    *length = request.length;
    *pause_at = request.pause_at;
    *pause = request.pause;
    *half = Host::current->half_bit;
    return static_cast<int>(operation);
}

unsigned reconverge_tx(unsigned index) { return Host::current->tx(index); }
void reconverge_rx(unsigned index, unsigned data) { Host::current->rx(index, data); }
void reconverge_done(int status) { Host::current->done(static_cast<transports::dpi::Status>(status)); }
int reconverge_tick() { return Host::current == nullptr ? 0 : Host::current->tick(); }

}  // extern "C"
