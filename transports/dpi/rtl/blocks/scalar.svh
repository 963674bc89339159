localparam logic [31:0] SWEEP_US = 20, WATCHDOG_UNIT_US = 16;

function automatic logic works();
  return status.ready;
endfunction

function automatic logic switched_off();
  return !ctrl.enable;
endfunction

// An armed watchdog runs down unless firmware runs, which feeds it in time.
task automatic follow_watchdog();
  if (!watchdog.arm || status.ready || status.bitten) begin
    watchdog_timer = 0;
  end else if (watchdog_timer == 0) begin
    watchdog_timer = watchdog.timeout == 0 ? WATCHDOG_UNIT_US : 32'(watchdog.timeout) * WATCHDOG_UNIT_US;
  end
endtask

task automatic stop_firmware();
  status.ready = 1'b0;
  start_timer = 0;
endtask

/// Starts when it is enabled and no sweep is under way; a sweep that runs is waited for.
task automatic start_firmware();
  stop_firmware();
  if (sweep_timer == 0 && !status.bitten) begin
    if (status.clean) start_timer = STATUS_US;
    else status.astray = 1'b1;
  end
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if ((k == W_PROGRAM_BASE && program_base != old) || (k == W_ICACHE && icache != old)) begin
    status.clean = 1'b0;
    if (sweep_timer != 0) sweep_state.twice = 1'b1;  // half swept in the old shape
  end
  if (k == W_ICACHE_COMMAND && (value & M_ICACHE_COMMAND_INVALIDATE) != 0) begin
    sweep_state.twice = sweep_timer != 0;
    status.clean = 1'b0;
    sweep_timer = SWEEP_US;
  end
  if (k == W_CTRL && (old & M_CTRL_ENABLE) == 0 && ctrl.enable) begin
    sweep_state.ran = 1'b0;
    start_firmware();
  end
  if (k == W_CTRL && !ctrl.enable) begin
    stop_firmware();
    status.astray = 1'b0;
  end
  if (k == W_WATCHDOG) sweep_state.armed = watchdog.arm;
  follow_watchdog();
endtask

task automatic bite();
  status.bitten = 1'b1;
  stop_firmware();
  for (int n = 0; n < 2; n++) begin
    if (!sweep_state.ran && sweep_state.armed) history[n].bitten_early = 1'b1;
  end
endtask

task automatic expired(number_t k);
  if (k == W_SWEEP_TIMER) begin
    if (!sweep_state.twice) status.clean = 1'b1;
    sweep_state.twice = 1'b0;
    if (ctrl.enable && !status.ready) start_firmware();
  end else if (k == W_WATCHDOG_TIMER) begin
    if (watchdog.arm && !status.ready) bite();
  end else if (ctrl.enable && !status.astray && !status.bitten) begin
    status.ready = 1'b1;
    sweep_state.ran = 1'b1;
  end
  follow_watchdog();
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.sweeping = sweep_timer != 0;
  s.starting = start_timer != 0 || (sweep_timer != 0 && ctrl.enable && !status.ready);
  return k == W_STATUS ? s : content;
endfunction
