// Test support: the RTL bridge on a bench, its register bus answered by C++, and frames built byte by byte.
#pragma once

#include <Vspi_bridge.h>

#include <cstdint>
#include <vector>

#include "transports/model/bridge.hpp"
#include "transports/model/crc.hpp"
#include "transports/model/fake_port.hpp"

namespace transports::dpi {

using model::BusStatus;
using model::FakePort;
using Bytes = std::vector<std::uint8_t>;

inline constexpr unsigned kHalf = 2;  // clocks per half bit: the fastest that the bridge promises

/// Clocks in which the bridge surely executes what a frame of `size` bytes, its reply included, may ask for.
inline unsigned enough(std::size_t size) { return 256 + 3 * static_cast<unsigned>(size); }

/// The bridge, its pins and its register bus.
class Rtl {
public:
    Rtl() {
        top_.cs_n = 1;
        top_.rst_n = 0;
        clock(4);
        top_.rst_n = 1;
        clock(4);
    }

    void clock(unsigned count = 1) {
        for (unsigned i = 0; i < count; ++i) {
            answer_bus();
            top_.clk = 1;
            top_.eval();
            top_.clk = 0;
            top_.eval();
            if (top_.claimed) registers->claimed(top_.epoch);
            ++clocks;
        }
    }

    /// One frame of `bits` bits (the last byte may be cut), with a pause of the host's clock behind byte `pause_at`.
    Bytes transfer(const Bytes& mosi, std::size_t pause_at, std::size_t bits) {
        Bytes miso(mosi.size(), 0);
        top_.cs_n = 0;
        clock(kHalf);
        for (std::size_t bit = 0; bit < bits; ++bit) {
            top_.mosi = mosi[bit / 8] >> (7 - bit % 8) & 1;
            clock(kHalf);
            top_.sclk = 1;
            clock(kHalf);
            miso[bit / 8] = static_cast<std::uint8_t>(miso[bit / 8] << 1 | top_.miso);
            top_.sclk = 0;
            if (bit + 1 == pause_at * 8) clock(enough(mosi.size()));
        }
        clock(kHalf);
        top_.cs_n = 1;
        clock(6);
        return miso;
    }

    /// Chip select rises after `count` clocks of the frame, wherever that is.
    void cut(const Bytes& mosi, unsigned count) {
        top_.cs_n = 0;
        for (unsigned i = 0; i < count; ++i) {
            const std::size_t bit = i / (2 * kHalf);
            top_.mosi = mosi[bit / 8] >> (7 - bit % 8) & 1;
            top_.sclk = i % (2 * kHalf) >= kHalf;
            clock();
        }
        top_.cs_n = 1;
        clock(6);
        top_.sclk = 0;
        clock(enough(mosi.size()));
    }

    bool claim(std::uint32_t expected, std::uint32_t nonce) {
        top_.claim_request = 1;
        top_.claim_expected = expected;
        top_.claim_nonce = nonce;
        for (int i = 0; i < 8 && !top_.claim_done; ++i) clock();
        const bool done = top_.claim_done != 0;
        top_.claim_request = 0;
        clock(2);
        return done;
    }

    std::uint32_t epoch() const { return top_.epoch; }
    std::uint32_t owner() const { return top_.owner_nonce; }

    FakePort port;
    model::RegisterPort* registers = &port;  ///< What answers on the register bus.
    std::uint64_t clocks = 0;
    unsigned wait_states = 0;  // 0..n by address

private:
    // A completer with wait states. What it answers stands before the clock's edge; effects come once, at the end.
    void answer_bus() {
        top_.pready = 0;
        if (!top_.psel || !top_.penable) {
            waited_ = 0;
            return;
        }
        const unsigned wait = wait_states == 0 ? 0 : (top_.paddr / 4) % (wait_states + 1);
        if (waited_++ < wait) return;
        std::uint32_t value = 0;
        const BusStatus status = top_.pwrite     ? registers->write(top_.paddr, top_.pwdata)
                                 : top_.pconsume ? registers->consume(top_.paddr, value)
                                                 : registers->read(top_.paddr, value);
        top_.prdata = value;
        top_.pready = 1;
        top_.pslverr = status != BusStatus::ok;
        top_.pprotected = status == BusStatus::protected_;
    }

    Vspi_bridge top_;
    unsigned waited_ = 0;
};

inline void add(Bytes& bytes, std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

inline std::uint32_t item(std::uint32_t op, std::uint32_t words, std::uint32_t address) {
    return op << 29 | ((words - 1) & 127) << 22 | (address / 4 & 0x3FFFFF);
}

struct Ask {
    unsigned kind = 1;
    std::uint32_t epoch = 1, nonce = 77;
    unsigned sequence = 1, items = 1;
    std::vector<std::uint32_t> payload;
    int size_error = 0;
};

inline Bytes request(const Ask& ask) {
    Bytes bytes;
    add(bytes, 0xC1, 1);
    add(bytes, ask.kind, 1);
    add(bytes, ask.payload.size() * 4 + static_cast<std::size_t>(ask.size_error), 2);
    add(bytes, ask.epoch, 4);
    add(bytes, ask.nonce, 4);
    add(bytes, ask.sequence, 2);
    add(bytes, ask.items, 2);
    for (const std::uint32_t word : ask.payload) add(bytes, word, 4);
    for (int i = 0; i < ask.size_error; ++i) bytes.push_back(0);
    add(bytes, model::crc32(bytes.data(), bytes.size()), 4);
    return bytes;
}

}  // namespace transports::dpi
