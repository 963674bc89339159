// Every fault of the contract, as one table: what it is, where it can strike, and how a HAL may come out of it.
// Injector, oracle and docs/faults.md all read this table; there is no second definition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chaos/probe.hpp"
#include "chaos/rig.hpp"

namespace chaos::faults {

enum class Fault : std::uint8_t {
    killed,
    paused,
    paused_long,
    paused_beyond,
    overlapped,
    request_lost,
    reply_lost,
    duplicated,
    delayed,
    request_cut,
    reply_cut,
    request_flipped,
    reply_flipped,
    all_ones,
    all_zeros,
    refused,
    busy,
    stuck_busy,
    outage,
    outage_beyond,
    load_timed_out,
    load_ones,
    load_answer_lost,
    store_lost,
    stores_lost,
    stores_late,
    stores_swapped,
    window_outage,
    window_outage_beyond,
    upset,
    lock_lost,
    link_lost,
    ecc_error,
    thermal_alarm,
    block_reset,
    warm_reset,
    cold_reset,
    slow_lock,
    slow_lock_beyond,
    lock_never,
    write_ignored,
    register_dead,
};
inline constexpr std::size_t kFaults = 42;

enum class Level : std::uint8_t {
    process,  ///< The HAL's own process.
    frame,    ///< A frame on the SPI wire.
    access,   ///< A load or store through the PCIe window.
    chip,     ///< The hardware itself.
};

enum class Contract : std::uint8_t { must_recover, must_fail_safe, out_of_contract };

/// How a HAL comes out of it, from best to worst. A fault's row says which of them keep the contract.
enum class Outcome : std::uint8_t {
    same_call,   ///< The same call ends as without the fault, its chip to the bit.
    next_call,   ///< The next HAL finds what happened behind this one's back; then to the bit.
    error,       ///< The call ends with an error and no harm; the next HAL ends as without the fault.
    drain,       ///< Reported as deferred; a HAL that may drain ends as without the fault.
    retry,       ///< Reported as given up, the rest as intended; a HAL told to try again ends as without the fault.
    reset,       ///< Reported as broken or in need of a reset, the rest as intended; right after a cold reset.
    left_alone,  ///< All is as intended in the intent's own units and nothing is written any more; what differs is the
                 ///< host's, a working register, or a record of what happened.
};
inline constexpr std::size_t kOutcomes = 7;

/// Which moments it can strike at: bits by chaos::Moment.
inline constexpr std::uint8_t kBefore = 1, kAfter = 2, kWaiting = 4, kAnyMoment = 7;

/// What its arguments mean.
enum class Target : std::uint8_t {
    none,
    amount,    ///< One number: microseconds, frames, a bit or a byte of the frame.
    instance,  ///< A block.
    reg,       ///< A block and the number of a word.
    bit,       ///< A block, the number of a word, a bit.
};

struct Row {
    Fault fault;
    const char* name;
    Level level;
    Contract contract;
    std::uint8_t outcomes;  ///< Allowed ones: bits by Outcome.
    bool spi, pcie;         ///< Which paths it exists on.
    std::uint8_t moments;
    Target target;
    std::uint32_t amount;  ///< For Target::amount: what the explorer uses.
    const char* what;
    const char* promise;  ///< What is allowed to come of it, for people.
    bool unlawful =
        false;  ///< What was sent along with it may break the manual's rules: nobody can know before looking.
};

/// All rows, in the order of the enumeration.
const std::vector<Row>& rows();
const Row& row(Fault fault);
/// Null for a name that no fault has.
const Row* find(const std::string& name);

inline bool allows(const Row& row, Outcome outcome) {
    return (row.outcomes >> static_cast<unsigned>(outcome) & 1u) != 0;
}
inline bool exists_on(const Row& row, Path path) { return path == Path::spi ? row.spi : row.pcie; }
inline bool strikes_at(const Row& row, Moment moment) {
    return (row.moments >> static_cast<unsigned>(moment) & 1u) != 0;
}
/// The chip itself is struck: a HAL can't foresee it, and a twin without a HAL suffers the same.
inline bool strikes_chip(const Row& row) { return row.level == Level::chip; }

/// What becomes of the frame or access that a fault of these levels strikes. `hint` chooses bits and bytes.
Fate fate(const Row& row, const Sent& sent, std::uint32_t amount);

const char* name(Level level);
const char* name(Contract contract);
const char* name(Outcome outcome);
const char* name(Moment moment);

/// docs/faults.md.
std::string page();

}  // namespace chaos::faults
