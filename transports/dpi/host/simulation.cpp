#include "transports/dpi/host/simulation.hpp"

#include <Vheron_bench.h>
#include <verilated.h>
#ifdef RECONVERGE_RTL_FST
#include <verilated_fst_c.h>
#else
#include <verilated_vcd_c.h>
#endif

namespace transports::dpi {
namespace {

constexpr std::uint64_t kPeriodPs = 10'000;  // what waveforms show; chip time is the host's business

#ifdef RECONVERGE_RTL_FST
using Waveform = VerilatedFstC;
constexpr const char* kWaveform = "fst";
#else
using Waveform = VerilatedVcdC;
constexpr const char* kWaveform = "vcd";
#endif

}  // namespace

struct Simulation::Model {
    VerilatedContext context;
    std::unique_ptr<Vheron_bench> top;
    std::unique_ptr<Waveform> waveform;
};

Simulation::Simulation(unsigned power_on) : model_(std::make_unique<Model>()) {
    constexpr int kZeros = 0, kRandom = 2;
    model_->context.randReset(power_on == 0 ? kZeros : kRandom);
    model_->context.randSeed(static_cast<int>(power_on));
    model_->context.traceEverOn(true);
    model_->top = std::make_unique<Vheron_bench>(&model_->context);
    Host::current = &host_;
    model_->top->clk = 0;
    model_->top->eval();
    for (int i = 0; i < 16; ++i) clock();  // power-on
}

Simulation::~Simulation() {
    if (model_->waveform) model_->waveform->close();
    model_->top->final();
}

const char* Simulation::scale() { return RECONVERGE_RTL_SCALE; }
const char* Simulation::waveform() { return kWaveform; }

void Simulation::clock() {
    Host::current = &host_;
    Vheron_bench& top = *model_->top;
    top.clk = 1;
    top.eval();
    if (model_->waveform) model_->waveform->dump(clocks_ * kPeriodPs);
    top.clk = 0;
    top.eval();
    if (model_->waveform) model_->waveform->dump(clocks_ * kPeriodPs + kPeriodPs / 2);
    ++clocks_;
}

bool Simulation::run(std::uint64_t limit) {
    for (std::uint64_t i = 0; i < limit; ++i) {
        if (host_.idle()) return true;
        clock();
    }
    return host_.idle();
}

void Simulation::dump(const std::string& file) {
    model_->waveform = std::make_unique<Waveform>();
    model_->top->trace(model_->waveform.get(), 99);
    model_->waveform->open(file.c_str());
}

}  // namespace transports::dpi
