// Copy this. A bench that boots the chip with the HAL, kills it in the middle of a live update, and lets a fresh one
// finish. Written as a clocked state machine, so that it also runs where tasks can't take time.
module example_tb
  import reconverge_pkg::*;
`ifdef VERILATOR
  (input logic clk);
`else
  ;
  timeunit 1ns;
  timeprecision 1ps;
  logic clk = 1'b0;
  always #5 clk = ~clk;
`endif
  `ifndef SCALE
    `define SCALE "1/8"
  `endif

  // --- the chip and the host's end of its pins
  logic        rst_n, warm_reset, sclk, cs_n, mosi, miso;
  logic        psel, penable, pwrite, pconsume, pscan, pready, pslverr, pprotected;
  logic [31:0] paddr, pwdata, prdata, wait_us, passed_us;
  logic        wait_valid, wait_to_event, wait_done;
  heron_transactor host (.*);
  /* verilator lint_off PINCONNECTEMPTY */
  heron_top chip (.*, .awvalid(1'b0), .awready(), .awaddr('0), .wvalid(1'b0), .wready(), .wdata('0), .wstrb('0),
                  .bvalid(), .bready(1'b1), .bresp(), .arvalid(1'b0), .arready(), .araddr('0), .rvalid(),
                  .rready(1'b1), .rdata(), .rresp());
  /* verilator lint_on PINCONNECTEMPTY */

  // --- the test
  typedef enum logic [2:0] {OPEN, BOOT, LOOK, KILL, UPDATE, AGAIN, DONE} step_e;
  step_e step = OPEN;
  int    clocks = 0;
  int    errors = 0;

  /* verilator lint_off BLKSEQ */  // this process has its variables to itself
  task automatic check(input logic good, input string what);
    $display("%s: %s", good ? "ok  " : "FAIL", what);
    if (!good) begin
      $display("      %s", hal_why());
      errors = errors + 1;
    end
  endtask

  task automatic all_as_intended(input string what);
    check(hal_failed() == 0 && hal_as_intended() == hal_instances(), what);
    for (int unsigned i = 0; i < hal_instances(); i++)
      if (hal_complaint(i) != "") $display("      %s", hal_complaint(i));
  endtask

  always @(posedge clk) begin
    clocks = clocks + 1;
    case (step)
      OPEN: begin
        check(hal_open(`SCALE) == 0, "the chip is known");
        check(hal_converge("training", 0) == 0, "boot started");
        step = BOOT;
      end
      BOOT: if (hal_busy() == 0) begin
        all_as_intended("booted to 'training'");
        check(hal_peek("pll[0].status.locked") == 0, "peek started");
        step = LOOK;
      end
      LOOK: if (hal_busy() == 0) begin
        check(hal_failed() == 0 && hal_value() == 1, "pll[0] is locked");
        check(hal_converge("inference", 1) == 0, "live update started");
        clocks = 0;
        step = KILL;
      end
      KILL: if (clocks == 40_000) begin
        check(hal_busy() == 1, "the update is under way");
        hal_reset_host();
        step = UPDATE;
      end
      UPDATE: if (hal_busy() == 0) begin
        check(hal_converge("inference", 1) == 0, "a fresh HAL started");
        step = AGAIN;
      end
      AGAIN: if (hal_busy() == 0) begin
        all_as_intended("updated to 'inference'");
        check(hal_writes() != 0, "there was something left to do");
        step = DONE;
      end
      default: begin
        $display("%s", errors == 0 ? "PASS" : "FAIL");
        $finish;
      end
    endcase
  end
  /* verilator lint_on BLKSEQ */
endmodule
