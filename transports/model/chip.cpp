#include "transports/model/chip.hpp"

#include <cstdlib>

#include "transports/model/semantics.hpp"
#include "transports/model/traffic.hpp"

namespace transports::model {
namespace {

// Two rounds of multiply and fold over (cell, value), with a different key per half (wyhash's mixing step).
constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
#ifdef __SIZEOF_INT128__
    __extension__ using wide = unsigned __int128;
    const wide product = static_cast<wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
#else  // the same, by halves
    constexpr std::uint64_t kLow = 0xFFFFFFFF;
    const std::uint64_t low = (a & kLow) * (b & kLow), one = (a >> 32) * (b & kLow), two = (a & kLow) * (b >> 32);
    const std::uint64_t middle = (low >> 32) + (one & kLow) + (two & kLow);
    return ((middle << 32) | (low & kLow)) ^ ((a >> 32) * (b >> 32) + (one >> 32) + (two >> 32) + (middle >> 32));
#endif
}

// Chains of transitions are short; a machine that never rests would be a mistake in its behaviour.
constexpr int kMaxTransitions = 100'000;

Hash hash_of(std::uint32_t cell, std::uint32_t value) {
    const std::uint64_t key = (std::uint64_t{cell} << 32) | value;
    return {fold(key ^ 0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu ^ (key * 0x9E3779B97F4A7C15u)),
            fold(key ^ 0x8ebc6af09c88c6e3u, 0x589965cc75374cc3u ^ (key * 0xC2B2AE3D27D4EB4Fu))};
}

}  // namespace

Hash moved(Hash hash, std::uint32_t cell, std::uint32_t from, std::uint32_t to) {
    const Hash before = hash_of(cell, from), after = hash_of(cell, to);
    return {hash.low ^ before.low ^ after.low, hash.high ^ before.high ^ after.high};
}

Chip::Chip(const Layout& layout) : layout_(layout), cells_(layout.cells, 0) {
    for (std::uint32_t cell = 0; cell < layout.cells; ++cell) {
        const Hash h = hash_of(cell, 0);
        hash_.low ^= h.low;
        hash_.high ^= h.high;
    }
    cold_reset();
    monitor = Monitor{};
}

void Chip::set_cell(std::uint32_t cell, std::uint32_t value) {
    const std::uint32_t old = cells_[cell];
    if (old == value) return;
    const std::uint32_t mask = layout_.hash_mask[cell];
    if (((old ^ value) & mask) != 0) hash_ = moved(hash_, cell, old & mask, value & mask);
    if (logging_) undo_.push_back({cell, old});
    cells_[cell] = value;
}

Mark Chip::mark() {
    const Mark mark{undo_.size(), logging_, now_ns_, owed_ns_, epoch_, monitor};
    logging_ = true;
    return mark;
}

void Chip::roll_back(const Mark& mark) {
    logging_ = false;
    while (undo_.size() > mark.undone) {
        set_cell(undo_.back().cell, undo_.back().value);
        undo_.pop_back();
    }
    logging_ = mark.logging;
    now_ns_ = mark.now_ns;
    owed_ns_ = mark.owed_ns;
    epoch_ = mark.epoch;
    monitor = mark.monitor;
}

void Chip::restore(const Snapshot& snapshot) {
    cells_ = snapshot.cells;
    hash_ = snapshot.hash;
    now_ns_ = snapshot.now_ns;
    epoch_ = snapshot.epoch;
    owed_ns_ = 0;
    undo_.clear();
    logging_ = false;
}

// --- accesses

Chip::Target Chip::decode(std::uint32_t address) const {
    Target target{layout_.page(address)};
    if (target.page == nullptr) return target;
    target.word = target.page->word(address);
    if (target.word == kNoWord) return target;
    target.status = opens(target.page->gate) ? BusStatus::ok : BusStatus::gated;
    return target;
}

BusStatus Chip::refuse(const Target& target) {
    const bool gated = target.status == BusStatus::gated;
    if (gated) ++monitor.gated;
    violate(target.page == nullptr ? kNoInstance : target.page->instance, target.word,
            gated ? "access to a gated block" : "no register there");
    return target.status;
}

BusStatus Chip::read(std::uint32_t address, std::uint32_t& value) {
    count(Monitor::Touch::read, address);
    const Target target = decode(address);
    if (target.status != BusStatus::ok) return refuse(target);
    const Instance i = target.page->instance;
    const WordRow& row = target.row();
    if (!reads_freely(row)) {
        violate(i, target.word, "plain read of a register that doesn't allow it");
        return BusStatus::protected_;
    }
    const std::uint32_t stored = cells_[target.cell()];
    const auto shown = target.page->behaviour->shown;
    value = (shown == nullptr ? stored : shown(*this, i, target.word, stored)) & row.readable;
    return BusStatus::ok;
}

