// Two fidelities of death, compared: the same kill simulated in process and done with SIGKILL to an unmodified halctl
// must leave the same chip. So must a process that stands still (SIGSTOP) and goes on late.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "chaos/scenario.hpp"

namespace chaos::real {

struct PairedOptions {
    std::string halctl;       ///< The program.
    std::uint64_t first = 0;  ///< Points have a fixed order that spreads them over the run;
    std::uint64_t kills = 0;  ///< so many of them, from `first` on.
    std::uint64_t stops = 0;  ///< Of each kind.
};

struct PairedResult {
    std::uint64_t frames = 0, moments = 0, points = 0;  ///< Of the run: points at which a process can be killed.
    std::uint64_t kills = 0;
    std::uint64_t before = 0, inside = 0, behind = 0, waiting = 0;  ///< Of the kills: where in a frame.
    std::uint64_t passed = 0;                                       ///< Distinct chip states of the run without kills,
    std::uint64_t states = 0;                                       ///< and of these, those that the kills left.
    std::uint64_t recovered =
        0;                     ///< Of the kills: a fresh halctl was run to its end, and the chip is as without kills.
    std::uint64_t paused = 0;  ///< Stood still for 50 ms; what came after was as simulated.
    std::uint64_t fenced = 0;  ///< Another HAL took over meanwhile; nothing was written any more.
    std::uint64_t lost = 0;    ///< A contract was broken: not recovered, or acted on what it had seen before.
    std::uint64_t differ = 0;  ///< Simulated and real don't agree.
    std::string first;         ///< Of either, in words.
    double seconds = 0;
};

/// Throws std::runtime_error if halctl and the HAL in process don't even agree without a kill.
PairedResult compare_kills(const Scenario& scenario, const PairedOptions& options,
                           const std::function<void(const PairedResult&)>& progress = {});

}  // namespace chaos::real
