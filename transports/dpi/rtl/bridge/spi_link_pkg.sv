// The SPI link's numbers and its CRC. Normative text: docs/spi-link.md (sections in brackets).
package spi_link_pkg;

`ifdef HERON_PLANTED
  import "DPI-C" function int planted_bug();
`endif

  // [2] Frame.
  localparam int unsigned MAX_TRANSFER = 4096;
  localparam int unsigned REQUEST_HEADER = 16;
  localparam int unsigned CRC_SIZE = 4;
  localparam int unsigned TURNAROUND = 4;
  localparam int unsigned REPLY_HEADER = 8;
  localparam int unsigned OVERHEAD = REQUEST_HEADER + CRC_SIZE + TURNAROUND + REPLY_HEADER + CRC_SIZE;
  localparam int unsigned MAX_WORDS = (MAX_TRANSFER - OVERHEAD) / 4;  // of payload, or of reply data

  // [3] Request.
  localparam logic [7:0] MAGIC = 8'hC1;
  localparam logic [7:0] KIND_EXECUTE = 8'h01;
  localparam logic [7:0] KIND_CLAIM = 8'h02;
  localparam logic [7:0] KIND_OBSERVE = 8'h03;

  // [4] Items.
  localparam logic [2:0] OP_READ = 3'd1;
  localparam logic [2:0] OP_WRITE = 3'd2;
  localparam logic [2:0] OP_GUARD = 3'd3;
  localparam logic [2:0] OP_CONSUME = 3'd4;
  localparam logic [2:0] OP_WRITE_FIXED = 3'd5;

  // [5] Reply.
  localparam logic [7:0] READY = 8'hA5;
  localparam logic [7:0] BUSY = 8'h5A;
  localparam logic [7:0] STATUS_OK = 8'h00;
  localparam logic [7:0] STATUS_BUS_ERROR = 8'h01;
  localparam logic [7:0] STATUS_GUARD_FAILED = 8'h02;
  localparam logic [7:0] STATUS_FENCED = 8'h03;
  localparam logic [7:0] STATUS_CLAIM_LOST = 8'h04;
  localparam logic [7:0] STATUS_BAD_FRAME = 8'h05;
  localparam logic [7:0] STATUS_NOT_PERMITTED = 8'h06;
  localparam logic [7:0] STATUS_STALE = 8'h07;

  // [7] Ownership.
  localparam logic [31:0] EPOCH_LAST = 32'hFFFF_FFFE;

  typedef struct packed {
    logic [7:0]  kind;
    logic [15:0] payload_size;
    logic [31:0] epoch;
    logic [31:0] nonce;
    logic [15:0] sequence_number;
    logic [15:0] items;
    logic [31:0] crc;
  } request_t;

  // What a reply says besides its data.
  typedef struct packed {
    logic [7:0]  status;
    logic [15:0] sequence_number;
    logic [15:0] completed;
    logic [9:0]  words;
  } reply_t;

  // [6] One byte further, reflected, without start value and final inversion.
  function automatic logic [31:0] crc32_next(input logic [31:0] crc, input logic [7:0] data);
    logic [31:0] next;
    next = crc ^ {24'b0, data};
    for (int i = 0; i < 8; i++) next = next[0] ? (next >> 1) ^ 32'hEDB8_8320 : next >> 1;
    return next;
  endfunction

endpackage
