localparam logic [31:0] DRAIN_US = 20, RESET_US = 20;

function automatic logic works();
  return status.ready;
endfunction

function automatic logic switched_off();
  return !power.supply;
endfunction

function automatic logic supplied();
  return power.supply && !status.fused_off;
endfunction

task automatic noted(logic [31:0] cause);
  machine_check = machine_check | cause;
  for (int n = 0; n < 2; n++) machine_check_raised[n] = machine_check_raised[n] | cause;
endtask

// Power first: a supply that changes its mind before the island has drained leaves charges behind.
task automatic follow_power(logic was_supplied);
  if (supplied() && !status.power_good && power_timer != 0 && !was_supplied) status.corrupted = 1'b1;
  if (supplied() && !status.power_good && (power_timer == 0 || !was_supplied)) power_timer = STATUS_US;
  if (!supplied() && (status.power_good || was_supplied)) begin
    status.power_good = 1'b0;
    power_timer = DRAIN_US;
  end
endtask

task automatic follow();
  status.clocked = status.power_good && !isolation.clamp && local_clock.run && local_clock.ratio != 0;
  if (!status.clocked || !reset_control.release_ || status.corrupted) begin
    status.ready = 1'b0;
    reset_timer = 0;
  end else if (!status.ready && reset_timer == 0) begin
    reset_timer = RESET_US;
  end
endtask

// Both halves have to be staged before they are latched, and the latches stand in the island.
task automatic half_written();
  if (!vector_state.latched) begin
    vector_state.half = !vector_state.half;
    if (!vector_state.half && status.power_good) begin
      vector_state.latched = 1'b1;
      vector_active_low = vector_low;
      vector_active_high = vector_high;
    end
  end
endtask

task automatic clock_written(logic [31:0] old);
  if ((old & M_LOCAL_CLOCK_RUN) == 0 && local_clock.run) begin
    if (!droop.detect || !current_limit.enforce) begin
      noted(M_MACHINE_CHECK_DROOP);
      status.corrupted = 1'b1;
    end
    if (isolation.clamp) status.corrupted = 1'b1;
  end
  if ((old & M_LOCAL_CLOCK_RUN) != 0 && local_clock.run && ((old ^ local_clock) & M_LOCAL_CLOCK_RATIO) != 0) begin
    status.corrupted = 1'b1;
  end
endtask

task automatic released();
  if (!status.clocked) begin
    noted(M_MACHINE_CHECK_UNCLOCKED);
    status.corrupted = 1'b1;
  end
  if (!vector_state.latched) begin
    noted(M_MACHINE_CHECK_VECTOR);
    status.corrupted = 1'b1;
  end
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  logic was_supplied;
  was_supplied = k == W_POWER ? (old & M_POWER_SUPPLY) != 0 && !status.fused_off : supplied();
  if (k == W_ISOLATION && (old & M_ISOLATION_CLAMP) != 0 && !isolation.clamp && !status.power_good) begin
    noted(M_MACHINE_CHECK_UNPOWERED);
    status.corrupted = 1'b1;
  end
  if (k == W_LOCAL_CLOCK) clock_written(old);
  if (k == W_RESET_CONTROL && (old & M_RESET_CONTROL_RELEASE) == 0 && reset_control.release_) released();
  if (k == W_VECTOR_LOW || k == W_VECTOR_HIGH) half_written();
  if (k == W_VECTOR_STATE && (value & M_VECTOR_STATE_ABORT) != 0) vector_state.half = 1'b0;
  follow_power(was_supplied);
  follow();
endtask

task automatic expired(number_t k);
  if (k == W_RESET_TIMER) begin
    status.ready = 1'b1;
  end else if (supplied()) begin
    if (!status.power_good) noted(M_MACHINE_CHECK_POWER_UP);
    status.power_good = 1'b1;
  end else begin
    status.power_good = 1'b0;
    status.corrupted = 1'b0;
    vector_state.latched = 1'b0;
    vector_active_low = 0;
    vector_active_high = 0;
  end
  follow();
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.moving = power_timer != 0 || reset_timer != 0;
  return k == W_STATUS ? s : content;
endfunction
