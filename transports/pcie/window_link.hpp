// The host's end of the PCIe path: register accesses through a BAR. docs/pcie-window.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hal/bus/transport.hpp"
#include "hal/bus/wire.hpp"
#include "transports/pcie/layout.hpp"

namespace transports::pcie {

/// How often a load without side effects is tried when the window reports a failure (a completion timeout that is a
/// hiccup goes away within one retry of the root port; three cover a link that retrains once).
inline constexpr unsigned kLoadAttempts = 3;

/// How often CLAIM is rung while the epoch does not move: a doorbell is lost or mixed up at most once per competitor.
inline constexpr unsigned kClaimAttempts = 3;

struct Options {
    Layout layout;
    std::uint32_t identity_address = 0;  ///< A register that never holds all-ones.
};

/// What the path has cost.
struct Statistics {
    std::uint64_t loads = 0;
    std::uint64_t stores = 0;
    std::uint64_t retries = 0;
};

/// A Transport over a Window. Allocates nothing. The window must outlive it. Not thread-safe.
class WindowLink final : public hal::bus::Transport {
public:
    enum class Mode : std::uint8_t {
        managed,   ///< Must claim() before it executes.
        observer,  ///< Plain reads only, no claim.
    };

    WindowLink(hal::bus::Window& window, const Options& options, Mode mode);

    /// Claims the management port under `nonce` (not 0, unique) and answers the epoch; the nonce that owns it already,
    /// over SPI for example, gets the current one. Lost or fenced once, this object never claims again. Section 4.
    /// Errors: claim_lost(none; value = current epoch), link_down(unknown once the doorbell was rung),
    /// protocol(unknown; the mailbox does not react), invalid_argument(none), unsupported(none; an observer).
    hal::bus::Result<std::uint32_t> claim(std::uint32_t nonce);

    /// Transport::execute. The whole batch is checked first: bad_address, invalid_argument, unsupported (guards; more
    /// than `read` by an observer), all with effect none. Every word is one load or store, in order; after writes one
    /// load of STATUS. Effects differ from the SPI link where posted stores leave no choice (section 1): bus_error,
    /// fenced and link_down are `unknown` when stores not yet confirmed are among the batch, and `completed` then ends
    /// before the first of them or, for a single refused store, at that one. `value` holds the last word loaded.
    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;

    hal::bus::Nanoseconds now() override { return window_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { window_.wait_until(deadline); }

    /// 0 before a successful claim().
    std::uint32_t epoch() const { return epoch_; }
    const Statistics& statistics() const { return statistics_; }

private:
    struct Progress;
    struct Ownership {
        std::uint32_t epoch = 0;
        std::uint32_t owner = 0;
    };

    hal::bus::Result<void> check(hal::bus::Span<const hal::bus::Access> batch) const;
    hal::bus::Result<void> perform(const hal::bus::Access& access, std::uint32_t word);
    hal::bus::Result<std::uint32_t> read_word(std::uint32_t address);
    hal::bus::Result<std::uint32_t> consume_word(std::uint32_t address);
    hal::bus::Result<void> confirm(hal::bus::Span<const hal::bus::Access> batch, std::size_t first, std::size_t end);
    hal::bus::Result<std::uint32_t> load(std::uint32_t offset);
    hal::bus::Result<void> store(std::uint32_t offset, std::uint32_t value);
    hal::bus::Result<std::uint32_t> status();
    hal::bus::Result<Ownership> ownership();
    hal::bus::Result<void> adopt(std::uint32_t epoch);
    std::uint32_t aperture(std::uint32_t address) const;

    hal::bus::Window& window_;
    Options options_;
    Mode mode_;
    bool over_ = false;  // fenced, or a claim lost: for good
    std::uint32_t epoch_ = 0;
    std::uint32_t refused_ = 0;  // the count in STATUS that is known already
    Statistics statistics_;
};

}  // namespace transports::pcie
