// The chip with its SPI bridge, and a bench's way onto the register bus that gives way to the bridge.
module heron_top (
  input  logic        clk,
  input  logic        rst_n,
  input  logic        warm_reset,
  input  logic        sclk,
  input  logic        cs_n,
  input  logic        mosi,
  output logic        miso,
  // the bench's port
  input  logic        psel,
  input  logic        penable,
  input  logic        pwrite,
  input  logic        pconsume,
  input  logic        pscan,
  input  logic [31:0] paddr,
  input  logic [31:0] pwdata,
  output logic [31:0] prdata,
  output logic        pready,
  output logic        pslverr,
  output logic        pprotected,
  // time
  input  logic        wait_valid,
  input  logic [31:0] wait_us,
  input  logic        wait_to_event,
  output logic        wait_done,
  output logic [31:0] passed_us,
  // the PCIe window
  input  logic        awvalid,
  output logic        awready,
  input  logic [31:0] awaddr,
  input  logic        wvalid,
  output logic        wready,
  input  logic [31:0] wdata,
  input  logic [3:0]  wstrb,
  output logic        bvalid,
  input  logic        bready,
  output logic [1:0]  bresp,
  input  logic        arvalid,
  output logic        arready,
  input  logic [31:0] araddr,
  output logic        rvalid,
  input  logic        rready,
  output logic [31:0] rdata,
  output logic [1:0]  rresp
);
  logic        b_psel, b_penable, b_pwrite, b_pconsume, b_plock, quiet;
  logic [31:0] b_paddr, b_pwdata, epoch, owner_nonce, claim_expected, claim_nonce;
  // The bus behind both, under names that `reconverge convert` finds in a waveform.
  logic        m_psel, m_penable, m_pwrite, m_pready, m_pslverr;
  logic [31:0] m_paddr, m_pwdata, m_prdata;
  logic        claimed, claim_request, claim_done;
  logic        own_bench;  // the bench gets the bus between two frames, and keeps it for one access

  spi_bridge bridge (.clk, .rst_n, .sclk, .cs_n, .mosi, .miso,
                     .psel(b_psel), .penable(b_penable), .pwrite(b_pwrite), .pconsume(b_pconsume), .plock(b_plock),
                     .paddr(b_paddr), .pwdata(b_pwdata), .prdata(m_prdata), .pready(m_pready && !own_bench),
                     .pslverr(m_pslverr), .pprotected,
                     .epoch, .owner_nonce, .claimed, .claim_request, .claim_expected, .claim_nonce, .claim_done);

  always_ff @(posedge clk)
    if (!rst_n) own_bench <= 1'b0;
    else if (!own_bench) own_bench <= psel && !b_psel && !b_plock;
    else if (m_penable && m_pready) own_bench <= 1'b0;

  assign m_psel    = own_bench ? psel : b_psel;
  assign m_penable = own_bench ? penable : b_penable;
  assign m_pwrite  = own_bench ? pwrite : b_pwrite;
  assign m_paddr   = own_bench ? paddr : b_paddr;
  assign m_pwdata  = own_bench ? pwdata : b_pwdata;
  assign pready    = m_pready && own_bench;
  assign prdata    = m_prdata;
  assign pslverr   = m_pslverr;

  heron_chip chip (.clk, .rst_n, .warm_reset, .psel(m_psel), .penable(m_penable), .pwrite(m_pwrite),
                   .paddr(m_paddr), .pwdata(m_pwdata), .pconsume(own_bench ? pconsume : b_pconsume),
                   .plock(own_bench ? 1'b0 : b_plock), .pscan(own_bench && pscan),
                   .prdata(m_prdata), .pready(m_pready), .pslverr(m_pslverr), .pprotected,
                   .awvalid, .awready, .awaddr, .wvalid, .wready, .wdata, .wstrb, .bvalid, .bready, .bresp,
                   .arvalid, .arready, .araddr, .rvalid, .rready, .rdata, .rresp,
                   .epoch, .owner_nonce, .claimed, .claim_request, .claim_expected, .claim_nonce, .claim_done,
                   .wait_valid, .wait_us, .wait_to_event, .wait_done, .passed_us, .quiet);

  wire unused = &{1'b0, quiet};
endmodule
