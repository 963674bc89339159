// The host's end of the chip's pins: one clocked state machine that carries out what the HAL's process asks for, a
// request at a time. It imports plain DPI functions only and has no delays, so that it runs in any simulator, in an
// emulator's test bench, and without Verilator's --timing. docs/systemverilog.md.
module heron_transactor (
  input  logic        clk,
  output logic        rst_n,
  output logic        warm_reset,
  // SPI
  output logic        sclk,
  output logic        cs_n,
  output logic        mosi,
  input  logic        miso,
  // the fast path, straight onto the register bus; pscan: a look at stored state
  output logic        psel,
  output logic        penable,
  output logic        pwrite,
  output logic        pconsume,
  output logic        pscan,
  output logic [31:0] paddr,
  output logic [31:0] pwdata,
  input  logic [31:0] prdata,
  input  logic        pready,
  input  logic        pslverr,
  input  logic        pprotected,
  // time
  output logic        wait_valid,
  output logic [31:0] wait_us,
  output logic        wait_to_event,
  input  logic        wait_done,
  input  logic [31:0] passed_us
);
  // Once a clock while nothing is under way. Answers an operation below.
  import "DPI-C" function int reconverge_request(output int unsigned address, output int unsigned data,
                                                 output int unsigned length, output int unsigned pause_at,
                                                 output int unsigned pause, output int unsigned half);
  import "DPI-C" function int unsigned reconverge_tx(input int unsigned index);
  import "DPI-C" function void reconverge_rx(input int unsigned index, input int unsigned data);
  import "DPI-C" function void reconverge_done(input int status);
  // Once a clock while something is. Answers what befalls the pins during the next clock: bits below.
  import "DPI-C" function int reconverge_tick();

  localparam int OP_NONE = 0, OP_READ = 1, OP_WRITE = 2, OP_CONSUME = 3, OP_SCAN = 4, OP_FRAME = 5, OP_WAIT = 6,
                 OP_COLD_RESET = 7, OP_WARM_RESET = 8, OP_FINISH = 9;
  localparam int PIN_HOST_GONE = 0, PIN_MOSI = 1, PIN_MISO = 2, PIN_SCLK = 3, PIN_CS = 4;
  localparam int DONE = 0, REFUSED = 1, UNKNOWN_BITS = 2, NO_ANSWER = 3;
  localparam int unsigned GAP = 6;             // clocks between two frames
  localparam int unsigned PATIENCE = 100_000;  // clocks in which the register bus has to answer

  typedef enum logic [3:0] {POWER_ON, IDLE, SETUP, ACCESS, FRAME, PAUSE, BETWEEN, WAITING, RESET} state_e;
  state_e      state = POWER_ON;
  int unsigned address = 0, data = 0, length = 0, pause_at = 0, pause = 0, half = 2, count = 0, bytes = 0;
  int          op = OP_NONE;
  int          pins = 0;
  logic [7:0]  shift = '0;
  logic [2:0]  bits = '0;
  logic        sclk_q = 1'b0, cs_n_q = 1'b1, mosi_q = 1'b0;
  logic [4:0]  befalls = '0;

  assign sclk = sclk_q ^ befalls[PIN_SCLK];
  assign cs_n = cs_n_q | befalls[PIN_CS];
  assign mosi = mosi_q ^ befalls[PIN_MOSI];

  initial begin
    rst_n = 1'b0;
    warm_reset = 1'b0;
    psel = 1'b0;
    penable = 1'b0;
    pwrite = 1'b0;
    pconsume = 1'b0;
    pscan = 1'b0;
    paddr = '0;
    pwdata = '0;
    wait_valid = 1'b0;
    wait_us = '0;
    wait_to_event = 1'b0;
  end

  function automatic int status_of_access();
    if (pslverr) return REFUSED;
    // Only a simulator with four states can see them; data that nothing drives must not reach the HAL.
    if (!pwrite && $isunknown(prdata)) return UNKNOWN_BITS;
    return DONE;
  endfunction

  /* verilator lint_off BLKSEQ */  // the variables of this process are its own; its outputs are not
  always @(posedge clk) begin
    pins = state == IDLE ? 0 : reconverge_tick();
    befalls <= pins[4:0];
    count = count + 1;
    case (state)
      POWER_ON: if (count >= 5) begin
        rst_n <= 1'b1;
        state <= IDLE;
      end

      IDLE: begin
        op = reconverge_request(address, data, length, pause_at, pause, half);
        count = 0;
        case (op)
          OP_READ, OP_WRITE, OP_CONSUME, OP_SCAN: begin
            psel <= 1'b1;
            pwrite <= op == OP_WRITE;
            pconsume <= op == OP_CONSUME;
            pscan <= op == OP_SCAN;
            paddr <= address;
            pwdata <= data;
            state <= SETUP;
          end
          OP_FRAME: begin
            cs_n_q <= 1'b0;
            bytes = 0;
            bits = '0;
            shift = 8'(reconverge_tx(0));
            mosi_q <= shift[7];
            state <= FRAME;
          end
          OP_WAIT: begin
            wait_valid <= 1'b1;
            wait_us <= length;
            wait_to_event <= data != 0;
            state <= WAITING;
          end
          OP_COLD_RESET: begin
            rst_n <= 1'b0;
            state <= RESET;
          end
          OP_WARM_RESET: begin
            warm_reset <= 1'b1;
            state <= RESET;
          end
          OP_FINISH: $finish;
          default: ;
        endcase
      end

      SETUP: begin
        penable <= 1'b1;
        state <= ACCESS;
      end
      ACCESS: if (pready || count > PATIENCE) begin  // a bus master is hardware: it outlives the host's process
        psel <= 1'b0;
        penable <= 1'b0;
        reconverge_rx(0, prdata);
        reconverge_done(pready ? status_of_access() : NO_ANSWER);
        state <= IDLE;
      end

      FRAME:
        if (pins[PIN_HOST_GONE]) begin
          cs_n_q <= 1'b1;
          sclk_q <= 1'b0;
          op = OP_NONE;
          count = 0;
          state <= BETWEEN;
        end else if (count == half) begin
          sclk_q <= 1'b1;
        end else if (count == 2 * half) begin
          // Sampled late in the bit: the bridge sees SCLK through synchronisers.
          sclk_q <= 1'b0;
          count = 0;
          shift = {shift[6:0], miso ^ befalls[PIN_MISO]};
          bits = bits + 3'd1;
          if (bits == 3'd0) begin
            reconverge_rx(bytes, {24'b0, shift});
            bytes = bytes + 1;
            if (bytes == length) begin
              cs_n_q <= 1'b1;
              state <= BETWEEN;
            end else begin
              shift = 8'(reconverge_tx(bytes));
              mosi_q <= shift[7];
              if (bytes == pause_at && pause != 0) state <= PAUSE;
            end
          end else begin
            mosi_q <= shift[7];
          end
        end
      // The host's controller holds its clock while the chip executes what it has just heard.
      PAUSE:
        if (pins[PIN_HOST_GONE]) begin
          cs_n_q <= 1'b1;
          op = OP_NONE;
          count = 0;
          state <= BETWEEN;
        end else if (count >= pause) begin
          count = 0;
          state <= FRAME;
        end
      BETWEEN: if (count >= GAP) begin
        if (op == OP_FRAME) reconverge_done($isunknown(shift) ? UNKNOWN_BITS : DONE);
        state <= IDLE;
      end

      WAITING: if (wait_done) begin
        wait_valid <= 1'b0;
        reconverge_rx(0, passed_us);
        reconverge_done(DONE);
        state <= IDLE;
      end

      RESET: begin
        warm_reset <= 1'b0;
        if (count >= 8) begin
          rst_n <= 1'b1;
          reconverge_done(DONE);
          state <= IDLE;
        end
      end

      default: state <= IDLE;
    endcase
  end
  /* verilator lint_on BLKSEQ */

  wire unused = &{1'b0, pprotected, befalls[PIN_HOST_GONE]};
endmodule