BusStatus Chip::consume(std::uint32_t address, std::uint32_t& value) {
    count(Monitor::Touch::consume, address);
    const Target target = decode(address);
    if (target.status != BusStatus::ok) return refuse(target);
    const Instance i = target.page->instance;
    const WordRow& row = target.row();
    if (row.readable == 0) {
        violate(i, target.word, "read of a write-only register");
        return BusStatus::protected_;
    }
    const std::uint32_t stored = cells_[target.cell()];
    value = stored & row.readable;
    set_cell(target.cell(), after_consume(row, stored));
    if (const auto consumed = target.page->behaviour->consumed) consumed(*this, i, target.word);
    update_output(i);
    return BusStatus::ok;
}

BusStatus Chip::write(std::uint32_t address, std::uint32_t value) {
    count(Monitor::Touch::write, address);
    ++monitor.writes;
    if (write_listener != nullptr) write_listener->wrote(address, value);
    const Target target = decode(address);
    if (target.status != BusStatus::ok) return refuse(target);
    const Instance i = target.page->instance;
    const WordRow& row = target.row();
    if (row.writable() == 0) {
        violate(i, target.word, "write to a read-only register");
        return BusStatus::protected_;
    }
    if (write_filter != nullptr && write_filter->ignores(address)) return BusStatus::ok;
    const std::uint32_t old = cells_[target.cell()];
    const bool locked = row.locked != 0 && is_locked(row, word(i, row.lock_word));
    const std::uint32_t next = after_write(row, old, value, locked);
    if (((old ^ next) & row.host) != 0) violate(i, target.word, "write to a field that the host driver owns");
    // A block without output carries no traffic that its configuration could disturb.
    const bool carries = traffic_running() && output(i);
    if (((old ^ next) & row.disruptive) != 0 && carries) disturb(i, "configuration changed under traffic");
    set_cell(target.cell(), next);
    if (const auto written = target.page->behaviour->written) {
        written(*this, i, target.word, old, without_locked_pulses(row, value, locked));
    }
    update_output(i);
    return BusStatus::ok;
}

void Chip::claimed(std::uint32_t epoch) {
    epoch_ = epoch;
    for (Instance i = 0; i < layout_.first_cell.size(); ++i) {
        if (const auto abort = layout_.behaviour[i]->claimed) abort(*this, i);
    }
}

// --- time

bool Chip::pending(bool with_background, std::uint32_t& soonest) const {
    bool any = false;
    for (const Layout::Timer& timer : layout_.timers) {
        const std::uint32_t left = cells_[timer.cell];
        if (left == 0 || (timer.background && !with_background)) continue;
        if (!any || left < soonest) soonest = left;
        any = true;
    }
    const std::uint32_t phase = cells_[layout_.traffic + kPhaseTimer];
    if (with_background && phase != 0 && (!any || phase < soonest)) {
        soonest = phase;
        any = true;
    }
    return any;
}

std::uint32_t Chip::next_event() const {
    std::uint32_t soonest = 0;
    // Traffic that is draining will raise an interrupt, too: its end is something software waits for.
    const bool any = pending(false, soonest);
    const std::uint32_t phase = cells_[layout_.traffic + kPhaseTimer];
    if (traffic_running() && phase != 0 && (!any || phase < soonest)) return phase;
    return any ? soonest : 0;
}

std::vector<std::uint16_t> Chip::running_countdowns() const {
    std::vector<std::uint16_t> running;
    for (std::size_t t = 0; t < layout_.timers.size(); ++t) {
        if (!layout_.timers[t].background && cells_[layout_.timers[t].cell] != 0) {
            running.push_back(static_cast<std::uint16_t>(t));
        }
    }
    return running;
}

void Chip::expire(std::uint16_t timer) {
    set_cell(layout_.timers[timer].cell, 0);
    fire(layout_.timers[timer]);
}

void Chip::finish_countdowns() {
    for (int i = 0; i < kMaxTransitions; ++i) {
        const std::vector<std::uint16_t> running = running_countdowns();
        if (running.empty()) return;
        std::uint16_t first = running.front();
        for (const std::uint16_t timer : running) {
            if (cells_[layout_.timers[timer].cell] < cells_[layout_.timers[first].cell]) first = timer;
        }
        expire(first);
    }
    std::abort();
}

void Chip::step(std::uint32_t us) {
    now_ns_ += std::uint64_t{us} * 1000;
    if (stopped_) return;
    due_.clear();
    for (const Layout::Timer& timer : layout_.timers) {
        const std::uint32_t left = cells_[timer.cell];
        if (left == 0) continue;
        set_cell(timer.cell, left - us);
        if (left == us) due_.push_back(&timer);
    }
    const std::uint32_t phase = cells_[layout_.traffic + kPhaseTimer];
    if (phase != 0) set_cell(layout_.traffic + kPhaseTimer, phase - us);
    // By number: a timer that fires may start others, and they may not be due before the next step.
    for (std::size_t k = 0; k < due_.size(); ++k) fire(*due_[k]);
    if (phase != 0 && phase == us) phase_over(*this);
}

void Chip::fire(const Layout::Timer& timer) {
    if (cells_[timer.cell] != 0) return;  // started again by another one that was due at the same time
    if (const auto expired = layout_.behaviour[timer.instance]->expired) expired(*this, timer.instance, timer.word);
    update_output(timer.instance);
}

