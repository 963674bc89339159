localparam logic [31:0] FIRST_WORD = 32'h5AFE_0001, SECOND_WORD = 32'h5AFE_0002;
localparam logic [15:0] FEED = 16'h57D0;
localparam logic [1:0] SAFE_HOLD = 3;

/// Microseconds from feed to half time, and as many from there to expiry.
function automatic logic [31:0] half();
  return effective.ms == 0 ? 32'd1 : 32'(effective.ms) * 32'd500;
endfunction

task automatic restart();
  status.remaining_half = 1'b0;
  countdown = half();
endtask

task automatic stop_counting();
  status.running = 1'b0;
  status.remaining_half = 1'b0;
  countdown = 0;
endtask

task automatic expire();
  stop_counting();
  status.expired = 1'b1;
  if (expiries.count != '1) expiries.count = expiries.count + 1;
  if (effective.at_expiry == SAFE_HOLD) status.safe_hold = 1'b1;
endtask

task automatic unlock_word(logic [31:0] value);
  status.open = unlock_phase.first && value == SECOND_WORD;
  unlock_phase.first = value == FIRST_WORD;
  unlock = 0;
endtask

task automatic fed(logic [15:0] key);
  feed = 0;
  if (status.running && key != FEED) expire();
  else if (status.running && (!ctrl.windowed || status.remaining_half)) restart();
endtask

// An expired watchdog doesn't start before it has been acknowledged.
task automatic mode(logic [31:0] old);
  if ((old & M_CTRL_ENABLE) != 0 && !ctrl.enable) stop_counting();
  if ((old & M_CTRL_ENABLE) == 0 && ctrl.enable && !status.expired) begin
    effective.ms = timeout.ms;
    effective.at_half = stages.at_half;
    effective.at_expiry = stages.at_expiry;
    status.running = 1'b1;
    restart();
  end
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k == W_UNLOCK) begin
    unlock_word(value);
  end else begin
    unlock_phase = 0;
    if (k == W_FEED) fed(value[15:0]);
    if (k == W_CTRL) mode(old);
    if (!status.expired) status.safe_hold = 1'b0;
  end
endtask

task automatic expired();
  if (status.running && status.remaining_half) begin
    expire();
  end else if (status.running) begin
    status.remaining_half = 1'b1;
    countdown = half();
  end
endtask

task automatic claimed();
  if (`PLANTED(11)) return;
  unlock_phase = 0;
  status.open = 1'b0;
endtask
