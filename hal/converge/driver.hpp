// A block driver: what it observes comes from the RDL, what it decides is one pure function. Drivers never write;
// they return a Plan, and the engine carries it out.
#pragma once

#include <cstdint>

#include "hal/bus/registers.hpp"
#include "hal/bus/run.hpp"

namespace hal::converge {

/// A named quantity of a block's intended configuration, in its own units.
struct IntentField {
    const char* name;
    const char* unit;  ///< "kHz", "mV", "1" for plain numbers, "bool" for 0 or 1.
    std::uint32_t min, max, initial;
    const char* what;
};

/// Words that go into the chip as they are: a firmware image. The hardware's own digest says whether they arrived.
struct Image {
    const std::uint32_t* words = nullptr;
    std::uint32_t count = 0;
    std::uint32_t digest = 0;
    std::uint32_t version = 0;
};

/// Everything a decision may depend on: this block's registers, its intent, its place, and how long this HAL has
/// been waiting for it. Nothing else: that is what makes recovery from any chip state a matter of that state alone.
struct Situation {
    const std::uint32_t* observed;  ///< Words of the block, by word number.
    const std::uint32_t* intent;    ///< One word per IntentField.
    std::uint16_t index, count;     ///< Which instance of how many.
    std::uint32_t waited_us;        ///< Since this HAL last acted on the block or first saw it; 0 on arrival.
    bool idle;                      ///< No customer traffic: what disturbs may be done.
    Image image;                    ///< Firmware for this block type, if the intent has one.

    template <typename R>
    bus::Value<R> get(std::uint32_t i = 0) const {
        static_assert(R::kObserved, "this register is not part of the observation");
        return bus::Value<R>(observed[R::kIndex + i * R::kIndexStride]);
    }
};

enum class Verdict : std::uint8_t {
    converged,    ///< The block does what the intent says.
    off,          ///< It is switched off, as the intent says; the blocks below it are off, too, and not touched.
    act,          ///< Carry out the items, then look again, after `wait_us` if hardware needs time for them.
    wait,         ///< Hardware is moving: look again after `wait_us`.
    needs_drain,  ///< The next step would disturb running traffic.
    needs_reset,  ///< A write-once value differs from the intent: only a reset helps.
    broken,       ///< It can't be brought up; the items isolate it.
};

struct Item {
    bus::Op op;                  ///< write, write_fixed, consume or read.
    std::uint16_t index;         ///< Word number of the (first) register.
    std::uint32_t offset;        ///< Byte offset in the block.
    std::uint32_t count;         ///< Words.
    std::uint32_t value;         ///< What a single write writes.
    std::uint32_t stored;        ///< Bits that read back as written.
    std::uint32_t sets, clears;  ///< Bits that a written 1 sets or clears. Hardware decides about the others.
    const std::uint32_t* burst;  ///< Words of a burst; null for a single write.

    /// What the register reads after this write if it read `before` and hardware does nothing of its own.
    std::uint32_t after(std::uint32_t before) const {
        return (((before & ~stored) | (value & stored)) | (value & sets)) & ~(value & clears);
    }
};

inline constexpr std::uint32_t kMaxItems = 192;

/// What decide() returns. Every prefix of an act's items must leave a state that decide() recognises, because the
/// process may die behind any of them.
class Plan {
public:
    void clear() {
        size_ = 0;
        overflowed_ = false;
        set(Verdict::broken, "the driver decided nothing", 0);
    }

