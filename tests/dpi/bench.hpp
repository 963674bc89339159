// Test support: one chip twice, as RTL in the simulator and as the behavioural model, and the HAL that is let loose on
// either.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "transports/dpi/host/process.hpp"
#include "transports/dpi/host/simulation.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/chip.hpp"
#include "transports/names/chip_names.hpp"
#include "transports/spi/link.hpp"

namespace tests::dpi {

using transports::dpi::Host;
using transports::dpi::Path;
using transports::dpi::Process;
using transports::dpi::Simulation;
using transports::intent::Intended;

/// Every stored word of the chip, instance by instance, in the model's order; behind them one output per instance, and
/// the workload's phase and timer.
using Words = std::vector<std::uint32_t>;

struct Difference {
    std::string where;  ///< "pll[3].ctrl.enable", or "pll[3] word 17" for what no register shows.
    std::uint32_t rtl, model;
};

struct Comparison {
    std::size_t words = 0, fields = 0, non_zero = 0;  ///< Fields of registers; of these not zero in the model.
    std::vector<Difference> differences;
    std::string text() const;
};

/// The chip as data, for both sides. One per program: the RTL's scale was decided at link time.
class Subject {
public:
    static const Subject& get();

    const hal_chip scale;
    const hal::converge::Chip& chip;
    const transports::model::Layout layout;
    const transports::names::ChipNames names;
    const Intended training, inference;

    Comparison compare(const Words& rtl, const Words& model) const;
    /// A digest of the words that are part of the chip's state.
    std::uint64_t digest(const Words& words) const;

private:
    Subject();
    void compare_word(std::uint16_t instance, std::uint32_t number, std::uint32_t rtl, std::uint32_t model,
                      Comparison& all) const;
};

/// The model with its bridge and session, and a HAL over its link through the C interface.
class ModelSide {
public:
    ModelSide();
    transports::model::Chip chip;

    /// True: every instance is as intended.
    bool run(const Intended& intended, const hal_policy& policy, transports::recorder::Writer* writer = nullptr);
    Words words() const;
    hal_report report{};
    transports::spi::Statistics link{};

private:
    transports::model::BridgeSession session_;
    transports::model::Bridge bridge_;
    transports::model::BridgeWire wire_;
    std::uint32_t nonce_ = 0;
    std::vector<std::uint64_t> workspace_;
};

/// The simulator with a HAL at its pins.
class RtlSide {
public:
    explicit RtlSide(unsigned power_on = 0) : simulation(power_on) {}
    Simulation simulation;
    Host& host() { return simulation.host(); }

    /// True: every instance is as intended.
    bool run(const Intended& intended, const hal_policy& policy, transports::recorder::Writer* writer = nullptr);
    /// Starts a process; the caller clocks.
    Process& start(const Intended& intended, const hal_policy& policy, transports::recorder::Writer* writer = nullptr,
                   Path path = Path::pins);
    const Process& last() const { return *process_; }
    /// Through the scan port: no access, no time, no effect.
    Words words();
    void let_pass(std::uint32_t us);

private:
    std::unique_ptr<Process> process_;
    std::uint32_t nonce_ = 0;
};

hal_policy with_drain();
/// A description for recordings of this chip.
transports::recorder::Description description(const char* source, const Intended& intended);

}  // namespace tests::dpi
