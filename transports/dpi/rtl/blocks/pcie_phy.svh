localparam logic [4:0] LANES = 16;

function automatic logic works();
  return status.ready;
endfunction

// The PLL starts only over sampled straps: they select its reference.
task automatic follow();
  if (!ctrl.power) straps = 0;
  if (!ctrl.power || !ctrl.run || !straps.sampled) begin
    status.ready = 1'b0;
    lock_timer = 0;
  end else if (!status.ready && lock_timer == 0) begin
    lock_timer = STATUS_US;
  end
endtask

// The board wires every second port in reverse.
task automatic sample_straps();
  straps.sampled = 1'b1;
  straps.reversed = place.index[0];
  straps.common_clock = 1'b1;
  straps.wired = LANES;
  straps.parity = 1'b0;
  straps.parity = ^straps;
endtask

task automatic written(number_t k, logic [31:0] value);
  if (k == W_STRAP_COMMAND && (value & M_STRAP_COMMAND_SAMPLE) != 0 && ctrl.power) sample_straps();
  if (k == W_CTRL) follow();
endtask

task automatic expired();
  status.ready = 1'b1;
endtask

// A powered PHY whose straps weren't sampled shows the board's pull-up on the ready line; the countdown tells whether
// the PLL is locking.
function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.locking = lock_timer != 0;
  if (ctrl.power && !straps.sampled) s.ready = 1'b1;
  return k == W_STATUS ? s : content;
endfunction
