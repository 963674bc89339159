// What befalls hardware by itself: upsets, events, sudden resets, transitions that take too long.
#include "transports/model/chip.hpp"

namespace transports::model {

bool Chip::upset(Instance i, std::uint32_t number, std::uint32_t bit) {
    const WordRow& row = layout_.type[i]->words[number];
    if ((row.stored >> bit & 1u) == 0) return false;
    if (!accessible(i) && (row.sticky >> bit & 1u) == 0) return true;  // reset holds it
    const std::uint32_t old = word(i, number), next = old ^ (1u << bit);
    set_word(i, number, next);
    // Configuration acts by its level, whoever set it. A write's protocol (unlock words, commits, acknowledgements)
    // doesn't happen, so only words of nothing but plain bits are told.
    const bool plain = !row.internal && (row.plain >> bit & 1u) != 0 && (row.writable() & ~row.plain) == 0;
    if (const auto written = layout_.behaviour[i]->written; written != nullptr && plain) {
        const Monitor before = monitor;
        upset_strikes = true;
        written(*this, i, number, old, next);
        upset_strikes = false;
        monitor.violations = before.violations;  // radiation is nobody's illegal access
        monitor.violated = before.violated;
        monitor.violated_word = before.violated_word;
        monitor.first_violation = before.first_violation;
    }
    if (traffic_running() && (row.disruptive >> bit & 1u) != 0) disturb(i, "configuration upset under traffic");
    update_output(i);
    return true;
}

bool Chip::befall(Instance i, Event event) {
    const auto befalls = layout_.behaviour[i]->befall;
    if (befalls == nullptr || !accessible(i) || !befalls(*this, i, event)) return false;
    update_output(i);
    return true;
}

void Chip::reset_suddenly(Instance i) {
    if (traffic_running() && layout_.type[i]->workload) disturb(i, "reset under traffic");
    reset_block(i, false);
    if (const auto changed = layout_.behaviour[i]->inputs_changed) changed(*this, i);
    update_output(i);
}

std::size_t Chip::stretch_countdowns(std::uint32_t factor) {
    std::size_t stretched = 0;
    for (const Layout::Timer& timer : layout_.timers) {
        const std::uint32_t left = cells_[timer.cell];
        if (timer.background || left == 0 || left > kNeverUs / factor) continue;
        set_cell(timer.cell, left * factor);
        ++stretched;
    }
    return stretched;
}

std::size_t Chip::stall_countdowns() {
    std::size_t stalled = 0;
    for (const Layout::Timer& timer : layout_.timers) {
        if (timer.background || cells_[timer.cell] == 0) continue;
        set_cell(timer.cell, kNeverUs);
        ++stalled;
    }
    return stalled;
}

}  // namespace transports::model
