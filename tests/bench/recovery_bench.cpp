// How long a real recovery takes against what it can't do without. Measured: an unmodified halctl boots, is killed
// (SIGKILL) half way, and a fresh one brings the chip up. The floor, each part measured by itself: two processes
// started and ended, one of them by a kill; the same frames between two processes; the HAL's and the model's own work.
#include <benchmark/benchmark.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "chaos/real/served_chip.hpp"
#include "transports/unix/unix_wire.hpp"

namespace {

using chaos::Moment;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> times) {
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
    return times[times.size() / 2];
}

/// Sees the frames of one process; ends it at a moment.
class Ender final : public chaos::real::ProcessBoundary {
public:
    explicit Ender(std::uint32_t at) : at_(at) {}
    bool reached(std::uint32_t index, Moment moment, std::size_t bytes) override {
        moments = index + 1;
        if (index == at_) {
            if (process != nullptr) process->kill();
            return false;
        }
        if (moment == Moment::before) frames.push_back(bytes);
        return true;
    }
    std::uint32_t moments = 0;
    std::vector<std::size_t> frames;

private:
    const std::uint32_t at_;
};
constexpr std::uint32_t kNever = 0xFFFF'FFFF;

/// Answers at once.
class Echo final : public hal::bus::Wire {
public:
    hal::bus::Result<void> transfer(const std::uint8_t*, std::uint8_t*, std::size_t) override { return {}; }
    std::size_t max_transfer() const override { return 4096; }
    hal::bus::Nanoseconds now() override { return 0; }
    void wait_until(hal::bus::Nanoseconds) override {}
};

/// The frames between this process and another, with nothing behind them.
double frames_alone(const std::vector<std::size_t>& frames, const std::string& socket) {
    Echo echo;
    auto server = transports::unix_socket::UnixServer::listen(socket, echo);
    if (!server) throw std::runtime_error(server.error());
    const pid_t child = ::fork();
    if (child == 0) {
        auto wire = transports::unix_socket::UnixWire::connect(socket);
        std::vector<std::uint8_t> tx(4096), rx(4096);
        for (const std::size_t size : frames) {
            if (!wire || !(*wire)->transfer(tx.data(), rx.data(), size)) ::_exit(1);
        }
        ::_exit(0);
    }
    bool connected = false;
    Clock::time_point start = Clock::now();
    while (!(connected && (*server)->clients() == 0)) {
        if (!(*server)->poll_once(100)) throw std::runtime_error("the socket fails");
        if (!connected && (*server)->clients() != 0) start = Clock::now();
        connected = connected || (*server)->clients() != 0;
    }
    return seconds_since(start);
}

/// Processes that answer each other on two cores are as fast as the cores wake up, and the floor's wake up less often:
/// all of both runs on one.
void stay_on_one_core() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    if (::sched_setaffinity(0, sizeof one, &one) != 0) throw std::runtime_error("cannot stay on one core");
}

void Recovery(benchmark::State& state) {
    stay_on_one_core();
    const chaos::Scenario scenario = chaos::make_scenario("boot", static_cast<std::uint32_t>(state.range(0)),
                                                          static_cast<std::uint32_t>(state.range(1)));
    const transports::model::Layout layout(*scenario.chip);
    const char* const named = std::getenv("RECONVERGE_HALCTL");
    const std::string halctl = named != nullptr ? named : chaos::real::find_halctl();
    chaos::real::ServedChip served(scenario, layout, halctl);
    served.restore();
    Ender whole(kNever);
    if (served.converge(whole) != 0) throw std::runtime_error("halctl doesn't converge");
    std::vector<double> real, processes, exchange, work;
    for ([[maybe_unused]] auto _ : state) {
        served.restore();
        auto start = Clock::now();
        Ender dies(whole.moments / 2), lives(kNever);
        served.converge(dies);
        if (served.converge(lives) != 0) throw std::runtime_error("a fresh halctl doesn't converge");
        real.push_back(seconds_since(start));

        start = Clock::now();
        chaos::real::Process({halctl, "--version"}).wait();
        chaos::real::Process killed({halctl, "--version"});
        killed.wait();
        killed.kill();
        processes.push_back(seconds_since(start));

        std::vector<std::size_t> frames = dies.frames;
        frames.insert(frames.end(), lives.frames.begin(), lives.frames.end());
        exchange.push_back(frames_alone(frames, served.folder() + "/echo"));

        served.restore();
        start = Clock::now();
        Ender first(whole.moments / 2);
        served.rig.run(scenario.intended, scenario.policy, &first);
        served.rig.run(scenario.intended, scenario.policy);
        work.push_back(seconds_since(start));
    }
    const double floor = median(processes) + median(exchange) + median(work);
    state.counters["real_ms"] = 1e3 * median(real);
    state.counters["floor_ms"] = 1e3 * floor;
    state.counters["processes_ms"] = 1e3 * median(processes);
    state.counters["frames_ms"] = 1e3 * median(exchange);
    state.counters["work_ms"] = 1e3 * median(work);
    state.counters["ratio"] = median(real) / floor;
}
BENCHMARK(Recovery)->Args({1, 8})->Args({1, 1})->Iterations(50)->Unit(benchmark::kMillisecond);

}  // namespace