    // --- items, carried out in order
    template <typename R>
    void write(bus::Value<R> value, std::uint32_t i = 0) {
        static_assert(R::kWritable, "software cannot write this register");
        add({bus::Op::write, static_cast<std::uint16_t>(R::kIndex + i * R::kIndexStride), bus::address<R>(0, i), 1,
             value.word(), R::kPlain, R::kSets, R::kClears, nullptr});
    }
    /// Adds the write only if the register differs from `value` in bits that read back as written.
    template <typename R>
    void want(const Situation& s, bus::Value<R> value, std::uint32_t i = 0) {
        if (((s.get<R>(i).word() ^ value.word()) & R::kPlain) != 0) write(value, i);
    }
    /// `count` words to element `i` and those behind it (contiguous); `words` must outlive the converge call.
    template <typename R>
    void burst(const std::uint32_t* words, std::uint32_t count, std::uint32_t i = 0) {
        static_assert(R::kWritable && (R::kCount == 1 || R::kStride == 4), "not a register to burst into");
        add({R::kCount == 1 ? bus::Op::write_fixed : bus::Op::write,
             static_cast<std::uint16_t>(R::kIndex + i * R::kIndexStride), bus::address<R>(0, i), count, 0, 0, 0, 0,
             words});
    }
    /// Reads a register for its side effect; what it returns reaches only the next observation.
    template <typename R>
    void consume(std::uint32_t i = 0) {
        static_assert(R::kReadable && R::kReadSideEffect, "observe registers whose read changes nothing");
        add({bus::Op::consume, static_cast<std::uint16_t>(R::kIndex + i * R::kIndexStride), bus::address<R>(0, i), 1, 0,
             0, 0, 0, nullptr});
    }

    /// Reads `count` registers that were written, from number i: the next decision sees what the register holds, not
    /// what it should hold. For an act that must not be followed by the next one if it was lost: a record is kept
    /// before it is cleared.
    template <typename R>
    void read_back(std::uint32_t i = 0, std::uint32_t count = 1) {
        static_assert(R::kObserved, "this register is not part of the observation");
        static_assert(R::kCount == 1 || (R::kStride == 4 && R::kIndexStride == 1), "not side by side");
        add({bus::Op::read, static_cast<std::uint16_t>(R::kIndex + i * R::kIndexStride), bus::address<R>(0, i), count,
             0, 0, 0, 0, nullptr});
    }

    // --- the verdict; `why` is a static text for people
    void converged() { set(Verdict::converged, "", 0); }
    void off() { set(Verdict::off, "off, as intended", 0); }
    /// `us`: how long hardware takes with it; nobody looks before.
    void act(const char* why, std::uint32_t us = 0) { set(Verdict::act, why, us); }
    /// The act changes what running traffic relies on; allowed only while `Situation::idle`.
    void act_disruptively(const char* why, std::uint32_t us = 0) {
        set(Verdict::act, why, us);
        disruptive_ = true;
    }
    void wait(std::uint32_t us, const char* why) { set(Verdict::wait, why, us); }
    void needs_drain(const char* why) { set(Verdict::needs_drain, why, 0); }
    void needs_reset(const char* why) { set(Verdict::needs_reset, why, 0); }
    /// The items isolate the block; like a disruptive act they wait for a drain.
    void broken(const char* why) {
        set(Verdict::broken, why, 0);
        disruptive_ = size_ != 0;
    }

    /// The usual end of a decision that collected its writes with want(): nothing to write is false.
    bool act_if_any(const char* why) {
        if (size_ != 0) act(why);
        return size_ != 0;
    }

    Verdict verdict() const { return verdict_; }
    const char* why() const { return why_; }
    std::uint32_t wait_us() const { return wait_us_; }
    bool disruptive() const { return disruptive_; }
    bool overflowed() const { return overflowed_; }
    bus::Span<const Item> items() const { return {items_, size_}; }

private:
    void add(const Item& item) {
        if (size_ == kMaxItems) {
            overflowed_ = true;
        } else {
            items_[size_++] = item;
        }
    }
    void set(Verdict verdict, const char* why, std::uint32_t us) {
        verdict_ = verdict;
        why_ = why;
        wait_us_ = us;
        disruptive_ = false;
    }

    std::uint32_t size_ = 0;
    Verdict verdict_ = Verdict::broken;
    bool disruptive_ = false;
    bool overflowed_ = false;
    std::uint32_t wait_us_ = 0;
    const char* why_ = "the driver decided nothing";
    Item items_[kMaxItems];  // only the first size_ are ever read
};

struct Driver {
    void (*decide)(const Situation&, Plan&);  ///< Pure and total: any observation, any time waited.
    bus::Span<const IntentField> intent;
};

/// The verdict's name as written in the enumeration. Never null.
const char* name(Verdict verdict);

}  // namespace hal::converge
