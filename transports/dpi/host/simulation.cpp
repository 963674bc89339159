#include "transports/dpi/host/simulation.hpp"

#include <Vheron_bench.h>
#include <verilated.h>
#include <verilated_vcd_c.h>

namespace transports::dpi {
namespace {

constexpr std::uint64_t kPeriodPs = 10'000;  // what waveforms show; chip time is the host's business

}  // namespace

struct Simulation::Model {
    VerilatedContext context;
    std::unique_ptr<Vheron_bench> top;
    std::unique_ptr<VerilatedVcdC> vcd;
};

Simulation::Simulation() : model_(std::make_unique<Model>()) {
    model_->context.traceEverOn(true);
    model_->top = std::make_unique<Vheron_bench>(&model_->context);
    Host::current = &host_;
    model_->top->clk = 0;
    model_->top->eval();
    for (int i = 0; i < 16; ++i) clock();  // power-on
}

Simulation::~Simulation() {
    if (model_->vcd) model_->vcd->close();
    model_->top->final();
}

const char* Simulation::scale() { return RECONVERGE_RTL_SCALE; }

void Simulation::clock() {
    Host::current = &host_;
    Vheron_bench& top = *model_->top;
    top.clk = 1;
    top.eval();
    if (model_->vcd) model_->vcd->dump(clocks_ * kPeriodPs);
    top.clk = 0;
    top.eval();
    if (model_->vcd) model_->vcd->dump(clocks_ * kPeriodPs + kPeriodPs / 2);
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
    model_->vcd = std::make_unique<VerilatedVcdC>();
    model_->top->trace(model_->vcd.get(), 99);
    model_->vcd->open(file.c_str());
}

}  // namespace transports::dpi
