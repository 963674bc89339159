function automatic logic works();
  return status.good;
endfunction

// The rail moves when it is switched or its target changes; a tripped stage stays off until acknowledged.
task automatic written(number_t k, logic [31:0] old);
  logic switched, moved_target;
  switched = k == W_CTRL && (old & M_CTRL_ENABLE) == 0;
  moved_target = k == W_TARGET && target != old;
  if (!ctrl.enable || status.tripped) begin
    status.good = 1'b0;
    ramp_timer = 0;
  end else if (switched || moved_target) begin
    status.good = 1'b0;
    ramp_timer = `PLANTED(9) ? STATUS_US / 2 : STATUS_US;
  end
endtask

task automatic expired();
  status.good = 1'b1;
endtask
