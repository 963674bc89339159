// Executes whole, valid requests one at a time: the fence first, then at-most-once, then the items [4, 7, 8, 9].
`include "planted.svh"
module spi_executor
  import spi_link_pkg::*;
(
  input  logic        clk,
  input  logic        rst_n,
  input  logic        start,        // one clock: `request` is whole
  input  request_t    request,      // stable while executing
  output logic        executing,
  output logic [9:0]  payload_at,
  input  logic [31:0] payload_word,
  output reply_t      reply,        // of the last request; valid when not executing
  input  logic [9:0]  data_at,
  output logic [31:0] data_word,
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
  output logic [31:0] epoch,
  output logic [31:0] owner_nonce,
  output logic        claimed,
  input  logic        claim_request,
  input  logic [31:0] claim_expected,
  input  logic [31:0] claim_nonce,
  output logic        claim_done
);
  typedef enum logic [2:0] {IDLE, DECIDE, JUDGE, ITEM, SETUP, ACCESS, SEAL} state_e;
  state_e state;
  assign executing = state != IDLE;

  // Two replies: the owner's last, kept for its repetition, and that of anybody else's.
  logic [31:0] kept [MAX_WORDS];
  logic [31:0] other [MAX_WORDS];
  reply_t      kept_reply, other_reply;
  logic        from_kept;
  assign reply     = from_kept ? kept_reply : other_reply;
  assign data_word = from_kept ? kept[data_at] : other[data_at];

  // What is remembered between frames, besides the reply.
  logic [31:0] request_crc;
  logic [15:0] last_sequence;

  // The frame in work.
  logic [9:0]  at;             // next word of the payload
  logic [15:0] items;          // still to come
  logic [2:0]  op;
  logic [6:0]  words;          // of this item, still to come, less one
  logic [21:0] address;        // in words
  logic [15:0] done;
  logic [9:0]  data_words;
  logic [31:0] mask;
  logic [7:0]  status;
  logic [17:0] judged_data;    // words that all reads together would answer
  logic        only_reads;

  wire is_observe = request.kind == KIND_OBSERVE;
  wire is_guard   = op == OP_GUARD;
  wire is_read    = op == OP_READ || op == OP_CONSUME;

  // --- CLAIM: compare-and-swap, for both paths [7]
  wire        claims       = state == DECIDE && request.kind == KIND_CLAIM;
  wire [31:0] expected     = claims ? request.epoch : claim_expected;
  wire [31:0] nonce        = claims ? request.nonce : claim_nonce;
  wire [31:0] current      = epoch > EPOCH_LAST ? EPOCH_LAST : epoch;
  wire        owned        = current != '0 && owner_nonce == nonce;
  wire        swaps        = !owned && expected == current;
  wire [31:0] next_epoch   = current == EPOCH_LAST ? 32'd1 : current + 32'd1;
  wire        claim_valid  = request.nonce != '0 && request.payload_size == '0 && request.items == '0;
  wire        other_path   = state == IDLE && !start && claim_request && !claim_done;
  wire        takes_over   = swaps && ((claims && claim_valid) || (other_path && claim_nonce != '0));

  always_ff @(posedge clk)
    if (!rst_n) begin
      epoch       <= '0;
      owner_nonce <= '0;
      claimed     <= 1'b0;
      claim_done  <= 1'b0;
    end else begin
      claimed    <= takes_over;
      claim_done <= other_path;
      if (takes_over) begin
        epoch       <= next_epoch;
        owner_nonce <= nonce;
      end
    end

  // --- EXECUTE: may it be, and is it new? [7, 8]
  wire        fenced = epoch == '0 || request.epoch != epoch || request.nonce != owner_nonce;
  wire [15:0] ahead  = request.sequence_number - last_sequence;

  // --- one item's header [4]
  wire [2:0]  head_op      = payload_word[31:29];
  wire [6:0]  head_words   = payload_word[28:22];
  wire [21:0] head_address = payload_word[21:0];
  wire        head_rises   = head_op == OP_READ || head_op == OP_WRITE;
  wire        head_fits    = head_address <= 22'h3F_FFFF - {15'b0, head_words};
  wire        head_single  = head_op == OP_GUARD || head_op == OP_CONSUME;
  wire        head_sound   = (head_rises && head_fits) || head_op == OP_WRITE_FIXED ||
                             (head_single && head_words == '0);
  wire        head_reads   = head_op == OP_READ || head_op == OP_CONSUME;
  wire        head_writes  = head_op == OP_WRITE || head_op == OP_WRITE_FIXED;
  wire [10:0] head_operands = head_writes ? {4'b0, head_words} + 11'd1 : head_op == OP_GUARD ? 11'd2 : 11'd0;
  wire [10:0] payload_words = request.payload_size[12:2];
  wire [10:0] left          = payload_words - {1'b0, at};
  wire [10:0] item_size     = head_operands + 11'd1;
  wire [17:0] judged_after  = judged_data + (head_reads ? {11'b0, head_words} + 18'd1 : 18'd0);
  // Before the first item is looked at, and behind the last: does the whole fit?
  wire        fits_frame    = 18'(OVERHEAD / 4) + {7'b0, payload_words} + judged_data <= 18'(MAX_TRANSFER / 4);
  wire        whole         = left == '0 && fits_frame;

  // --- the bus
  assign psel     = state == SETUP || state == ACCESS;
  assign penable  = state == ACCESS;
  assign pwrite   = op == OP_WRITE || op == OP_WRITE_FIXED;
  assign pconsume = op == OP_CONSUME;
  assign paddr    = {8'b0, address, 2'b00};
  assign pwdata   = payload_word;
  assign plock    = state == ITEM || psel;
  assign payload_at = state == ACCESS && is_guard ? at + 10'd1 : at;

  wire       guard_holds = (prdata & mask) == payload_word;
  wire [7:0] refusal     = is_observe && pprotected ? STATUS_NOT_PERMITTED : STATUS_BUS_ERROR;
  wire       completes   = state == ACCESS && pready && !pslverr && (!is_guard || guard_holds);

  always_ff @(posedge clk)
    if (completes && is_read) begin
      if (is_observe) other[data_words] <= prdata;
      else kept[data_words] <= prdata;
    end else if (claims) begin
      other[0] <= takes_over ? next_epoch : current;
      other[1] <= {16'b0, owned ? last_sequence : 16'd0};
    end

  function automatic reply_t refuse(input logic [7:0] why);
    return '{status: why, sequence_number: request.sequence_number, completed: '0, words: '0};
  endfunction

  always_ff @(posedge clk)
    if (!rst_n) begin
      state         <= IDLE;
      kept_reply    <= '0;
      other_reply   <= '0;
      from_kept     <= 1'b0;
      request_crc   <= '0;
      last_sequence <= '0;
      at            <= '0;
      items         <= '0;
      op            <= '0;
      words         <= '0;
      address       <= '0;
      done          <= '0;
      data_words    <= '0;
      mask          <= '0;
      status        <= STATUS_OK;
      judged_data   <= '0;
      only_reads    <= 1'b1;
    end else begin
      if (takes_over) last_sequence <= '0;  // with it the kept reply is out of reach
      case (state)
        IDLE: if (start) state <= DECIDE;

        DECIDE: begin
          at          <= '0;
          items       <= request.items;
          done        <= '0;
          data_words  <= '0;
          status      <= STATUS_OK;
          judged_data <= '0;
          only_reads  <= 1'b1;
          from_kept   <= 1'b0;
          state       <= IDLE;
          case (request.kind)
            KIND_EXECUTE:
              if (fenced) other_reply <= refuse(STATUS_FENCED);
              else if (request.sequence_number == '0) other_reply <= refuse(STATUS_BAD_FRAME);
              else if (ahead == '0 && !`PLANTED(15)) begin
                if (request.crc == request_crc) from_kept <= 1'b1;
                else other_reply <= refuse(STATUS_BAD_FRAME);
              end else if (ahead[15]) other_reply <= refuse(STATUS_STALE);
              else state <= JUDGE;
            KIND_OBSERVE:
              if (request.epoch != '0 || request.nonce != '0) other_reply <= refuse(STATUS_BAD_FRAME);
              else state <= JUDGE;
            KIND_CLAIM:
              if (!claim_valid) other_reply <= refuse(STATUS_BAD_FRAME);
              else
                other_reply <= '{status: owned || swaps ? STATUS_OK : STATUS_CLAIM_LOST,
                                 sequence_number: request.sequence_number, completed: '0, words: 10'd2};
            default: other_reply <= refuse(STATUS_BAD_FRAME);
          endcase
        end

        // The whole payload is judged before any of it is executed.
        JUDGE:
          if (request.items == '0 || request.payload_size[1:0] != '0 ||
              (items == '0 ? !whole : left == '0 || !head_sound || left < item_size)) begin
            other_reply <= refuse(STATUS_BAD_FRAME);
            state       <= IDLE;
          end else if (items != '0) begin
            at          <= at + item_size[9:0];
            items       <= items - 16'd1;
            judged_data <= judged_after;
            only_reads  <= only_reads && head_op == OP_READ;
          end else if (is_observe && !only_reads) begin
            other_reply <= refuse(STATUS_NOT_PERMITTED);
            state       <= IDLE;
          end else begin
            at    <= '0;
            items <= request.items;
            state <= ITEM;
          end

        ITEM:
          if (items == '0) state <= SEAL;
          else begin
            items   <= items - 16'd1;
            op      <= head_op;
            words   <= head_words;
            address <= head_address;
            at      <= at + 10'd1;
            state   <= SETUP;
          end

        SETUP: begin
          mask  <= payload_word;
          state <= ACCESS;
        end

        ACCESS:
          if (pready) begin
            if (completes) begin
              done <= done + 16'd1;
              if (is_read) data_words <= data_words + 10'd1;
              if (pwrite) at <= at + 10'd1;
              else if (is_guard) at <= at + 10'd2;
              if (op != OP_WRITE_FIXED) address <= address + 22'd1;
              words <= words - 7'd1;
              state <= words == '0 ? ITEM : SETUP;
            end else begin
              status <= pslverr ? refusal : STATUS_GUARD_FAILED;
              state  <= SEAL;
            end
          end

        SEAL: begin
          if (is_observe)
            other_reply <= '{status: status, sequence_number: request.sequence_number, completed: done,
                             words: data_words};
          else begin
            kept_reply <= '{status: status, sequence_number: request.sequence_number, completed: done,
                            words: data_words};
            from_kept     <= 1'b1;
            last_sequence <= request.sequence_number;
            request_crc   <= request.crc;
          end
          state <= IDLE;
        end

        default: state <= IDLE;
      endcase
    end
endmodule
