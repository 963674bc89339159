// The chip as software sees it, and a little more: a behavioural model in one flat arena of 32-bit cells.
// Copying the arena copies the chip; an undo log takes it back; a 128-bit hash follows every cell that changes.
#pragma once

#include <cstdint>
#include <vector>

#include "hal/bus/registers.hpp"
#include "hal/bus/transport.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/layout.hpp"
#include "transports/model/traffic.hpp"

namespace transports::model {

struct Hash {
    std::uint64_t low = 0, high = 0;
    friend bool operator==(Hash a, Hash b) { return a.low == b.low && a.high == b.high; }
    friend bool operator!=(Hash a, Hash b) { return !(a == b); }
    friend bool operator<(Hash a, Hash b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }
};

/// The hash of a chip whose cell goes from one content to another; both are masked as Layout::hash_mask says.
Hash moved(Hash hash, std::uint32_t cell, std::uint32_t from, std::uint32_t to);

/// What a twin without a HAL would also see, and what it wouldn't. Latched; no part of the state.
struct Monitor {
    std::uint64_t steps = 0;         ///< Phases of the workload completed.
    std::uint32_t disturbances = 0;  ///< Of running traffic.
    std::uint32_t violations = 0;    ///< Accesses that the chip's manual forbids.
    std::uint32_t gated = 0;         ///< Those among them that met a block without clock or in reset.
    std::uint64_t accesses = 0;      ///< Words read or written.
    std::uint64_t writes = 0;        ///< Words written.
    std::uint32_t address = 0;       ///< Of the last of them,
    enum class Touch : std::uint8_t { nothing, read, write, consume } touch = Touch::nothing;  ///< and how.
    const char* first_disturbance = "";
    const char* first_violation = "";
    Instance disturbed = kNoInstance, violated = kNoInstance;
    std::uint32_t violated_word = 0;
};

/// Everything that makes two chips the same chip.
struct Snapshot {
    std::vector<std::uint32_t> cells;
    Hash hash;
    std::uint64_t now_ns = 0;
    std::uint32_t epoch = 0;
};

/// A place in the undo log, and what isn't in the arena.
struct Mark {
    std::size_t undone;
    bool logging;
    std::uint64_t now_ns, owed_ns;
    std::uint32_t epoch;
    Monitor monitor;
};

/// Told of every word that software writes; for recorders and oracles.
class WriteListener {
public:
    virtual void wrote(std::uint32_t address, std::uint32_t value) = 0;

protected:
    ~WriteListener() = default;
};

/// Decides which words that software writes are silently ignored: a fault of the register bus.
class WriteFilter {
public:
    virtual bool ignores(std::uint32_t address) = 0;

protected:
    ~WriteFilter() = default;
};

class Chip final : public RegisterPort, public Clock {
public:
    explicit Chip(const Layout& layout);

    // --- software's side (RegisterPort)
    BusStatus read(std::uint32_t address, std::uint32_t& value) override;
    BusStatus consume(std::uint32_t address, std::uint32_t& value) override;
    BusStatus write(std::uint32_t address, std::uint32_t value) override;
    void claimed(std::uint32_t epoch) override;
    std::uint32_t epoch() const override { return epoch_; }

    // --- time. Event time: accesses take none; a wait ends at the next hardware event, at the latest at `deadline`.
    hal::bus::Nanoseconds now() override { return now_ns_; }
    void wait_until(hal::bus::Nanoseconds deadline) override;
    /// Lets `us` microseconds pass; everything due happens in order.
    void advance(std::uint64_t us);
    /// Microseconds to the next event that could wake software; 0 if hardware rests.
    std::uint32_t next_event() const;
    /// Lets hardware run until it rests: what a long outage of the HAL leaves behind. Bounded.
    void settle();
    /// Stopped countdowns run out only by expire(): for explorers that decide themselves what has finished.
    void stop_countdowns(bool stop) { stopped_ = stop; }
    /// Numbers (in Layout::timers) of the countdowns that run, background ones left out.
    std::vector<std::uint16_t> running_countdowns() const;
    void expire(std::uint16_t timer);
    /// Lets all of them run out, the shortest first, without time passing: the state that hardware is heading for.
    void finish_countdowns();
    /// Traffic starts, runs or drains; move_traffic() ends the phase it is in, without time passing.
    bool traffic_moves() const { return cells_[layout_.traffic + kPhaseTimer] != 0; }
    void move_traffic();
    /// In timed mode every access takes time, given by the link; event time is the default.
    void take(std::uint64_t ns);

    // --- resets
    void cold_reset();
    void warm_reset();

