// Locks only from a good supply and within the oscillator's range.
localparam logic [31:0] REFERENCE_KHZ = 32'd100_000;

function automatic logic works();
  return status.locked && !ctrl.bypass;
endfunction

task automatic start_loop();
  logic [31:0] divisor, khz;
  divisor = 32'(divider.reference_) * 32'(divider.output_);
  khz = divisor == 0 ? 0 : REFERENCE_KHZ * 32'(divider.feedback) / divisor;
  lock_timer = &parents && khz >= 8_000 && khz <= 4_000_000 ? STATUS_US : 0;
endtask

task automatic stop_loop();
  status.locked = 1'b0;
  lock_timer = 0;
endtask

task automatic written(number_t k, logic [31:0] old);
  if (k != W_CTRL) return;
  if ((old & M_CTRL_ENABLE) == 0 && ctrl.enable) start_loop();
  if ((old & M_CTRL_ENABLE) != 0 && !ctrl.enable) stop_loop();
endtask

task automatic expired();
  status.locked = 1'b1;
endtask

task automatic inputs_changed();
  status.supply_good = &parents;
  if (&parents) begin
    if (ctrl.enable) start_loop();
  end else begin
    if (status.locked) status.lost = 1'b1;
    stop_loop();
  end
endtask
