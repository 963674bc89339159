// Test support: a small register port that logs every effect, and a clock that only moves when somebody waits.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "transports/model/bridge.hpp"

namespace transports::model {

class FakeClock final : public Clock {
public:
    hal::bus::Nanoseconds now() override { return time; }
    void wait_until(hal::bus::Nanoseconds deadline) override {
        if (deadline > time) time = deadline;
    }
    hal::bus::Nanoseconds time = 0;
};

class FakePort final : public RegisterPort {
public:
    static constexpr std::uint32_t kSize = 0x4000;   // bytes; beyond: decode error
    static constexpr std::uint32_t kFifo = 0x2800;   // each consume() answers the next number
    static constexpr std::uint32_t kPort = 0x2804;   // collects what is written to it
    static constexpr std::uint32_t kGated = 0x3000;  // from here on: gated
    static constexpr std::uint32_t kEpoch = 0x2808;  // read-only
    static constexpr std::uint32_t kIdentity = 0x280C;
    static constexpr std::uint32_t kIdentityValue = 0x48524E31;

    struct Effect {
        char what;  // 'w'rite, 'c'onsume, claime'd'
        std::uint32_t address;
        std::uint32_t value;
        bool operator==(const Effect& other) const {
            return what == other.what && address == other.address && value == other.value;
        }
    };

    BusStatus read(std::uint32_t address, std::uint32_t& value) override {
        ++reads;
        if (address == kFifo) return BusStatus::protected_;
        if (address == kEpoch) {
            value = epoch_;
            return BusStatus::ok;
        }
        if (address == kIdentity) {
            value = kIdentityValue;
            return BusStatus::ok;
        }
        const BusStatus status = decode(address);
        if (status == BusStatus::ok) value = words[address / 4];
        return status;
    }

    BusStatus consume(std::uint32_t address, std::uint32_t& value) override {
        if (address != kFifo) return address < kSize ? BusStatus::protected_ : BusStatus::decode_error;
        value = fifo_next++;
        effects.push_back({'c', address, value});
        return BusStatus::ok;
    }

    BusStatus write(std::uint32_t address, std::uint32_t value) override {
        if (address == kEpoch || address == kFifo || address == kIdentity) return BusStatus::protected_;
        const BusStatus status = decode(address);
        if (status != BusStatus::ok) return status;
        effects.push_back({'w', address, value});
        words[address / 4] = value;
        return BusStatus::ok;
    }

    void claimed(std::uint32_t epoch) override {
        epoch_ = epoch;
        effects.push_back({'d', 0, epoch});
    }

    std::uint32_t epoch() const override { return epoch_; }
    void set_epoch(std::uint32_t epoch) { epoch_ = epoch; }

    std::array<std::uint32_t, kSize / 4> words{};
    std::vector<Effect> effects;
    std::uint32_t fifo_next = 1000;
    std::uint64_t reads = 0;

private:
    static BusStatus decode(std::uint32_t address) {
        if (address >= kSize) return BusStatus::decode_error;
        return address >= kGated ? BusStatus::gated : BusStatus::ok;
    }

    std::uint32_t epoch_ = 0;
};

}  // namespace transports::model
