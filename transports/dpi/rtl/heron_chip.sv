// Heron below its two links: the register bus, all blocks, the workload, time. Ports: transports/dpi/README.md.
module heron_chip
  import heron_pkg::*;
(
  input  logic        clk,
  input  logic        rst_n,
  input  logic        warm_reset,
  // from the SPI bridge
  input  logic        psel,
  input  logic        penable,
  input  logic        pwrite,
  input  logic [31:0] paddr,
  input  logic [31:0] pwdata,
  input  logic        pconsume,
  input  logic        plock,
  input  logic        pscan,
  output logic [31:0] prdata,
  output logic        pready,
  output logic        pslverr,
  output logic        pprotected,
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
  output logic [1:0]  rresp,
  // the fence
  input  logic [31:0] epoch,
  input  logic [31:0] owner_nonce,
  input  logic        claimed,
  output logic        claim_request,
  output logic [31:0] claim_expected,
  output logic [31:0] claim_nonce,
  input  logic        claim_done,
  // time
  input  logic        wait_valid,
  input  logic [31:0] wait_us,
  input  logic        wait_to_event,
  output logic        wait_done,
  output logic [31:0] passed_us,
  output logic        quiet
);

  localparam logic [19:0] WORKLOAD_PAGE = '1;

  env_t env;
  logic blocks_pending, workload_pending, stepping, bus_busy, w_psel, b_psel, host_writes, traffic_open, gate_moved;
  logic missed, m_psel;
  logic [2:0] phase;
  logic [31:0] step_us, phase_timer, soonest, waking;
  logic [19:0] w_page, m_page;
  apb_request_t w_request, m_request;
  apb_reply_t w_reply, m_reply, blocks_reply, a_reply;

  // What has happened has settled everywhere.
  wire settled = !blocks_pending && !workload_pending && !warm_reset && !claimed;
  assign quiet = settled && !stepping && !bus_busy;

  assign env = '{warm: warm_reset, claimed: claimed, host_writes: host_writes, phase: phase, step_us: step_us,
                 epoch: epoch};

  heron_time time_base (.clk, .rst_n, .wait_valid, .wait_us, .wait_to_event, .wait_done, .passed_us,
                        .calm(quiet), .step_us, .stepping,
                        .soonest(sooner(soonest, phase_timer)),
                        .waking(phase != 0 ? sooner(waking, phase_timer) : waking));

  heron_workload workload (.clk, .rst_n, .warm(warm_reset), .traffic_open, .gate_moved, .missed,
                           .settling(blocks_pending), .step_us, .phase, .timer(phase_timer), .host_writes,
                           .pending(workload_pending));

  axil_window window (.clk, .rst_n(rst_n && !warm_reset), .awvalid, .awready, .awaddr, .wvalid, .wready, .wdata, .wstrb,
                      .bvalid, .bready, .bresp, .arvalid, .arready, .araddr, .rvalid, .rready, .rdata, .rresp,
                      .psel(w_psel), .page(w_page), .request(w_request), .reply(w_reply),
                      .epoch, .owner_nonce, .claim_request, .claim_expected, .claim_nonce, .claim_done);

  apb_arbiter arbiter (.clk, .rst_n, .calm(settled && !stepping), .busy(bus_busy),
                       .a_psel(psel), .a_lock(plock), .a_page(paddr[31:12]),
                       .a_request('{enable: penable, write: pwrite, consume: pconsume, scan: pscan,
                                    addr: paddr[11:0], wdata: pwdata}),
                       .a_reply, .b_psel(w_psel), .b_page(w_page), .b_request(w_request), .b_reply(w_reply),
                       .psel(m_psel), .page(m_page), .request(m_request), .reply(m_reply));

  // The workload's own state is no register: only scans see it.
  wire at_workload = m_request.scan && m_page == WORKLOAD_PAGE;
  assign b_psel = m_psel && !at_workload;
  assign m_reply = !at_workload ? blocks_reply
      : '{ready: m_request.enable, refused: 1'b0, protect: 1'b0,
          data: m_request.addr[2] ? {29'd0, phase} : phase_timer};

  heron_blocks blocks (.clk, .rst_n, .env, .psel(b_psel), .page(m_page), .request(m_request), .reply(blocks_reply),
                       .traffic_open, .gate_moved, .pending(blocks_pending), .missed, .soonest, .waking);

  assign prdata = a_reply.data;
  assign pready = a_reply.ready;
  assign pslverr = a_reply.refused;
  assign pprotected = a_reply.protect;

endmodule
