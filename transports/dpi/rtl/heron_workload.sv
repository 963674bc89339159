// The customer's workload and the host driver that runs it: no hardware of the chip's, but an actor that changes it.
// A training step has four phases; between them the host writes its own fields in many blocks.
module heron_workload (
  input  logic        clk,
  input  logic        rst_n,
  input  logic        warm,
  input  logic        traffic_open,
  input  logic        gate_moved,    // one clock: software wrote the gate
  input  logic        missed,        // a block that traffic needs doesn't work
  input  logic        settling,      // blocks still act on what happened
  input  logic [31:0] step_us,
  output logic [2:0]  phase,         // 0: no traffic
  output logic [31:0] timer,         // microseconds to its end
  output logic        host_writes,   // one clock
  output logic        pending
);

  localparam logic [31:0] PHASE_US = 250, HOST_START_US = 1000;
  localparam logic [2:0] PHASES = 4;

  logic over;  // the phase has ended, and what else happened at that time goes first

  assign pending = over || gate_moved || host_writes;

  always_ff @(posedge clk) begin
    host_writes <= 1'b0;
    if (!rst_n || warm) begin
      phase <= 0;
      timer <= 0;
      over <= 1'b0;
    end else if (gate_moved && phase == 0) begin
      timer <= traffic_open ? HOST_START_US : 0;
      host_writes <= 1'b1;
    end else if (step_us != 0 && timer != 0) begin
      timer <= timer <= step_us ? 0 : timer - step_us;
      over <= timer <= step_us;
    end else if (over && !settling) begin
      over <= 1'b0;
      host_writes <= 1'b1;
      timer <= traffic_open ? PHASE_US : 0;
      if (!traffic_open) phase <= 0;
      else if (phase == 0 || !missed) phase <= phase == PHASES ? 1 : phase + 1;
    end
  end

endmodule
