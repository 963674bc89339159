// What a watching HAL has done, in Prometheus' text format (version 0.0.4), for a node exporter's textfile collector.
#pragma once

#include <cstdint>
#include <string>

#include "hal/api/hal.h"

namespace transports::halctl::watch {

struct Metrics {
    std::string intent;  ///< Its name.
    std::uint64_t rounds = 0, rounds_incomplete = 0, rounds_failed = 0;
    std::uint64_t reads = 0, writes = 0, retries = 0;
    /// Blocks that were found to differ from an intent that they had met before.
    std::uint64_t faults = 0;
    std::uint64_t reloads = 0, reloads_refused = 0;
    std::uint32_t epoch = 0;
    std::int64_t last_round = 0;  ///< Seconds since 1970.
    hal_report report{};          ///< Of the last round that didn't fail.

    std::string text() const;
    /// Replaces `file` as a whole: nobody ever reads half of it. Answers what went wrong; empty if nothing did.
    std::string write(const std::string& file) const;
};

}  // namespace transports::halctl::watch
