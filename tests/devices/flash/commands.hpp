// A transport whose registers are the flash's commands.
#pragma once

#include "hal/bus/wire.hpp"

namespace tests::devices::flash {

/// The registers of flash.rdl. A run of content words is one command; every other word is one. Errors: those of the
/// wire; bad_address(none) where there is no such command.
class Commands final : public hal::bus::Transport {
public:
    explicit Commands(hal::bus::Wire& wire) : wire_(wire) {}
    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;
    hal::bus::Nanoseconds now() override { return wire_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { wire_.wait_until(deadline); }

private:
    hal::bus::Result<void> read(std::uint32_t address, std::uint32_t* into, std::uint32_t count);
    hal::bus::Result<void> write(std::uint32_t address, std::uint32_t word);

    hal::bus::Wire& wire_;
};

}  // namespace tests::devices::flash
