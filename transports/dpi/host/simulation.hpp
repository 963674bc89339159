// The Verilated bench (transports/dpi/bench/heron_bench.sv) and the host beside it. Which chip it is was decided when
// the program was linked.
#pragma once

#include <memory>
#include <string>

#include "transports/dpi/host/host.hpp"

namespace transports::dpi {

/// Not thread-safe, but several may live in one program. fork() copies it whole: a snapshot.
class Simulation {
public:
    /// The chip after a cold reset. Two states stand for the four of other simulators: what nothing has initialised
    /// starts as zero, or, with a `power_on` that is not 0, as bits drawn by it. Nothing must depend on that.
    explicit Simulation(unsigned power_on = 0);
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;
    ~Simulation();

    /// Of the chip: "1/8".
    static const char* scale();

    Host& host() { return host_; }
    /// One clock.
    void clock();
    /// Clocks until the host is idle. False: it still wasn't after `limit` clocks.
    bool run(std::uint64_t limit = 4'000'000'000);
    std::uint64_t clocks() const { return clocks_; }

    /// From here on, the pins and the register bus as a waveform. The file is whole once this object is gone.
    void dump(const std::string& file);
    /// Its format, as Verilator was told: "vcd" or "fst".
    static const char* waveform();

private:
    struct Model;

    Host host_;
    std::unique_ptr<Model> model_;
    std::uint64_t clocks_ = 0;
};

}  // namespace transports::dpi
