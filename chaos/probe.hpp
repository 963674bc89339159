// A wire that knows every moment at which the process above it may die, and asks somebody whether it does.
#pragma once

#include <cstdint>
#include <vector>

#include "hal/bus/wire.hpp"

namespace chaos {

/// The moments of a run at which the process may die, in order: before and after everything that the chip sees, and
/// whenever hardware moves while it waits. Dying inside a frame equals one of the two moments around it: before its
/// last request byte nothing was executed, from then on all of it (docs/spi-link.md; tested on every byte).
enum class Moment : std::uint8_t { before, after, waiting };

/// What a process sends: a frame over a wire, or one access through a window.
struct Sent {
    const std::uint8_t* frame = nullptr;  ///< Null for an access.
    std::size_t bytes = 4;
    std::uint32_t offset = 0;  ///< Of an access, in the window.
    bool store = false;
};

/// What becomes of it on its way.
struct Fate {
    enum class Kind : std::uint8_t {
        arrives,
        request_lost,   ///< The chip sees nothing; the answer is `filler`.
        reply_lost,     ///< The chip does what it was told; the answer is `filler`.
        duplicated,     ///< The chip sees it twice.
        cut,            ///< It ends after `at` bytes.
        flipped_out,    ///< Bit `at` of the request is flipped.
        flipped_in,     ///< Bit `at` of what comes back is flipped.
        refused,        ///< The host's own bus driver says no; nothing was sent.
        timed_out,      ///< An access that is answered with an error; the chip has not seen it.
        held,           ///< A store that waits, with all behind it, for the next load, as posted writes may.
        held_and_lost,  ///< Likewise, but then the fabric loses them.
        swapped,        ///< A store that the next one overtakes.
    };
    Kind kind = Kind::arrives;
    std::size_t at = 0;
    std::uint8_t filler = 0;
};

class Boundary {
public:
    /// Moment number `index`, counted from 0. `bytes` is the size of the frame. False: the process dies here, nothing
    /// reaches the chip any more.
    virtual bool reached(std::uint32_t index, Moment moment, std::size_t bytes) = 0;
    /// What becomes of what is sent now.
    virtual Fate fate(const Sent& /*sent*/) { return {}; }
    /// What came back over the wire: all that the process has learnt.
    virtual void heard(const std::uint8_t* /*reply*/, std::size_t /*bytes*/) {}

protected:
    ~Boundary() = default;
};

/// Counts the moments of one run, and remembers whether the process still lives.
class Life {
public:
    explicit Life(Boundary* boundary) : boundary_(boundary) {}

    bool goes_on(Moment moment, std::size_t bytes) {
        if (alive_ && boundary_ != nullptr) alive_ = boundary_->reached(next_, moment, bytes);
        ++next_;
        return alive_;
    }
    bool alive() const { return alive_; }
    /// For the dead, waits end without time passing for the chip: or an unwinding caller would wait for ever.
    hal::bus::Nanoseconds now(hal::bus::Nanoseconds chip) const { return chip < after_ ? after_ : chip; }
    void waited(hal::bus::Nanoseconds deadline) {
        if (!alive_ && after_ < deadline) after_ = deadline;
    }
    Fate fate(const Sent& sent) { return boundary_ == nullptr ? Fate{} : boundary_->fate(sent); }
    void hears(const std::uint8_t* reply, std::size_t bytes) {
        if (boundary_ != nullptr) boundary_->heard(reply, bytes);
    }

