// The chip's end of the PCIe path: read window, apertures, mailbox, behind an AXI4-Lite target (docs/pcie-window.md).
// One access at a time. What is refused, dropped, unaligned, partial or nowhere reads as all ones.
module axil_window
  import heron_pkg::*;
(
  input  logic         clk,
  input  logic         rst_n,
  // AXI4-Lite
  input  logic         awvalid,
  output logic         awready,
  input  logic [31:0]  awaddr,
  input  logic         wvalid,
  output logic         wready,
  input  logic [31:0]  wdata,
  input  logic [3:0]   wstrb,
  output logic         bvalid,
  input  logic         bready,
  output logic [1:0]   bresp,
  input  logic         arvalid,
  output logic         arready,
  input  logic [31:0]  araddr,
  output logic         rvalid,
  input  logic         rready,
  output logic [31:0]  rdata,
  output logic [1:0]   rresp,
  // the register bus
  output logic         psel,
  output logic [19:0]  page,
  output apb_request_t request,
  input  apb_reply_t   reply,
  // the fence, which the SPI bridge keeps
  input  logic [31:0]  epoch,
  input  logic [31:0]  owner_nonce,
  output logic         claim_request,
  output logic [31:0]  claim_expected,
  output logic [31:0]  claim_nonce,
  input  logic         claim_done
);

  localparam logic [31:0] ALL_ONES = '1, DOORBELL_KEY = 32'hC1A1_0000, NO_REFUSED_READ = 32'd1;
  localparam logic [31:0] MAILBOX_BASE = 32'h1100_0000, MAILBOX_SIZE = 32'h24;
  localparam logic [15:0] LAST_REFUSED = 16'hFFFE;  // the count in STATUS never shows all ones

  typedef enum logic [2:0] {IDLE, DECODE, SETUP, ACCESS, CLAIM, RESPOND} state_t;
  state_t state;
  logic write, partial;
  logic [31:0] address, data;

  // Registers of the mailbox.
  logic [31:0] expected, nonce, refused_address, dropped, refused_read;
  logic [15:0] refused;

  // After an upset an epoch of all ones would look like a dead link.
  wire [31:0] shown_epoch = epoch == ALL_ONES ? ALL_ONES - 1 : epoch;

  wire aligned = address[1:0] == 0 && !partial;
  wire in_window = aligned && address[31:24] == 8'h00;
  wire in_mailbox = aligned && address >= MAILBOX_BASE && address < MAILBOX_BASE + MAILBOX_SIZE;
  wire in_aperture = aligned && address[31:24] >= 8'h01 && address[31:24] <= 8'h10;
  wire [3:0] aperture = 4'(address[31:24] - 8'h01);
  wire open = in_aperture && shown_epoch != 0 && shown_epoch[3:0] == aperture;
  wire [31:0] register_address = {8'h00, address[23:0]};
  wire rings = address[7:0] == 8'h08 && nonce != 0 && data == (DOORBELL_KEY ^ expected ^ nonce);

  logic [31:0] mail_word;
  always_comb
    case (address[7:0])
      8'h00: mail_word = expected;
      8'h04: mail_word = nonce;
      8'h0C: mail_word = shown_epoch;
      8'h10: mail_word = owner_nonce;
      8'h14: mail_word = (shown_epoch << 16) | {16'd0, refused};
      8'h18: mail_word = refused_address;
      8'h1C: mail_word = dropped;
      8'h20: mail_word = refused_read;
      default: mail_word = 0;
    endcase

  assign awready = state == IDLE && awvalid && wvalid;
  assign wready = awready;
  assign arready = state == IDLE && !awready && arvalid;
  assign bvalid = state == RESPOND && write;
  assign rvalid = state == RESPOND && !write;
  assign bresp = 2'b00;
  assign rresp = 2'b00;
  assign rdata = data;
  assign psel = state == SETUP || state == ACCESS;
  assign page = register_address[31:12];
  assign request = '{enable: state == ACCESS, write: write, consume: in_aperture, scan: 1'b0,
                     addr: address[11:0], wdata: data};
  assign claim_request = state == CLAIM;
  assign claim_expected = expected;
  assign claim_nonce = nonce;

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      state <= IDLE;
      write <= 1'b0;
      partial <= 1'b0;
      address <= 0;
      data <= 0;
      expected <= 0;
      nonce <= 0;
      refused <= 0;
      refused_address <= 0;
      dropped <= 0;
      refused_read <= NO_REFUSED_READ;
    end else case (state)
      IDLE: if (awready || arready) begin
        state <= DECODE;
        write <= awready;
        partial <= awready && wstrb != '1;
        address <= awready ? awaddr : araddr;
        data <= wdata;
      end
      DECODE: begin
        state <= RESPOND;
        if (in_mailbox) begin
          if (!write) data <= mail_word;
          else if (address[7:0] == 8'h00) expected <= data;
          else if (address[7:0] == 8'h04) nonce <= data;
          else if (rings) state <= CLAIM;
        end else if (open || (in_window && !write)) begin
          state <= SETUP;
        end else begin
          if (write || in_aperture) dropped <= dropped + 1;
          if (!write) data <= ALL_ONES;
        end
      end
      SETUP: state <= ACCESS;
      ACCESS: if (reply.ready) begin
        state <= RESPOND;
        if (!write) data <= reply.refused ? ALL_ONES : reply.data;
        if (reply.refused && in_aperture) begin
          refused <= refused == LAST_REFUSED ? 0 : refused + 1;
          refused_address <= register_address;
        end
        if (in_window && reply.refused) refused_read <= register_address;
        if (in_window && !reply.refused && refused_read == register_address) refused_read <= NO_REFUSED_READ;
      end
      CLAIM: if (claim_done) state <= RESPOND;
      default: if (write ? bready : rready) state <= IDLE;
    endcase
  end

  wire unused = &{1'b0, reply.protect};

endmodule
