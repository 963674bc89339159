// Test support: a wire onto a bridge that does one thing wrong at chosen transfers and keeps a record of them all.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <vector>

#include "hal/bus/wire.hpp"
#include "transports/model/fake_port.hpp"

namespace transports::spi {

struct Fault {
    enum class Kind {
        none,
        request_lost,
        reply_lost,
        flip_out,
        flip_in,
        duplicate,
        ones,
        zeros,
        cut,
        gone,
        not_started
    };
    Kind kind = Kind::none;
    std::size_t at = 0;  // bit for flips, bytes for cut (the host is dead from there on: peer_gone)
};

class TamperWire final : public hal::bus::Wire {
public:
    struct Transfer {
        std::vector<std::uint8_t> out;  // as the host sent it
        std::vector<std::uint8_t> in;   // as the chip answered
        std::size_t effects_after;      // of the port
        std::size_t request_size() const { return 20U + out[2] + 256U * out[3]; }
        std::size_t reply_at() const { return request_size() + 4; }
        std::size_t reply_size() const { return 12U + in[reply_at() + 6] + 256U * in[reply_at() + 7]; }
    };

    TamperWire(model::FakePort& port, model::BridgeSession& session, model::FakeClock& clock)
        : port_(port), bridge_(port, session), clock_(clock) {}

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        const std::size_t index = transfers.size();
        if (before) before(index);
        const auto planned = faults.find(index);
        const Fault fault = planned != faults.end() ? planned->second : always;
        Transfer record{{tx, tx + size}, std::vector<std::uint8_t>(size), 0};
        std::vector<std::uint8_t> out = record.out;
        if (fault.kind == Fault::Kind::flip_out) flip(out, fault.at);
        const std::size_t seen = fault.kind == Fault::Kind::cut ? fault.at : size;
        if (reaches(fault.kind)) bridge_.transfer(out.data(), record.in.data(), seen);
        if (fault.kind == Fault::Kind::duplicate) bridge_.transfer(out.data(), record.in.data(), size);
        if (fault.kind == Fault::Kind::flip_in) flip(record.in, fault.at);
        if (fault.kind == Fault::Kind::reply_lost) std::fill(record.in.begin(), record.in.end(), std::uint8_t{0});
        if (fault.kind == Fault::Kind::ones) std::fill(record.in.begin(), record.in.end(), std::uint8_t{0xFF});
        std::memcpy(rx, record.in.data(), size);
        record.effects_after = port_.effects.size();
        transfers.push_back(record);
        if (after) after(index);
        hal::bus::Error error;
        error.code = hal::bus::Code::peer_gone;
        error.effect = hal::bus::Effect::unknown;
        if (fault.kind == Fault::Kind::cut || fault.kind == Fault::Kind::gone) return hal::bus::fail(error);
        error.code = hal::bus::Code::link_down;
        error.effect = hal::bus::Effect::none;
        if (fault.kind == Fault::Kind::not_started) return hal::bus::fail(error);
        return {};
    }

    std::size_t max_transfer() const override { return limit; }
    hal::bus::Nanoseconds now() override { return clock_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { clock_.wait_until(deadline); }

    std::map<std::size_t, Fault> faults;  // by index of the transfer
    Fault always;                         // at all others
    std::vector<Transfer> transfers;
    std::function<void(std::size_t)> before;
    std::function<void(std::size_t)> after;
    std::size_t limit = kMaxTransfer;

private:
    static bool reaches(Fault::Kind kind) {
        return kind != Fault::Kind::request_lost && kind != Fault::Kind::ones && kind != Fault::Kind::zeros &&
               kind != Fault::Kind::gone && kind != Fault::Kind::not_started;
    }
    static void flip(std::vector<std::uint8_t>& bytes, std::size_t bit) {
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << bit % 8));
    }

    model::FakePort& port_;
    model::Bridge bridge_;
    model::FakeClock& clock_;
};

/// A chip with a wire to it.
struct Bench {
    model::FakePort port;
    model::BridgeSession session;
    model::FakeClock clock;
    TamperWire wire{port, session, clock};
};

}  // namespace transports::spi
