// How fast HAL and model are: modelled register accesses and recoveries per CPU-second. Ratios within one run are what
// counts; machines differ.
#include <benchmark/benchmark.h>

#include "chaos/scenario.hpp"

namespace {

using transports::model::BusStatus;
using transports::model::Chip;
using transports::model::Layout;

/// The model's registers without any link: what HAL and model cost by themselves.
class DirectTransport final : public hal::bus::Transport {
public:
    explicit DirectTransport(Chip& chip) : chip_(chip) {}

    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override {
        for (std::uint32_t n = 0; n < batch.size(); ++n) {
            const hal::bus::Access& a = batch[n];
            for (std::uint32_t w = 0; w < a.count; ++w) {
                if (step(a, w) != BusStatus::ok) {
                    hal::bus::Error error;
                    error.code = hal::bus::Code::bus_error;
                    error.effect = hal::bus::Effect::none;
                    error.completed = n;
                    error.address = a.address + 4 * w;
                    return hal::bus::fail(error);
                }
            }
        }
        return {};
    }
    hal::bus::Nanoseconds now() override { return chip_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override {
        while (chip_.now() < deadline) chip_.wait_until(deadline);
    }

private:
    BusStatus step(const hal::bus::Access& a, std::uint32_t w) {
        switch (a.op) {
            case hal::bus::Op::read: return chip_.read(a.address + 4 * w, a.into[w]);
            case hal::bus::Op::consume: return chip_.consume(a.address, *a.into);
            case hal::bus::Op::write: return chip_.write(a.address + 4 * w, a.from[w]);
            case hal::bus::Op::write_fixed: return chip_.write(a.address, a.from[w]);
            case hal::bus::Op::guard: {
                std::uint32_t value = 0;
                const BusStatus status = chip_.read(a.address, value);
                return status == BusStatus::ok && (value & a.from[0]) != a.from[1] ? BusStatus::protected_ : status;
            }
        }
        return BusStatus::decode_error;
    }

    Chip& chip_;
};

/// Cold boots; one word is one access.
void boot_direct(benchmark::State& state) {
    const chaos::Scenario scenario = chaos::make_scenario("boot", 1, 1);
    const Layout layout(*scenario.chip);
    Chip chip(layout);
    const auto intent = scenario.intended.view();
    std::vector<std::uint64_t> workspace(hal::converge::workspace_size(*scenario.chip) / 8 + 1);
    std::uint64_t accesses = 0;
    for (auto unused : state) {
        chip.cold_reset();
        chip.monitor = {};
        DirectTransport transport(chip);
        const auto done =
            hal::converge::converge(transport, *scenario.chip, intent, scenario.policy,
                                    {reinterpret_cast<std::uint8_t*>(workspace.data()), workspace.size() * 8});
        if (!done || !done->complete()) state.SkipWithError("the boot does not converge");
        accesses += chip.monitor.accesses;
    }
    state.counters["accesses"] = benchmark::Counter(static_cast<double>(accesses), benchmark::Counter::kIsRate);
}
BENCHMARK(boot_direct)->Unit(benchmark::kMillisecond);

/// Cold boots or looks at a healthy chip, through a link.
void through_link(benchmark::State& state, chaos::Path path, bool boot) {
    const chaos::Scenario scenario = chaos::make_scenario("boot", 1, 1);
    const Layout layout(*scenario.chip);
    chaos::Rig rig(layout, path);
    rig.run(scenario.intended, scenario.policy);
    std::uint64_t accesses = 0;
    for (auto unused : state) {
        if (boot) {
            rig.chip.cold_reset();
            rig.forget_sessions();
        }
        const chaos::Run run = rig.run(scenario.intended, scenario.policy);
        if (!run.result || !run.result->complete()) state.SkipWithError("the run does not converge");
        accesses += run.accesses;
    }
    state.counters["accesses"] = benchmark::Counter(static_cast<double>(accesses), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(through_link, boot_spi, chaos::Path::spi, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(through_link, boot_pcie, chaos::Path::pcie, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(through_link, look_spi, chaos::Path::spi, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(through_link, look_pcie, chaos::Path::pcie, false)->Unit(benchmark::kMillisecond);

}  // namespace
