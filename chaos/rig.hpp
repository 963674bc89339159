// A chip on a bench: the model, its bridge, and a fresh HAL over a framed link whenever one is wanted.
#pragma once

#include <vector>

#include "chaos/hal_library.hpp"
#include "chaos/observer.hpp"
#include "chaos/probe.hpp"
#include "hal/converge/converge.hpp"
#include "transports/intent/intent.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/chip.hpp"
#include "transports/model/timed_wire.hpp"
#include "transports/model/window_target.hpp"
#include "transports/pcie/window_link.hpp"
#include "transports/spi/link.hpp"

namespace chaos {

using transports::intent::Intended;

/// Every field's initial value; no groups, no images.
Intended initial_intended(const hal::converge::Chip& chip);

/// The two ways into the chip.
enum class Path : std::uint8_t { spi, pcie };
const char* name(Path path);

/// What one run of a HAL did and cost.
struct Run {
    hal::bus::Result<hal::converge::Report> result;
    transports::spi::Statistics link;  ///< Of the SPI path.
    std::uint64_t sent = 0;            ///< Frames, or loads and stores, as the link itself counts them.
    std::uint64_t accesses = 0;        ///< Words that reached the chip's registers.
    bool died = false;                 ///< `boundary` let it die; the result is that of nobody.
};

/// One chip and the memory that HAL runs over it use. Not thread-safe; make one per thread.
class Rig {
public:
    explicit Rig(const transports::model::Layout& layout, Path path = Path::spi,
                 const HalLibrary& hal = HalLibrary::linked());

    transports::model::Chip chip;
    transports::model::BridgeSession session;
    transports::model::WindowSession window_session;

    /// Sees every HAL that runs from now on; null: nobody does.
    RunObserver* observer = nullptr;

    /// Timed mode: from now on every SPI frame takes its bytes at `hz`; 0 is event time, where accesses take none.
    void set_spi_clock(std::uint64_t hz) { timed_.set_clock(hz); }

    /// The sessions of both paths as after a reset; every HAL claims first, so nothing else depends on them.
    void forget_sessions();

    /// A fresh HAL: new link, new claim, converge to its end, or until `boundary` lets it die. May be called from
    /// within `boundary`: then the outer HAL stands still meanwhile.
    Run run(const Intended& intended, const hal::converge::Policy& policy, Boundary* boundary = nullptr,
            PlanListener* listener = nullptr);
    /// Likewise, of another build of the HAL.
    Run run_with(const HalLibrary& hal, const Intended& intended, const hal::converge::Policy& policy,
                 Boundary* boundary = nullptr, PlanListener* listener = nullptr);
    hal::bus::Span<const hal::converge::InstanceState> states() const { return {states_.data(), states_.size()}; }

private:
    template <typename Link>
    void run_on(Link& link, Run& run, const HalLibrary& hal, const Intended& intended,
                const hal::converge::Policy& policy, PlanListener* listener);

    const Path path_;
    HalLibrary hal_;
    transports::model::Bridge bridge_;
    transports::model::BridgeWire wire_;
    transports::model::TimedWire timed_;
    transports::model::WindowTarget target_;
    transports::model::TargetWindow window_;
    std::vector<std::vector<std::uint64_t>> workspaces_;  ///< One per HAL alive: a run may be nested in another.
    std::size_t alive_ = 0;
    std::vector<hal::converge::InstanceState> states_;
    std::uint32_t nonce_ = 0;
};

}  // namespace chaos
