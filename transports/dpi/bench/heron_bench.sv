// Transactor and chip, pin to pin; nothing is at the PCIe window. The simulator's top where C++ makes the clock.
module heron_bench (
  input logic clk
);
  logic        rst_n, warm_reset, sclk, cs_n, mosi, miso;
  logic        psel, penable, pwrite, pconsume, pscan, pready, pslverr, pprotected;
  logic [31:0] paddr, pwdata, prdata, wait_us, passed_us;
  logic        wait_valid, wait_to_event, wait_done;

  heron_transactor transactor (.*);

  /* verilator lint_off PINCONNECTEMPTY */
  heron_top top (.*, .awvalid(1'b0), .awready(), .awaddr('0), .wvalid(1'b0), .wready(), .wdata('0), .wstrb('0),
                 .bvalid(), .bready(1'b1), .bresp(), .arvalid(1'b0), .arready(), .araddr('0), .rvalid(),
                 .rready(1'b1), .rdata(), .rresp());
  /* verilator lint_on PINCONNECTEMPTY */
endmodule
