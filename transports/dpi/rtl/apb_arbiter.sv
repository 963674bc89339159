// Two requesters before one bus: the SPI bridge, whose frames are not interrupted, and the PCIe window. An access
// starts only when the effects of the last one have settled; until then it is held by wait states.
`include "planted.svh"
module apb_arbiter
  import heron_pkg::*;
(
  input  logic         clk,
  input  logic         rst_n,
  input  logic         calm,      // accesses may start
  output logic         busy,
  // requester 0; lock: keeps the bus between its transfers
  input  logic         a_psel,
  input  logic         a_lock,
  input  logic [19:0]  a_page,
  input  apb_request_t a_request,
  output apb_reply_t   a_reply,
  // requester 1
  input  logic         b_psel,
  input  logic [19:0]  b_page,
  input  apb_request_t b_request,
  output apb_reply_t   b_reply,
  // completers
  output logic         psel,
  output logic [19:0]  page,
  output apb_request_t request,
  input  apb_reply_t   reply
);

  typedef enum logic [1:0] {IDLE, SETUP, ACCESS, DONE} state_t;
  state_t state;
  logic second;  // requester 1 has the bus
  apb_reply_t kept;

  wire a_asks = a_psel && a_request.enable;
  wire b_asks = b_psel && b_request.enable && !a_lock;

  assign busy = state != IDLE || a_asks || b_asks;
  assign psel = state == SETUP || state == ACCESS;
  assign a_reply = state == DONE && !second ? kept : '0;
  assign b_reply = state == DONE && second ? kept : '0;

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      state <= IDLE;
      second <= 1'b0;
      page <= 0;
      request <= '0;
      kept <= '0;
    end else case (state)
      IDLE: if (calm && (a_asks || b_asks)) begin
        state <= SETUP;
        second <= !a_asks;
        page <= a_asks ? a_page : b_page;
        request <= a_asks ? a_request : b_request;
        request.enable <= 1'b0;
      end
      SETUP: begin
        state <= ACCESS;
        request.enable <= 1'b1;
      end
      ACCESS: if (reply.ready || `PLANTED(5)) begin
        state <= DONE;
        request.enable <= 1'b0;
        kept <= reply;
        kept.ready <= 1'b1;
      end
      default: state <= IDLE;
    endcase
  end

endmodule
