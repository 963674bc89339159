// The oracles: what must hold after a fresh HAL has run to its end. One table; each can be switched off, so that it
// can be shown what it is worth.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chaos/rig.hpp"

namespace chaos {

enum class Oracle : std::uint8_t {
    completes,     ///< The HAL ends without error and reports what the fault-free run reports.
    delivers,      ///< Every measure of the hardware equals the intent, in the intent's units.
    same_end,      ///< The chip's state equals that of the fault-free run, to the bit.
    undisturbed,   ///< Running traffic was not disturbed.
    lawful,        ///< No access that the manual forbids.
    planned,       ///< No register written that no plan named.
    idempotent,    ///< A further HAL finds all as this one left it, and nothing to write.
    bounded,       ///< Recovery costs no more than what was left, plus attaching and one sweep, under traffic two.
    isolated,      ///< A block that was given up is at rest.
    whole_groups,  ///< No atomic group of an intent is half-applied under traffic.
    fenced,        ///< A HAL that has lost the port writes nothing any more.
    share,         ///< The workload keeps the share of its throughput that was asked for.
};
inline constexpr std::size_t kOracles = 12;

struct OracleRow {
    Oracle oracle;
    const char* name;
    const char* what;
};

/// One row per oracle, in the order of the enumeration.
const std::vector<OracleRow>& oracles();

struct Finding {
    Oracle oracle;
    std::string what;
};

/// What attaching may cost beyond a sweep: a HAL that takes over in the middle of a drain shuts the gate and looks
/// again.
inline constexpr std::uint64_t kAttachAccesses = 2;

/// What the fault-free run of a scenario ends in: the standard for all others.
struct Reference {
    transports::model::Hash end;
    hal::converge::Report report{};
    std::uint64_t accesses = 0;  ///< Of the whole run.
    std::uint64_t sweep = 0;     ///< Of a run on the converged chip: attach and one sweep.
    std::uint64_t again = 0;     ///< Words that run wrote.
    /// Where several HALs take turns, other ways lead to the same goal: the end's cells, and what all ways agree on.
    std::vector<std::uint32_t> cells, determined;
    std::uint64_t measures = 0, non_zero_measures = 0;
    Intended expected;  ///< What the hardware delivers then: the intent, but for what had to be deferred.
};

/// Collects what plans say will be written, what is written without a plan, and how far a plan has been carried out.
class PlanWatch final : public PlanListener, public transports::model::WriteListener {
public:
    void clear();
    void planned(std::uint16_t instance, std::uint32_t address, std::uint32_t words) override;
    void wrote(std::uint32_t address, std::uint32_t value) override;
    /// Addresses written although no plan so far had named them; the first one.
    std::optional<std::uint32_t> stray() const { return stray_; }
    /// Words written so far of the plan that is being carried out.
    struct Unfinished {
        std::uint16_t instance;
        std::uint32_t words;
    };
    Unfinished unfinished() const { return written_[current_]; }
    /// Words written so far, and a digest of their addresses and values in order.
    std::uint64_t words() const { return words_; }
    std::uint64_t digest() const { return digest_; }

private:
    static constexpr std::uint64_t kNothing = 14695981039346656037u;  // FNV-1a, a word at a time

    std::vector<std::uint32_t> plan_of_ = std::vector<std::uint32_t>(1u << 22);  // by word address; 0: none
    std::vector<std::uint32_t> touched_;
    std::vector<Unfinished> written_{{0, 0}};  // by plan
    bool wrote_ = true;                        // since the last planned()
    std::uint32_t current_ = 0;                // the plan of the last write
    std::optional<std::uint32_t> stray_;
    std::uint64_t words_ = 0, digest_ = kNothing;
};

/// Every measure against the intent. `compared` and `non_zero` count what was looked at.
std::optional<Finding> compare_measures(const transports::model::Chip& chip, const Intended& intended,
                                        std::uint64_t& compared, std::uint64_t& non_zero);

/// A block that was given up although hardware of it still moves that could have been stopped.
std::optional<Finding> given_up_in_motion(const transports::model::Chip& chip,
                                          hal::bus::Span<const hal::converge::InstanceState> states);

/// "type[index]", as people write it.
std::string instance_name(const hal::converge::Chip& chip, std::uint16_t instance);

/// The finding as a short sentence about an error of the HAL.
std::string explain(const hal::converge::Chip& chip, const hal::bus::Error& error);

}  // namespace chaos
