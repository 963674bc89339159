// The chip's end of the SPI link: docs/spi-link.md in hardware. Frames come in here and go out here; what they ask for
// is done by the executor. A request that arrives while another is being executed is not heard.
module spi_bridge
  import spi_link_pkg::*;
(
  input  logic        clk,
  input  logic        rst_n,
  input  logic        sclk,
  input  logic        cs_n,
  input  logic        mosi,
  output logic        miso,
  // APB3 requester, with what a plain read can't say
  output logic        psel,
  output logic        penable,
  output logic        pwrite,
  output logic        pconsume,
  output logic        plock,
  output logic [31:0] paddr,
  output logic [31:0] pwdata,
  input  logic [31:0] prdata,
  input  logic        pready,
  input  logic        pslverr,
  input  logic        pprotected,
  // the owner of the management port, and the other path's way to become it
  output logic [31:0] epoch,
  output logic [31:0] owner_nonce,
  output logic        claimed,
  input  logic        claim_request,
  input  logic [31:0] claim_expected,
  input  logic [31:0] claim_nonce,
  output logic        claim_done
);
  logic       selected, started, rx_valid, tx_take;
  logic [7:0] rx_byte, tx_byte;
  spi_target target (.*);

  // --- request: header into registers, payload into the memory, the CRC over both [2, 3]
  localparam logic [7:0] KIND_NONE = 8'h00;
  logic [7:0]   header [REQUEST_HEADER];
  logic [31:0]  payload [1024];  // a little more than may be: such a request is judged, too
  logic [12:0]  received;       // bytes of this frame
  logic [31:0]  crc;            // over the covered bytes
  logic [23:0]  last;           // three bytes before this one
  logic         deaf;           // for this frame
  logic         answered;       // this frame's request was whole and is (being) executed
  logic         start, executing;
  logic [9:0]   payload_at;
  logic [31:0]  payload_word;
  request_t     request;

  wire [16:0] covered  = 17'(REQUEST_HEADER) + {1'b0, request.payload_size};
  wire [16:0] here     = {4'b0, received};
  wire        too_long = covered + 17'(CRC_SIZE) > 17'(MAX_TRANSFER);
  wire        is_crc   = received >= 13'(REQUEST_HEADER) && here >= covered;
  wire        is_last  = is_crc && here == covered + 17'(CRC_SIZE - 1);

  assign request.kind            = header[1];
  assign request.payload_size    = {header[3], header[2]};
  assign request.epoch           = {header[7], header[6], header[5], header[4]};
  assign request.nonce           = {header[11], header[10], header[9], header[8]};
  assign request.sequence_number = {header[13], header[12]};
  assign request.items           = {header[15], header[14]};
  assign request.crc             = ~crc;
  assign payload_word            = payload[payload_at];
  assign start = rx_valid && !deaf && !too_long && is_last && header[0] == MAGIC && {rx_byte, last} == ~crc;

  always_ff @(posedge clk)
    if (!rst_n) begin
      header   <= '{default: KIND_NONE};
      received <= '0;
      crc      <= '1;
      last     <= '0;
      deaf     <= 1'b0;
      answered <= 1'b0;
    end else if (started) begin
      received <= '0;
      deaf     <= executing;
      answered <= 1'b0;
      if (!executing) crc <= '1;
    end else if (rx_valid) begin
      if (received != '1) received <= received + 13'd1;
      last <= {rx_byte, last[23:8]};
      if (!deaf) begin
        if (received < 13'(REQUEST_HEADER)) header[received[3:0]] <= rx_byte;
        if (!is_crc) crc <= crc32_next(crc, rx_byte);
        if (start) answered <= 1'b1;
      end
    end

  wire [11:0] payload_byte = received[11:0] - 12'(REQUEST_HEADER);
  always_ff @(posedge clk)
    if (rx_valid && !deaf && received >= 13'(REQUEST_HEADER) && !is_crc && !too_long && payload_byte[1:0] == 2'd3)
      payload[payload_byte[11:2]] <= {rx_byte, last};

  // --- reply: nothing, or busy, or what the executor left [5]
  reply_t      reply;
  logic [9:0]  data_at;
  logic [31:0] data_word;
  logic [12:0] sent;           // bytes of the reply that are on their way
  logic [31:0] reply_crc;
  logic        busy;           // this frame's answer, settled with its first byte

  wire [16:0] reply_from  = covered + 17'(CRC_SIZE + TURNAROUND);
  wire        replying    = answered && here >= reply_from;
  wire        is_busy     = sent == '0 ? executing : busy;
  wire [11:0] data_size   = is_busy ? '0 : {reply.words, 2'b0};
  wire [12:0] reply_end   = 13'(REPLY_HEADER) + {1'b0, data_size};
  wire        is_data     = sent >= 13'(REPLY_HEADER) && sent < reply_end;
  wire        is_tail     = sent >= reply_end && sent < reply_end + 13'(CRC_SIZE);
  assign data_at = sent[11:2] - 10'(REPLY_HEADER / 4);

  always_comb begin
    tx_byte = 8'h00;
    if (replying) begin
      if (is_tail) tx_byte = 8'(~reply_crc >> {sent[1:0], 3'b0});
      else if (is_data) tx_byte = 8'(data_word >> {sent[1:0], 3'b0});
      else
        case (sent)
          13'd0:   tx_byte = is_busy ? BUSY : READY;
          13'd1:   tx_byte = is_busy ? STATUS_OK : reply.status;
          13'd2:   tx_byte = is_busy ? request.sequence_number[7:0] : reply.sequence_number[7:0];
          13'd3:   tx_byte = is_busy ? request.sequence_number[15:8] : reply.sequence_number[15:8];
          13'd4:   tx_byte = is_busy ? 8'h00 : reply.completed[7:0];
          13'd5:   tx_byte = is_busy ? 8'h00 : reply.completed[15:8];
          13'd6:   tx_byte = data_size[7:0];
          13'd7:   tx_byte = {4'b0, data_size[11:8]};
          default: tx_byte = 8'h00;
        endcase
    end
  end

  always_ff @(posedge clk)
    if (!rst_n) begin
      sent      <= '0;
      reply_crc <= '1;
      busy      <= 1'b0;
    end else if (started) begin
      sent      <= '0;
      reply_crc <= '1;
    end else if (tx_take && replying && sent != '1) begin
      sent <= sent + 13'd1;
      busy <= is_busy;
      if (!is_tail) reply_crc <= crc32_next(reply_crc, tx_byte);
    end

  spi_executor executor (.*);

  wire unused = &{1'b0, selected};
endmodule