void Chip::advance(std::uint64_t us) {
    while (us > 0) {
        std::uint32_t soonest = 0;
        if (stopped_ || !pending(true, soonest) || soonest > us) {
            while (us > 0) {
                const std::uint32_t part = us > 0x7FFFFFFFu ? 0x7FFFFFFFu : static_cast<std::uint32_t>(us);
                step(part);
                us -= part;
            }
            return;
        }
        step(soonest);
        us -= soonest;
    }
}

void Chip::move_traffic() {
    set_cell(layout_.traffic + kPhaseTimer, 0);
    phase_over(*this);
}

void Chip::take(std::uint64_t ns) {
    owed_ns_ += ns;
    if (owed_ns_ < 1000) return;
    advance(owed_ns_ / 1000);
    owed_ns_ %= 1000;
}

void Chip::wait_until(hal::bus::Nanoseconds deadline) {
    if (deadline <= now_ns_) return;
    const std::uint64_t us = (deadline - now_ns_ + 999) / 1000;
    const std::uint32_t event = stopped_ ? 0 : next_event();
    advance(event != 0 && event < us ? event : us);
}

void Chip::settle() {
    for (int i = 0; i < kMaxTransitions; ++i) {
        std::uint32_t soonest = 0;
        if (!pending(false, soonest)) return;
        advance(soonest);
    }
    std::abort();
}

// --- outputs and resets

bool Chip::parent_good(Instance i, std::uint16_t k) const {
    const hal::converge::InstanceRow& row = layout_.chip.instances[i];
    return output(layout_.chip.parents[row.first_parent + k]);
}

bool Chip::parents_good(Instance i) const {
    for (std::uint16_t k = 0; k < layout_.chip.instances[i].parents; ++k) {
        if (!parent_good(i, k)) return false;
    }
    return true;
}

Instance Chip::find(std::uint8_t type, std::uint16_t index) const {
    for (Instance i = 0; i < layout_.first_cell.size(); ++i) {
        const hal::converge::InstanceRow& row = layout_.chip.instances[i];
        if (row.type == type && row.index == index) return i;
    }
    return kNoInstance;
}

void Chip::show_traffic() {
    const hal::converge::Services& s = layout_.chip.services;
    const std::uint32_t others = word(0, s.traffic.index) & ~s.traffic_active;
    set_word(0, s.traffic.index, others | (traffic_running() ? s.traffic_active : 0));
}

void Chip::update_output(Instance i) {
    const auto computes = layout_.behaviour[i]->output;
    const bool now = accessible(i) && (computes == nullptr || computes(*this, i));
    if (now == output(i)) return;
    if (++depth_ > 64) std::abort();
    set_cell(layout_.outputs + i, now ? 1 : 0);
    if (!now && traffic_running() && layout_.type[i]->workload) disturb(i, "output lost under traffic");
    for (const Instance child : layout_.children[i]) {
        if (layout_.gate[child] == i && !now) reset_block(child, false);
        if (const auto changed = layout_.behaviour[child]->inputs_changed) changed(*this, child);
        update_output(child);
    }
    --depth_;
}

void Chip::reset_block(Instance i, bool cold) {
    const auto& rows = layout_.type[i]->words;
    for (std::uint32_t number = 0; number < rows.size(); ++number) {
        set_word(i, number, after_reset(rows[number], word(i, number), cold));
    }
    if (const auto power_on = layout_.behaviour[i]->cold; power_on != nullptr && cold) power_on(*this, i);
}

void Chip::cold_reset() {
    epoch_ = 0;
    for (std::uint32_t k = 0; k < kTrafficCells; ++k) set_cell(layout_.traffic + k, 0);
    for (Instance i = 0; i < layout_.first_cell.size(); ++i) {
        set_cell(layout_.outputs + i, 0);
        reset_block(i, true);
    }
    for (Instance i = 0; i < layout_.first_cell.size(); ++i) {
        if (const auto changed = layout_.behaviour[i]->inputs_changed) changed(*this, i);
        update_output(i);
    }
}

void Chip::warm_reset() {
    if (traffic_running()) disturb(0, "warm reset under traffic");
    for (std::uint32_t k = 0; k < kTrafficCells; ++k) set_cell(layout_.traffic + k, 0);
    for (Instance i = 0; i < layout_.first_cell.size(); ++i) reset_block(i, false);
    for (Instance i = 0; i < layout_.first_cell.size(); ++i) {
        if (const auto changed = layout_.behaviour[i]->inputs_changed) changed(*this, i);
        update_output(i);
    }
}

void Chip::disturb(Instance i, const char* how) {
    if (monitor.disturbances++ == 0) {
        monitor.disturbed = i;
        monitor.first_disturbance = how;
    }
}

void Chip::violate(Instance i, std::uint32_t word, const char* how) {
    if (monitor.violations++ == 0) {
        monitor.violated = i;
        monitor.violated_word = word;
        monitor.first_violation = how;
    }
}

}  // namespace transports::model
