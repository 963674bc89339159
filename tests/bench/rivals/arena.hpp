// What every way to look for a mistake is given: the same chips, faults and oracles as the explorer's. They differ in
// which plans they try, and in what they learn from the last one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "chaos/scenario.hpp"
#include "chaos/trial.hpp"

namespace rivals {

/// One scenario on one link, on Heron at scale 1/8, with two HALs: the one that is suspected, and the untouched one.
class Arena {
public:
    Arena(const std::string& scenario, chaos::Path path, const std::string& suspect);

    /// The moments of the fault-free run, in order.
    std::uint32_t moments() const { return static_cast<std::uint32_t>(ends_ns_.size()); }
    /// The one that lasts, on a link of 25 MHz or with 1 us for an access, at a share of the whole run's time.
    std::uint32_t moment_at(double share) const;
    bool spi() const { return scenario_.path == chaos::Path::spi; }
    /// Tries a plan; ends the program if the suspect is lost where the untouched HAL is not. True: all faults struck.
    bool survives(const chaos::faults::Plan& plan);

private:
    void learn_times();

    const chaos::Scenario untouched_, scenario_;
    const transports::model::Layout layout_;
    std::unique_ptr<chaos::Trials> suspect_, other_;
    std::vector<std::uint64_t> ends_ns_;
};

/// All scenarios on both links; each is made when it is first asked for.
class Arenas {
public:
    explicit Arenas(std::string suspect);
    std::size_t size() const { return made_.size(); }
    Arena& operator[](std::size_t n);

private:
    const std::string suspect_;
    std::vector<std::unique_ptr<Arena>> made_;
};

/// Of this process, its start included.
double cpu_seconds();

/// Prints the line of JSON that tells what came of it, and ends the program.
[[noreturn]] void give_up();

}  // namespace rivals
