// The host's end of the SPI link: batches of register accesses become frames over a Wire. docs/spi-link.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hal/bus/transport.hpp"
#include "hal/bus/wire.hpp"
#include "transports/spi/protocol.hpp"

namespace transports::spi {

/// What a link has cost. Every byte of a transfer is clocked in both directions at once.
struct Statistics {
    std::uint64_t frames = 0;         ///< Transfers, repetitions included.
    std::uint64_t wire_bytes = 0;     ///< Clocked, in each direction.
    std::uint64_t request_bytes = 0;  ///< Of these, carrying requests (host to chip).
    std::uint64_t reply_bytes = 0;    ///< Of these, reserved for replies (chip to host).
    std::uint64_t retries = 0;        ///< Frames repeated because no valid reply came.
    std::uint64_t busy = 0;           ///< Frames repeated because the bridge was busy.
};

/// How often a frame without a valid reply is sent in all. At a bit error rate of 1e-6 a full frame is lost with
/// p = 0.03; eight losses in a row then happen once in 1e12 frames, which is never in a machine's life.
inline constexpr unsigned kAttempts = 8;

/// The first repetition is immediate (a bit error), the k-th waits kBackoff << (k - 2): 0.6 ms in all, longer than an
/// ESD burst on the link.
inline constexpr hal::bus::Nanoseconds kBackoff = 10'000;

/// A busy bridge is asked again after kBusyWait, this many times: 6.4 ms, ten times the slowest register access.
inline constexpr unsigned kBusyAttempts = 64;
inline constexpr hal::bus::Nanoseconds kBusyWait = 100'000;

/// A Transport over a Wire. Allocates nothing; about 8 KiB, most of it left uninitialised, so it is cheap to make.
/// The wire must outlive it. Not thread-safe.
///
/// May be repeated: every frame. The bridge executes a sequence number at most once per epoch and answers a repetition
/// from its retained reply, so repeating cannot execute twice (section 8); OBSERVE has no effect at all; CLAIM is
/// idempotent for its nonce (section 7). A new sequence number is only used for a new frame.
class Link final : public hal::bus::Transport {
public:
    enum class Mode : std::uint8_t {
        managed,   ///< Must claim() before it executes; owns the management port until fenced.
        observer,  ///< Side-effect-free reads only, no claim; never disturbs the managing instance.
    };

    Link(hal::bus::Wire& wire, Mode mode);

    /// Claims the management port under `nonce` (not 0; unique among claimants, the caller sees to it) and answers
    /// the new epoch. One query and one compare-and-swap: a claimant that loses to another nonce has lost for good,
    /// and so has one that was fenced; this object never claims again. The owner's own nonce claims again with the
    /// same answer and carries on in sequence. Section 7.
    /// Errors: claim_lost(none; value = the current epoch), link_down(unknown: the claim may stand; claiming again
    /// with this nonce tells), peer_gone, protocol, invalid_argument(none; nonce 0), unsupported(none; an observer).
    hal::bus::Result<std::uint32_t> claim(std::uint32_t nonce);

    /// Transport::execute. Packs as many accesses into a frame as fit and splits bursts between frames. A guard and
    /// everything behind it, up to the end of the batch, share one frame. The whole batch is checked before anything
    /// is sent: bad_address, invalid_argument (no claim, no pointer, a count not in 1..kMaxBurst), unsupported (guards
    /// that don't fit; anything but `read` by an observer), all with effect none.
    /// Refinements of the effects: `none` turns into `unknown` when part of the failing burst took effect, and, for
    /// fenced and protocol, when an earlier attempt of the same frame may have been executed. A frame of reads and
    /// guards fails with effect none. `address` is that of the failing word, `value` holds the status byte of the
    /// reply or, for link_down, the last four bytes where a reply should have begun (all-ones, all-zeros),
    /// `elapsed_ns` counts from the end of the first failed attempt. After `fenced` nothing is sent any more.
    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;

    hal::bus::Nanoseconds now() override { return wire_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { wire_.wait_until(deadline); }

    /// 0 before a successful claim().
    std::uint32_t epoch() const { return epoch_; }
    const Statistics& statistics() const { return statistics_; }

private:
    struct Cursor {
        std::uint32_t access = 0;  ///< Index in the batch.
        std::uint32_t word = 0;    ///< Words of that access that are behind us.
    };
    struct Tail;
    struct Frame;
    struct Reply;
    enum class Heard : std::uint8_t;

    hal::bus::Result<void> check(hal::bus::Span<const hal::bus::Access> batch, Tail& tail) const;
    Frame fill(hal::bus::Span<const hal::bus::Access> batch, const Tail& tail, Cursor& at);
    void seal(Frame& frame, std::uint8_t kind, std::uint32_t epoch, std::uint32_t nonce, std::uint16_t items);
    hal::bus::Result<Reply> exchange(const Frame& frame);
    hal::bus::Result<void> transfer(const Frame& frame);
    Heard listen(const Frame& frame, Reply& reply) const;
    hal::bus::Result<void> settle(hal::bus::Span<const hal::bus::Access> batch, const Frame& frame, const Reply& reply,
                                  Cursor& at);

    hal::bus::Wire& wire_;
    Mode mode_;
    bool over_ = false;  // fenced, or a claim lost: for good
    std::uint16_t sequence_ = 0;
    std::uint32_t epoch_ = 0;
    std::uint32_t nonce_ = 0;
    std::size_t room_;  // bytes of items and data in a frame
    Statistics statistics_;
    std::uint8_t tx_[kMaxTransfer];
    std::uint8_t rx_[kMaxTransfer];
};

}  // namespace transports::spi