    static hal::bus::Error error(hal::bus::Code code, hal::bus::Effect effect) {
        hal::bus::Error error;
        error.code = code;
        error.effect = effect;
        return error;
    }
    static hal::bus::Result<void> over() {
        return hal::bus::fail(error(hal::bus::Code::peer_gone, hal::bus::Effect::unknown));
    }

private:
    Boundary* boundary_;
    std::uint32_t next_ = 0;
    bool alive_ = true;
    hal::bus::Nanoseconds after_ = 0;  // how far a dead process has waited
};

/// Two moments per SPI frame, one per hardware event.
class ProbedWire final : public hal::bus::Wire {
public:
    ProbedWire(hal::bus::Wire& below, Boundary* boundary) : below_(below), life_(boundary) {}

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        if (!life_.goes_on(Moment::before, size)) return Life::over();
        const Fate fate = life_.fate({tx, size});
        const hal::bus::Result<void> done =
            fate.kind == Fate::Kind::arrives ? below_.transfer(tx, rx, size) : suffer(fate, tx, rx, size);
        life_.hears(rx, size);
        return life_.goes_on(Moment::after, size) ? done : Life::over();
    }
    std::size_t max_transfer() const override { return below_.max_transfer(); }
    hal::bus::Nanoseconds now() override { return life_.now(below_.now()); }
    bool alive() const { return life_.alive(); }
    // The wire below stops at every hardware event; the HAL isn't woken, but it may die there (docs/closure.md, T3+).
    void wait_until(hal::bus::Nanoseconds deadline) override {
        while (life_.alive() && below_.now() < deadline) {
            below_.wait_until(deadline);
            life_.goes_on(Moment::waiting, 0);
        }
        life_.waited(deadline);
    }

private:
    hal::bus::Result<void> suffer(const Fate& fate, const std::uint8_t* tx, std::uint8_t* rx, std::size_t size);

    hal::bus::Wire& below_;
    Life life_;
};

/// Two moments per load and store, one per hardware event.
class ProbedWindow final : public hal::bus::Window {
public:
    ProbedWindow(hal::bus::Window& below, Boundary* boundary) : below_(below), life_(boundary) {}

    hal::bus::Result<std::uint32_t> load(std::uint32_t offset) override {
        if (!life_.goes_on(Moment::before, 4)) return hal::bus::fail(Life::over().error());
        const Fate fate = life_.fate({nullptr, 4, offset, false});
        release();
        const hal::bus::Result<std::uint32_t> word =
            fate.kind == Fate::Kind::arrives ? below_.load(offset) : suffer(fate, offset);
        if (word) life_.hears(reinterpret_cast<const std::uint8_t*>(&*word), sizeof *word);
        if (!life_.goes_on(Moment::after, 4)) return hal::bus::fail(Life::over().error());
        if (!word) return word;
        return *word;  // much smaller than a whole result to copy
    }
    hal::bus::Result<void> store(std::uint32_t offset, std::uint32_t value) override {
        if (!life_.goes_on(Moment::before, 4)) return Life::over();
        const Fate fate = life_.fate({nullptr, 4, offset, true});
        const bool plain = fate.kind == Fate::Kind::arrives && held_.empty();
        const hal::bus::Result<void> done = plain ? below_.store(offset, value) : suffer(fate, offset, value);
        return life_.goes_on(Moment::after, 4) ? done : Life::over();
    }
    hal::bus::Nanoseconds now() override { return life_.now(below_.now()); }
    bool alive() const { return life_.alive(); }
    void wait_until(hal::bus::Nanoseconds deadline) override {
        while (life_.alive() && below_.now() < deadline) {
            below_.wait_until(deadline);
            life_.goes_on(Moment::waiting, 0);
        }
        life_.waited(deadline);
    }

private:
    struct Store {
        std::uint32_t offset, value;
    };
    hal::bus::Result<std::uint32_t> suffer(const Fate& fate, std::uint32_t offset);
    hal::bus::Result<void> suffer(const Fate& fate, std::uint32_t offset, std::uint32_t value);
    /// A load pushes the stores before it ahead of itself.
    void release();

    hal::bus::Window& below_;
    Life life_;
    std::vector<Store> held_;
    bool losing_ = false, swapping_ = false;  // what becomes of the stores held
};

}  // namespace chaos
