// The simulated chip at its register bus (module heron_chip), behind the interface that the model has, too.
#pragma once

#include <cstdint>
#include <memory>

#include "transports/model/bridge.hpp"

class Vheron_chip;
class VerilatedContext;

namespace transports::dpi {

/// Not thread-safe. Every call clocks the chip until it is done; calls that never end abort the program.
class RtlChip final : public model::RegisterPort, public model::Clock {
public:
    RtlChip();
    ~RtlChip();

    /// The bus can't tell a gated block from an address where nothing is: both are decode_error.
    model::BusStatus read(std::uint32_t address, std::uint32_t& value) override;
    model::BusStatus consume(std::uint32_t address, std::uint32_t& value) override;
    model::BusStatus write(std::uint32_t address, std::uint32_t value) override;
    void claimed(std::uint32_t epoch) override;
    std::uint32_t epoch() const override;

    hal::bus::Nanoseconds now() override { return now_ns_; }
    void wait_until(hal::bus::Nanoseconds deadline) override;
    void advance(std::uint32_t us) { let_pass(us, false); }

    void cold_reset();
    void warm_reset();

    /// Stored word `number` of the block at `base`; the scan port, which changes nothing.
    std::uint32_t scan(std::uint32_t base, std::uint32_t number);

    /// The PCIe window. A claim that it asks for goes to `session`.
    std::uint32_t load(std::uint32_t offset, model::BridgeSession& session);
    void store(std::uint32_t offset, std::uint32_t value, model::BridgeSession& session);

    std::uint64_t clocks() const { return clocks_; }
    /// The most wait states that an access has had.
    std::uint32_t longest_wait() const { return longest_wait_; }

private:
    struct Transfer;

    void clock();
    void settle();
    void let_pass(std::uint32_t us, bool to_event);
    model::BusStatus transfer(const Transfer& wanted, std::uint32_t& value);
    bool serve_claim(model::BridgeSession& session);

    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Vheron_chip> pins_;
    hal::bus::Nanoseconds now_ns_ = 0;
    std::uint64_t clocks_ = 0;
    std::uint32_t longest_wait_ = 0;
};

}  // namespace transports::dpi
