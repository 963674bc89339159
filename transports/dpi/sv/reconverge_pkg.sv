// The HAL for a test bench: libhal's C interface (hal/api/hal.h) in SystemVerilog. docs/systemverilog.md.
//
// No function here takes simulation time. Those that talk to the chip start a process of the HAL beside the simulation,
// which heron_transactor serves clock by clock; hal_busy() says when it is done. One process at a time.
package reconverge_pkg;

  // The chip on the bench: "1/8" ... "4". First of all. 0, or 1 if there is no such chip.
  import "DPI-C" reconverge_sv_open = function int hal_open(input string scale);

  // Brings the chip to an intent: "training", "inference", "degraded", or a JSON file's name. drain: running
  // traffic may be drained for it. 0: started; 1: not, hal_why() says why.
  import "DPI-C" reconverge_sv_converge = function int hal_converge(input string intent, input int drain);
  // The same without writing anything: hal_pending() then says how many instances would be changed.
  import "DPI-C" reconverge_sv_plan = function int hal_plan(input string intent);
  // Reads a register or field by its name, "pll[3].status.locked", without side effects and without a claim.
  import "DPI-C" reconverge_sv_peek = function int hal_peek(input string path);
  // Writes a whole register by its name. Claims first.
  import "DPI-C" reconverge_sv_poke = function int hal_poke(input string path, input int unsigned value);

  // 1 while a process runs or its transfer is still on the wire.
  import "DPI-C" reconverge_sv_busy = function int hal_busy();

  // Of the last process, once it isn't busy any more.
  import "DPI-C" reconverge_sv_failed = function int hal_failed();            // 1: hal_why() says why
  import "DPI-C" reconverge_sv_why = function string hal_why();
  import "DPI-C" reconverge_sv_value = function int unsigned hal_value();     // of a peek
  import "DPI-C" reconverge_sv_as_intended = function int unsigned hal_as_intended();  // instances
  import "DPI-C" reconverge_sv_pending = function int unsigned hal_pending();          // instances
  import "DPI-C" reconverge_sv_writes = function int unsigned hal_writes();            // words
  import "DPI-C" reconverge_sv_instances = function int unsigned hal_instances();      // of the chip
  // "pll[3]: broken: no lock within 500 us" for instance number i; "" if it is as intended.
  import "DPI-C" reconverge_sv_complaint = function string hal_complaint(input int unsigned i);

  // The process dies, as by SIGKILL: its transfer completes on the wire, nobody hears the reply.
  import "DPI-C" reconverge_sv_kill = function void hal_kill();
  // The microcontroller is reset: the process dies and chip select rises at the next clock, mid-frame.
  import "DPI-C" reconverge_sv_reset_host = function void hal_reset_host();

`ifndef VERILATOR
  // For benches in which time may pass in a task.
  task automatic hal_wait(input realtime period = 10ns);
    while (hal_busy() != 0) #period;
  endtask
`endif

endpackage