    // --- what befalls hardware (chaos/faults)
    /// Flips one stored bit; hardware goes on from what it now holds, which is what it held if reset does. False: no
    /// flip-flop there.
    bool upset(Instance i, std::uint32_t word, std::uint32_t bit);
    bool befall(Instance i, Event event);
    /// The block falls into reset and comes out of it again, by itself.
    void reset_suddenly(Instance i);
    /// Every countdown that runs, background ones left out, is `factor` times as long from here on. How many do.
    std::size_t stretch_countdowns(std::uint32_t factor);
    /// The countdowns that run never end: kNeverUs is longer than anybody waits.
    std::size_t stall_countdowns();
    static constexpr std::uint32_t kNeverUs = 0x7000'0000;

    // --- state
    Snapshot snapshot() const { return {cells_, hash_, now_ns_, epoch_}; }
    void restore(const Snapshot& snapshot);
    Hash hash() const { return hash_; }
    const std::vector<std::uint32_t>& cells() const { return cells_; }
    /// Starts or continues the undo log; roll_back() takes the chip back to here, at the cost of what changed only.
    Mark mark();
    void roll_back(const Mark& mark);

    // --- the hardware's side, for behaviours, faults and backdoor oracles
    const Layout& layout() const { return layout_; }
    std::uint32_t cell(std::uint32_t cell) const { return cells_[cell]; }
    void set_cell(std::uint32_t cell, std::uint32_t value);
    std::uint32_t word(Instance i, std::uint32_t word) const { return cells_[layout_.first_cell[i] + word]; }
    void set_word(Instance i, std::uint32_t word, std::uint32_t value) {
        set_cell(layout_.first_cell[i] + word, value);
    }
    template <typename R>
    std::uint32_t reg(Instance i, std::uint32_t element = 0) const {
        return word(i, R::kIndex + element * R::kIndexStride);
    }
    template <typename R>
    void set_reg(Instance i, std::uint32_t value, std::uint32_t element = 0) {
        set_word(i, R::kIndex + element * R::kIndexStride, value);
    }
    template <typename F>
    std::uint32_t get(Instance i, std::uint32_t element = 0) const {
        return (reg<typename F::Register>(i, element) & F::kMask) >> F::kLsb;
    }
    template <typename F>
    void set(Instance i, std::uint32_t content, std::uint32_t element = 0) {
        using R = typename F::Register;
        set_reg<R>(i, (reg<R>(i, element) & ~F::kMask) | ((content << F::kLsb) & F::kMask), element);
    }
    bool output(Instance i) const { return cells_[layout_.outputs + i] != 0; }
    bool parents_good(Instance i) const;
    /// Output of the k-th parent (the gate first).
    bool parent_good(Instance i, std::uint16_t k) const;
    bool accessible(Instance i) const { return opens(layout_.gate[i]); }
    /// Instance number of the `index`-th block of a type; kNoInstance if there is none.
    Instance find(std::uint8_t type, std::uint16_t index) const;
    /// Recomputes what the block gives to those below, and tells them if that changed.
    void update_output(Instance i);
    void reset_block(Instance i, bool cold);

    /// May traffic run, says the system block?
    bool gate_open() const {
        const hal::converge::Services& s = layout_.chip.services;
        return (word(0, s.traffic.index) & s.traffic_open) != 0;
    }
    /// Puts into the system block whether it runs.
    void show_traffic();
    bool traffic_running() const { return cells_[layout_.traffic + kPhase] != 0; }
    void disturb(Instance i, const char* how);
    void violate(Instance i, std::uint32_t word, const char* how);
    /// The disturbances that traffic has suffered, and more.
    Monitor monitor;
    WriteListener* write_listener = nullptr;
    WriteFilter* write_filter = nullptr;
    /// While Behaviour::written is told of a bit that no software has written.
    bool upset_strikes = false;

private:
    struct Undo {
        std::uint32_t cell, value;
    };

    struct Target {
        const Layout::Page* page = nullptr;
        std::uint16_t word = kNoWord;
        BusStatus status = BusStatus::decode_error;

        const WordRow& row() const { return page->words[word]; }
        std::uint32_t cell() const { return page->first_cell + word; }
    };
    Target decode(std::uint32_t address) const;
    bool opens(Instance gate) const { return gate == kNoInstance || output(gate); }
    BusStatus refuse(const Target& target);
    void count(Monitor::Touch touch, std::uint32_t address) {
        ++monitor.accesses;
        monitor.touch = touch;
        monitor.address = address;
    }
    void fire(const Layout::Timer& timer);
    void step(std::uint32_t us);
    bool pending(bool with_background, std::uint32_t& soonest) const;

    const Layout& layout_;
    std::vector<std::uint32_t> cells_;
    Hash hash_;
    std::uint64_t now_ns_ = 0, owed_ns_ = 0;
    std::vector<Undo> undo_;
    std::vector<const Layout::Timer*> due_;  // step()'s, kept for its memory
    bool logging_ = false;
    bool stopped_ = false;
    std::uint32_t epoch_ = 0;
    unsigned depth_ = 0;  // of output changes: a loop of dependencies would be a broken chip description
};

}  // namespace transports::model
