localparam logic [31:0] START_US = 20;

function automatic logic works();
  return status.ready;
endfunction

function automatic logic switched_off();
  return !ctrl.enable;
endfunction

// An error of the same kind as one that is logged only shows as overflow.
task automatic noted(logic [31:0] kind);
  if ((ecc_log & kind) != 0) ecc_log.overflow = 1'b1;
  else ecc_log = ecc_log | kind;
  for (int n = 0; n < 2; n++) ecc_raised[n] = ecc_raised[n] | kind;
endtask

task automatic lose(logic [15:0] gone);
  filled.banks = filled.banks & ~gone;
  fill_state.live = fill_state.live & ~gone;
  fill_state.filling = fill_state.filling & ~gone;
endtask

task automatic fill_banks(logic [15:0] wanted);
  if (fill_timer != 0) begin
    lose(wanted | fill_state.filling);
  end else begin
    lose(wanted);
    status.done = 1'b0;
    fill_state.filling = wanted & banks.powered;
    fill_timer = STATUS_US;
  end
endtask

// Waits for a fill that is under way.
task automatic start_serving();
  if (fill_timer == 0) begin
    if ((banks.powered & ~filled.banks) != 0) noted(M_ECC_LOG_UNFILLED);
    start_timer = START_US;
  end
endtask

task automatic written(number_t k, logic [31:0] old);
  logic [15:0] wanted;
  if (k == W_BANKS) lose(~banks.powered);
  if (k == W_ECC && ((old ^ ecc) & M_ECC_MODE) != 0) lose('1);
  if (k == W_FILL) begin
    wanted = fill.banks;
    fill = 0;
    fill_banks(wanted);
  end
  if (k == W_CTRL && ((old & M_CTRL_ENABLE) != 0) != ctrl.enable) begin
    status.ready = 1'b0;
    start_timer = 0;
    if (ctrl.enable) start_serving();
  end
endtask

task automatic expired(number_t k);
  if (k == W_START_TIMER) begin
    if (ctrl.enable) begin
      status.ready = 1'b1;
      fill_state.live = banks.powered;  // engines write as soon as they can
    end
  end else begin
    if (fill_state.filling != 0) begin
      noted(M_ECC_LOG_INVALID);  // power-on leaves random bits, and the fill reads before it writes
      filled.banks = filled.banks | fill_state.filling;
      fill_state.filling = 0;
      status.done = 1'b1;
    end
    if (ctrl.enable && !status.ready && start_timer == 0) start_serving();
  end
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.filling = fill_timer != 0;
  s.starting = start_timer != 0 || (fill_timer != 0 && ctrl.enable && !status.ready);
  return k == W_STATUS ? s : content;
endfunction
