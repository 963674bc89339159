// Checks a certificate without the explorer: runs a fresh HAL from leaves and looks whether what it passes through is
// among them. Shares with the explorer what a run is and what it must keep (the judge), and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "chaos/certificate/certificate.hpp"
#include "chaos/scenario.hpp"

namespace chaos::verify {

struct Options {
    bool all = false;            ///< Every leaf is run, and everything the header counts is counted again.
    std::uint64_t sample = 100;  ///< Else so many, spread evenly.
    unsigned threads = 1;
};

struct Result {
    std::uint64_t leaves = 0;
    std::uint64_t run = 0;         ///< Of them,
    std::uint64_t runs = 0;        ///< each by every HAL that may be started.
    std::uint64_t moments = 0;     ///< At which a HAL could die; the state at each is a leaf.
    std::uint64_t successors = 0;  ///< Edges compared with those of the leaves.
    std::uint64_t accesses = 0;
    std::uint64_t wrong = 0;            ///< Findings.
    std::vector<std::string> findings;  ///< The first few.
    double seconds = 0;
};

/// Throws certificate::Refused if the certificate is about something else than `scenario` on this program's model, or
/// if it can't be what the explorer wrote. `progress` is called now and then from the calling thread.
Result verify(const certificate::Certificate& certificate, const Scenario& scenario, const Options& options,
              const std::function<void(std::uint64_t done, std::uint64_t all)>& progress = {});

}  // namespace chaos::verify
