// The commands of halctl. Each prints its result and answers the exit code; trouble is thrown (session.hpp).
#pragma once

#include <cstdint>
#include <string>

#include "transports/console/console.hpp"

namespace transports::halctl {

using console::bold;
using console::green;
using console::grouped;
using console::print_table;
using console::red;
using console::Rows;
using console::yellow;

/// Exit codes of every command (docs/command-line.md).
enum Exit : int { kDone = 0, kFinding = 1, kUsage = 2, kTrouble = 3 };

struct Options {
    std::string link, scale = "1", intent = "training", record, path, value;
    unsigned deadline_s = 0;  ///< 0: libhal's own.
    bool json = false, retry = false, drain = false, all = false, force = false;
    bool watch = false;        ///< converge: stay and look again.
    double period_s = 1;       ///< So often.
    std::uint64_t rounds = 0;  ///< So many times; 0: without end.
    std::string metrics;       ///< A file, or empty.
};

Exit converge(const Options& options);
Exit converge_and_watch(const Options& options);
Exit plan(const Options& options);
Exit status(const Options& options);
Exit list(const Options& options);
Exit dump(const Options& options);
Exit doctor(const Options& options);
Exit peek(const Options& options);
Exit poke(const Options& options);

}  // namespace transports::halctl
