localparam logic [31:0] CLOCK_US = 5;

function automatic logic works();
  return status.released;
endfunction

// A clock starts from a good source; reset ends some time after release, counted in clocks, so not without them.
task automatic follow();
  if (!clock.enable || !(&parents) || clock.divider == 0) begin
    status.running = 1'b0;
    status.released = 1'b0;
    clock_timer = 0;
    reset_timer = 0;
  end else if (!status.running) begin
    if (clock_timer == 0) clock_timer = CLOCK_US;
  end else if (!reset.release_) begin
    status.released = 1'b0;
    reset_timer = 0;
  end else if (!status.released && reset_timer == 0) begin
    reset_timer = STATUS_US;
  end
endtask

task automatic written();
  follow();
endtask

task automatic expired(number_t k);
  if (k == W_CLOCK_TIMER) status.running = 1'b1;
  if (k == W_RESET_TIMER) status.released = 1'b1;
  follow();
endtask

task automatic inputs_changed();
  if (!(&parents) && status.running) status.failed = 1'b1;
  follow();
endtask
