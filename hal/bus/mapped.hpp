// Registers in this program's own address space: a mapped BAR, a microcontroller's bus. Typed access is one load or
// store there, and nothing else. There is no error to report and no order with other mappings; links that can fail
// are Transports.
#pragma once

#include "hal/bus/registers.hpp"

namespace hal::bus {

/// The registers of one block, the first one at `base`.
class Mapped {
public:
    explicit Mapped(volatile std::uint32_t* base) : base_(base) {}

    template <typename R>
    Value<R> read(std::uint32_t i = 0) const {
        static_assert(R::kReadable, "software cannot read this register");
        static_assert(!R::kReadSideEffect, "this read changes the register: consume it, then observe again");
        return Value<R>(at<R>(i));
    }
    /// Reads a register for its side effect, too.
    template <typename R>
    std::uint32_t consume(std::uint32_t i = 0) const {
        static_assert(R::kReadable && R::kReadSideEffect, "observe registers whose read changes nothing");
        return at<R>(i);
    }
    template <typename R>
    void write(Value<R> value, std::uint32_t i = 0) const {
        static_assert(R::kWritable, "software cannot write this register");
        at<R>(i) = value.word();
    }

private:
    template <typename R>
    volatile std::uint32_t& at(std::uint32_t i) const {
        return base_[R::kOffset / 4 + i * (R::kStride / 4)];
    }

    volatile std::uint32_t* base_;
};

}  // namespace hal::bus
