#include "chaos/probe.hpp"

#include <algorithm>

namespace chaos {

using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Result;
using Kind = Fate::Kind;

Result<void> ProbedWire::suffer(const Fate& fate, const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    switch (fate.kind) {
        case Kind::request_lost: std::fill(rx, rx + size, fate.filler); return {};
        case Kind::reply_lost: {
            const Result<void> done = below_.transfer(tx, rx, size);
            std::fill(rx, rx + size, fate.filler);
            return done;
        }
        case Kind::duplicated:
            if (const Result<void> once = below_.transfer(tx, rx, size); !once) return once;
            return below_.transfer(tx, rx, size);
        case Kind::cut: {
            const Result<void> done = below_.transfer(tx, rx, std::min(fate.at, size));
            std::fill(rx + std::min(fate.at, size), rx + size, fate.filler);
            return done;
        }
        case Kind::flipped_out: {
            std::vector<std::uint8_t> sent(tx, tx + size);
            sent[fate.at / 8 % size] ^= static_cast<std::uint8_t>(1u << fate.at % 8);
            return below_.transfer(sent.data(), rx, size);
        }
        case Kind::flipped_in: {
            const Result<void> done = below_.transfer(tx, rx, size);
            rx[fate.at / 8 % size] ^= static_cast<std::uint8_t>(1u << fate.at % 8);
            return done;
        }
        case Kind::refused: return hal::bus::fail(Life::error(Code::link_down, Effect::none));
        default: return below_.transfer(tx, rx, size);  // fates of accesses
    }
}

Result<std::uint32_t> ProbedWindow::suffer(const Fate& fate, std::uint32_t offset) {
    const std::uint32_t ones = 0x01010101u * fate.filler;
    switch (fate.kind) {
        case Kind::request_lost: return ones;
        case Kind::reply_lost: {
            const Result<std::uint32_t> word = below_.load(offset);
            return word ? Result<std::uint32_t>(ones) : word;
        }
        case Kind::timed_out: return hal::bus::fail(Life::error(Code::link_down, Effect::unknown));
        default: return below_.load(offset);
    }
}

Result<void> ProbedWindow::suffer(const Fate& fate, std::uint32_t offset, std::uint32_t value) {
    if (fate.kind == Kind::request_lost) return {};
    if (fate.kind == Kind::arrives && swapping_) {
        swapping_ = false;
        const Result<void> second = below_.store(offset, value);
        release();
        return second;
    }
    if (fate.kind == Kind::duplicated) {
        if (const Result<void> once = below_.store(offset, value); !once) return once;
        return below_.store(offset, value);
    }
    const bool holds = fate.kind == Kind::held || fate.kind == Kind::held_and_lost || fate.kind == Kind::swapped;
    if (!holds && held_.empty()) return below_.store(offset, value);
    losing_ = losing_ || fate.kind == Kind::held_and_lost;
    swapping_ = fate.kind == Kind::swapped;
    held_.push_back({offset, value});
    return {};
}

void ProbedWindow::release() {
    for (const Store& store : held_) {
        if (!losing_) below_.store(store.offset, store.value);
    }
    held_.clear();
    losing_ = swapping_ = false;
}

}  // namespace chaos
