// The kill x version matrix: one HAL takes over from the other at every moment of what that one is doing, in both
// directions, however the outgoing one ends.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "chaos/closure.hpp"
#include "chaos/trial.hpp"
#include "chaos/update/update.hpp"

namespace chaos::update {

/// What the outgoing HAL is doing.
enum class Work : std::uint8_t {
    keeps,    ///< Looks at a chip that is as intended, under traffic.
    repairs,  ///< Puts upsets right, under traffic.
    applies,  ///< Brings the chip from the other side's configuration to its own; drains.
    boots,    ///< From cold reset.
};
inline constexpr std::size_t kWorks = 4;

/// How it ends.
enum class End : std::uint8_t {
    killed,
    stopped,     ///< Told to stop; it ends at its next safe point.
    overlapped,  ///< Not at all: the other one starts beside it, and the fence decides.
    befallen,    ///< Killed while one of the chip's own events strikes.
};
inline constexpr std::size_t kEnds = 4;

const char* name(Work work);
const char* name(End end);

struct Count {
    std::uint64_t runs = 0, survived = 0;
    std::uint64_t deferred = 0;  ///< Of the survived: changes were left to a drain, and carried out after one.
    std::uint64_t fenced = 0;    ///< Of the overlapped: the outgoing one was told so.
};

/// One kind of work of one side.
struct Row {
    std::string from, to;
    Work work = Work::keeps;
    std::uint64_t moments = 0;      ///< Of the outgoing HAL's run, all of them covered (overlaps: see `every`):
    std::uint64_t states = 0;       ///< moments in a row with one chip state are one for kills,
    std::uint64_t safe_points = 0;  ///< those with one next safe point are one for stops.
    std::array<Count, kEnds> ends{};
    std::uint64_t worst_stall_us = 0;  ///< The longest that the workload stood still, from the outgoing one's start on.
    std::string worst_stall;           ///< Where.
    std::pair<std::uint64_t, std::string> worst() const { return {worst_stall_us, worst_stall}; }
};

struct Place {
    std::string block, op, phase, end;
    friend bool operator<(const Place& a, const Place& b) {
        return std::tie(a.block, a.op, a.phase, a.end) < std::tie(b.block, b.op, b.phase, b.end);
    }
};

struct MatrixOptions {
    unsigned threads = 1;
    OracleSet oracles = OracleSet().set();
    /// The least share of its throughput that the workload keeps over `window_us` around an update.
    double share = 0.8;
    std::uint64_t window_us = 100'000;
    std::uint32_t every = 1;  ///< Overlaps at every n-th moment, and at the first and last one of each chip state.
    std::string only;         ///< One trial, by its id: `new>old/boots/killed/1234`.
};

struct MatrixResult {
    std::vector<Row> rows;
    std::map<Place, std::array<std::uint64_t, 2>> places;  ///< Survived, lost.
    std::vector<Loss> losses;                              ///< The first few.
    std::uint64_t runs = 0, lost = 0, accesses = 0;
    double seconds = 0;
};

/// Every takeover. The scenario is that of the update. `progress` is told of runs and losses.
MatrixResult matrix(const Update& update, const Scenario& scenario, const MatrixOptions& options,
                    const std::function<void(std::uint64_t runs, std::uint64_t lost)>& progress = {});

}  // namespace chaos::update
