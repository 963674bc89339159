// The chip's end of the SPI link: decodes frames, keeps the fence, executes at most once. docs/spi-link.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hal/bus/wire.hpp"
#include "transports/spi/protocol.hpp"

namespace transports::model {

enum class BusStatus : std::uint8_t {
    ok,
    decode_error,  ///< No register at this address.
    gated,         ///< Its block has no clock or is in reset.
    protected_,    ///< The register refuses this kind of access.
};

/// The chip's register bus behind the bridge. Addresses are byte addresses, 4-aligned, below 16 MiB.
class RegisterPort {
public:
    /// Reads without side effects; a register whose read has side effects answers `protected_`.
    virtual BusStatus read(std::uint32_t address, std::uint32_t& value) = 0;

    /// Reads with side effects.
    virtual BusStatus consume(std::uint32_t address, std::uint32_t& value) = 0;

    virtual BusStatus write(std::uint32_t address, std::uint32_t value) = 0;

    /// The management port has a new owner: drains accepted and posted accesses, aborts half-done unlock and page
    /// state, and shows `epoch` in the management port, so that epoch() returns it.
    virtual void claimed(std::uint32_t epoch) = 0;

    /// The epoch register is the truth; 0 after a cold reset: never claimed.
    virtual std::uint32_t epoch() const = 0;

protected:
    ~RegisterPort() = default;
};

/// What the bridge remembers between frames. Part of the chip's state: a chip reset makes it BridgeSession{}.
/// Trivially copyable. Bytes of `reply` beyond `reply_size` mean nothing: copy and compare used_size() bytes.
struct BridgeSession {
    std::uint32_t owner_nonce = 0;    ///< Of the last granted CLAIM; 0: none.
    std::uint32_t request_crc = 0;    ///< Of the last executed request.
    std::uint16_t last_sequence = 0;  ///< Of the last executed request; 0: none since CLAIM.
    std::uint16_t reply_size = 0;     ///< Of the retained reply; 0: none.
    std::uint16_t busy_frames = 0;    ///< So many valid requests to come are answered "busy" (after executing).
    std::uint16_t unused = 0;
    std::uint8_t reply[spi::kMaxReply] = {};
};

/// Bytes of `session`, from its start, that mean anything.
std::size_t used_size(const BridgeSession& session);

struct ClaimAnswer {
    bool granted = false;
    std::uint32_t epoch = 0;  ///< Current epoch, after the claim.
};

/// The compare-and-swap behind CLAIM, for every path into the chip (section 7). A grant to a new nonce clears sequence
/// and retained reply and calls port.claimed(); a repetition by the owner changes nothing. `nonce` must not be 0.
ClaimAnswer claim(RegisterPort& port, BridgeSession& session, std::uint32_t expected, std::uint32_t nonce);

/// The decoder. Holds nothing of the chip: port and session must outlive it. Not thread-safe, not reentrant.
class Bridge {
public:
    Bridge(RegisterPort& port, BridgeSession& session) : port_(port), session_(session) {}

    /// One chip-select frame: `size` bytes of `mosi` arrive while `size` bytes of `miso` go out (not overlapping).
    /// A host that dies after k bytes is a transfer of size k. Nothing is executed unless the request, its CRC
    /// included, is within `size`; a frame that fails its CRC is answered by silence (zeros).
    void transfer(const std::uint8_t* mosi, std::uint8_t* miso, std::size_t size);

private:
    struct Request;
    struct Reply;

    Reply answer(const Request& request);
    Reply execute(const Request& request);
    Reply observe(const Request& request);
    Reply grant(const Request& request);
    Reply refuse(const Request& request, std::uint8_t status);
    Reply run(const Request& request, std::uint8_t* reply);
    std::uint8_t run_item(std::uint8_t kind, std::uint32_t item, const std::uint8_t* operands, std::uint8_t*& data,
                          std::uint16_t& done);

    RegisterPort& port_;
    BridgeSession& session_;
    std::uint8_t scratch_[spi::kMaxReply];  // replies that are not retained
};

/// The time that a wire in this process keeps: the model's virtual clock.
class Clock {
public:
    virtual hal::bus::Nanoseconds now() = 0;
    virtual void wait_until(hal::bus::Nanoseconds deadline) = 0;

protected:
    ~Clock() = default;
};

/// A Wire straight onto a Bridge in the same process. Never fails.
class BridgeWire final : public hal::bus::Wire {
public:
    BridgeWire(Bridge& bridge, Clock& clock) : bridge_(bridge), clock_(clock) {}

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override;
    std::size_t max_transfer() const override { return spi::kMaxTransfer; }
    hal::bus::Nanoseconds now() override { return clock_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { clock_.wait_until(deadline); }

private:
    Bridge& bridge_;
    Clock& clock_;
};

}  // namespace transports::model
