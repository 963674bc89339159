// Typed registers and fields. The types themselves are generated from SystemRDL (build/.../hal/registers/NAME.hpp);
// this header gives them their operations. What the register forbids doesn't compile: writing a read-only field,
// modifying a register whose sibling fields have no safe no-op value, observing a register whose read has effects.
#pragma once

#include <cstdint>
#include <type_traits>

#include "hal/bus/transport.hpp"

namespace hal::bus {

/// What software's write does to a field (SystemRDL 2.0, table 10 `onwrite`), or `none` for read-only ones.
enum class OnWrite : std::uint8_t { none, plain, woclr, woset, wot, wzc, wzs, wzt, wclr, wset, pulse };

/// One field of register R. Generated as a type of its own, so that fields of other registers don't mix.
template <typename R, unsigned Lsb, unsigned Width, OnWrite W, bool Readable>
struct Field {
    using Register = R;
    static constexpr unsigned kLsb = Lsb;
    static constexpr unsigned kWidth = Width;
    static constexpr std::uint32_t kMax = Width == 32 ? 0xFFFFFFFFu : (1u << (Width % 32)) - 1u;
    static constexpr std::uint32_t kMask = kMax << Lsb;
    static constexpr OnWrite kOnWrite = W;
    static constexpr bool kReadable = Readable;
};

/// The content of register R: a word that knows its fields. One word in memory, all operations constexpr.
template <typename R>
class Value {
public:
    constexpr explicit Value(std::uint32_t word = R::kReset) : word_(word) {}
    constexpr std::uint32_t word() const { return word_; }

    /// The field's content, right-aligned.
    template <typename F>
    constexpr std::uint32_t get() const {
        static_assert(std::is_same_v<typename F::Register, R>, "this field belongs to another register");
        static_assert(F::kReadable, "software cannot read this field");
        return (word_ & F::kMask) >> F::kLsb;
    }

    /// The same word with `content` in field F; bits of `content` beyond the field's width are dropped.
    template <typename F>
    constexpr Value with(std::uint32_t content) const {
        static_assert(std::is_same_v<typename F::Register, R>, "this field belongs to another register");
        static_assert(F::kOnWrite != OnWrite::none, "software cannot write this field");
        return Value((word_ & ~F::kMask) | ((content << F::kLsb) & F::kMask));
    }

    friend constexpr bool operator==(Value a, Value b) { return a.word_ == b.word_; }
    friend constexpr bool operator!=(Value a, Value b) { return a.word_ != b.word_; }

private:
    std::uint32_t word_;
};

/// Where a read-modify-write of R starts from what was observed: plain fields and reserved bits keep their content,
/// every other field gets the value whose write does nothing (0 for write-one-to-clear, 1 for write-zero-to-clear).
template <typename R>
constexpr Value<R> modify(Value<R> observed) {
    static_assert(R::kModifiable, "a sibling field has no value that is safe to write back");
    return Value<R>((observed.word() & R::kPreserve) | R::kNoopOnes);
}

/// Byte address of element `i` of register (array) R in the block at `base`.
template <typename R>
constexpr std::uint32_t address(std::uint32_t base, std::uint32_t i = 0) {
    return base + R::kOffset + i * R::kStride;
}

/// Reads R, again after errors whose effect is none or unknown, at most `attempts` times in all.
/// Compiles only for registers whose read changes nothing. Errors: those of Transport::execute.
template <typename R>
Result<Value<R>> read(Transport& transport, std::uint32_t base, std::uint32_t i = 0, unsigned attempts = 1) {
    static_assert(R::kReadable, "software cannot read this register");
    static_assert(!R::kReadSideEffect, "this read changes the register: consume it, then observe again");
    for (unsigned attempt = 1;; ++attempt) {
        const Result<std::uint32_t> word = transport.read(address<R>(base, i));
        if (word) return Value<R>(*word);
        if (attempt >= attempts || word.error().code != Code::link_down) return fail(word.error());
    }
}

/// Writes R, again after link errors, at most `attempts` times in all. Compiles with attempts > 1 only through
/// write_again(), and that only for registers where writing twice is writing once.
template <typename R>
Result<void> write(Transport& transport, std::uint32_t base, Value<R> value, std::uint32_t i = 0) {
    static_assert(R::kWritable, "software cannot write this register");
    return transport.write(address<R>(base, i), value.word());
}

template <typename R>
Result<void> write_again(Transport& transport, std::uint32_t base, Value<R> value, std::uint32_t i, unsigned attempts) {
    static_assert(R::kWriteIdempotent, "writing this register twice is not writing it once: observe first");
    for (unsigned attempt = 1;; ++attempt) {
        const Result<void> done = write(transport, base, value, i);
        if (done || attempt >= attempts || done.error().code != Code::link_down) return done;
    }
}

}  // namespace hal::bus
