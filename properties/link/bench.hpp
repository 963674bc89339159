// One chip, several HAL processes that reach it over one path, and everything that may go wrong between them. The
// chip's port knows who owns it and notes what must never happen.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chaos/probe.hpp"
#include "chaos/rig.hpp"
#include "transports/model/fake_port.hpp"
#include "transports/model/window_target.hpp"
#include "transports/pcie/window_link.hpp"
#include "transports/spi/link.hpp"

namespace properties::link {

using transports::model::FakePort;

inline constexpr std::uint32_t kRegisters = 64;   ///< Plain ones, from address 0 on.
inline constexpr std::uint32_t kGuarded = 0x3C0;  ///< What guards look at; hardware changes it, too.
inline constexpr std::size_t kHosts = 3;
inline constexpr std::uint32_t kFirstValue = 1'000;  ///< Written values count up from here: each one is unique.

/// What one process does next. Plain data, so that a failing list of them shrinks and reads as a story.
struct Step {
    enum class What : std::uint8_t { write, consume, guarded_write, claim, restart, resend, reset } what = What::write;
    std::uint8_t host = 0;
    std::uint8_t words = 1;        ///< Of a write.
    std::uint16_t place = 0;       ///< Register, or which old frame is sent again.
    std::uint8_t guard_wants = 0;  ///< What a guard asks for.
    struct Mishap {
        std::uint8_t frame = 0;  ///< Of this step, or access.
        chaos::Fate::Kind kind = chaos::Fate::Kind::arrives;
        std::uint16_t at = 0;
        bool ones = false;
    };
    std::vector<Mishap> mishaps{};
    std::optional<std::uint8_t> dies{};          ///< At this moment of the step.
    std::vector<std::uint8_t> hardware_moves{};  ///< Moments at which hardware changes what guards look at.
};
std::string text(const Step& step);
void showValue(const std::vector<Step>& steps, std::ostream& out);

/// The chip's registers, with a witness.
class Witness final : public transports::model::RegisterPort {
public:
    transports::model::BusStatus read(std::uint32_t address, std::uint32_t& value) override {
        return port.read(address, value);
    }
    transports::model::BusStatus consume(std::uint32_t address, std::uint32_t& value) override {
        const auto status = port.consume(address, value);
        if (status == transports::model::BusStatus::ok) acted("consumes");
        return status;
    }
    transports::model::BusStatus write(std::uint32_t address, std::uint32_t value) override;
    void claimed(std::uint32_t epoch) override {
        port.claimed(epoch);
        owner = active;
        ++claims;
    }
    std::uint32_t epoch() const override { return port.epoch(); }

    FakePort port;
    std::uint32_t active = 0;   ///< The process whose bytes the chip sees now; every one has its own number.
    std::uint32_t owner = 0;    ///< Who claimed last; 0: nobody.
    std::uint32_t guarded = 0;  ///< What the guard of the batch under way asks for; 0: it has none.
    std::set<std::uint32_t> landed;
    std::uint64_t claims = 0, refused_guards = 0;
    std::string wrong;  ///< The first thing that must never happen.

private:
    void acted(const char* how);
};

/// A process: a link of its own, from its start to its death.
class Host {
public:
    /// `number` is also its nonce.
    Host(hal::bus::Wire* wire, hal::bus::Window* window, std::uint32_t number, chaos::Boundary& boundary);
    hal::bus::Result<std::uint32_t> claim();
    hal::bus::Transport& transport();
    const std::uint32_t number;

private:
    std::optional<chaos::ProbedWire> wire_;
    std::optional<chaos::ProbedWindow> window_;
    std::optional<transports::spi::Link> spi_;
    std::optional<transports::pcie::WindowLink> pcie_;
};

/// Everything that was seen, over a whole list of steps.
struct Seen {
    std::uint64_t done = 0, failed = 0, fenced = 0, claims = 0, resent = 0, refused_guards = 0, deaths = 0;
};

/// Carries out the steps; the text is what must never happen, or empty.
std::string rehearse(chaos::Path path, const std::vector<Step>& steps, Seen& seen);

}  // namespace properties::link
