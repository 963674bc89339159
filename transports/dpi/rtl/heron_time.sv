// Lets time pass on request, in steps that end at every countdown's end; between two steps the chip settles.
module heron_time (
  input  logic        clk,
  input  logic        rst_n,
  input  logic        wait_valid,     // held until wait_done
  input  logic [31:0] wait_us,
  input  logic        wait_to_event,  // at most to the next event that software may wait for
  output logic        wait_done,
  output logic [31:0] passed_us,
  input  logic        calm,           // nothing settles, no access is under way
  input  logic [31:0] soonest,        // microseconds to the next event of all; 0: none
  input  logic [31:0] waking,         // and to the next that software may wait for
  output logic [31:0] step_us,        // one clock; the chip's countdowns go on by so much
  output logic        stepping        // accesses have to wait
);

  typedef enum logic [2:0] {IDLE, ARM, RUN, STEP, LAND, DONE, GAP} state_t;
  state_t state;
  logic [31:0] left;

  wire [31:0] all = wait_to_event && waking != 0 && waking < wait_us ? waking : wait_us;
  wire [31:0] part = soonest != 0 && soonest < left ? soonest : left;

  assign wait_done = state == DONE;
  assign stepping = state == STEP || state == LAND;

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      state <= IDLE;
      left <= 0;
      passed_us <= 0;
      step_us <= 0;
    end else begin
      step_us <= 0;
      case (state)
        IDLE: if (wait_valid) state <= ARM;
        ARM: if (calm) begin
          left <= all;
          passed_us <= 0;
          state <= RUN;
        end
        RUN: if (calm) begin
          if (left == 0) begin
            state <= DONE;
          end else begin
            step_us <= part;
            left <= left - part;
            passed_us <= passed_us + part;
            state <= STEP;
          end
        end
        STEP: state <= LAND;  // the blocks take the step now,
        LAND: state <= RUN;   // and what it did to others shows from here on
        DONE: state <= GAP;
        default: state <= IDLE;
      endcase
    end
  end

endmodule
