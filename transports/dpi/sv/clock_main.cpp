// The clock of example_tb under Verilator. Other simulators make their own.
#include <Vexample_tb.h>
#include <verilated.h>

#include <memory>

int main(int argc, char** argv) {
    const auto context = std::make_unique<VerilatedContext>();
    context->commandArgs(argc, argv);
    const auto top = std::make_unique<Vexample_tb>(context.get());
    while (!context->gotFinish()) {
        top->clk = 1;
        top->eval();
        top->clk = 0;
        top->eval();
    }
    top->final();
}
