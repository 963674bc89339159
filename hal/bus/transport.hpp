// Transport: the HAL's whole world, registers and time. Recorders, chaos, SPI, PCIe, RTL and the model all
// implement this one interface; nothing in libhal reaches outside except through it.
#pragma once

#include <cstdint>

#include "hal/bus/error.hpp"
#include "hal/bus/span.hpp"

namespace hal::bus {

using Nanoseconds = std::uint64_t;  ///< Of a clock that never goes back; its zero means nothing.

enum class Op : std::uint8_t {
    read,         ///< `count` words from rising addresses; registers without read side effects only.
    write,        ///< `count` words to rising addresses.
    guard,        ///< Go on only if (register & from[0]) == from[1]; checked back to back with what follows.
    consume,      ///< One word from a register whose read has side effects.
    write_fixed,  ///< `count` words to one address (a FIFO or a data port).
};

/// One access, or one burst. Addresses are byte addresses, 4-aligned; words are 32 bit, host order.
struct Access {
    Op op = Op::read;
    std::uint32_t address = 0;
    std::uint32_t count = 1;              ///< Words; 1..kMaxBurst. A guard counts 1.
    std::uint32_t* into = nullptr;        ///< read, consume: where `count` words go.
    const std::uint32_t* from = nullptr;  ///< write: `count` words; guard: {mask, value}.
};

inline constexpr std::uint32_t kMaxBurst = 128;

class Transport {
public:
    /// Executes the batch in order and stops at the first access that fails.
    /// On success every access took effect and every `into` is filled. On failure `completed` accesses did; of the
    /// one behind them `effect` says what the hardware may have experienced; those behind that one did not happen
    /// unless effect is `unknown`, which then covers all of them. Contents of their `into` are unspecified.
    /// Errors: bus_error(none), guard_failed(none), fenced(none), link_down(unknown or none), protocol(unknown),
    /// peer_gone(unknown), unsupported(none), bad_address(none). Not thread-safe.
    virtual Result<void> execute(Span<const Access> batch) = 0;

    /// Time now.
    virtual Nanoseconds now() = 0;

    /// Returns at `deadline`, or earlier when the environment knows that hardware has moved (an interrupt only
    /// wakes: the caller must look, and must not rely on being woken).
    virtual void wait_until(Nanoseconds deadline) = 0;

    // On top of execute(), for callers that want one register. Same errors.
    Result<std::uint32_t> read(std::uint32_t address) {
        std::uint32_t value = 0;
        const Access access{Op::read, address, 1, &value, nullptr};
        const Result<void> done = execute({&access, 1});
        if (!done) return fail(done.error());
        return value;
    }
    Result<void> write(std::uint32_t address, std::uint32_t value) {
        const Access access{Op::write, address, 1, nullptr, &value};
        return execute({&access, 1});
    }

protected:
    ~Transport() = default;  // never owned through this interface
};

}  // namespace hal::bus
