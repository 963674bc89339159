function automatic logic works();
  return status.ready;
endfunction

task automatic stop_greeting();
  status.ready = 1'b0;
  greeting_timer = 0;
endtask

// A ring that cannot be one is never greeted. Addresses are not checked: data go wherever they point.
task automatic greet();
  if (&parents && membership.rank < membership.members && 16'(neighbours.next) < place.count
      && 16'(neighbours.previous) < place.count) greeting_timer = STATUS_US;
endtask

// The low half waits for the high half of the same buffer; anything in between makes it forget.
task automatic half_written(number_t k);
  logic [1:0] waiting;
  waiting = latch.half_written;
  latch = 0;
  for (int n = 0; n < 3; n++) begin
    if (!control.enable && k == W_BUFFER_ADDRESS_LOW + 10'(2 * n)) begin
      status.taken[n] = 1'b0;
      latch.half_written = 2'(n + 1);
    end
    if (!control.enable && k == W_BUFFER_ADDRESS_HIGH + 10'(2 * n)) status.taken[n] = waiting == 2'(n + 1);
  end
endtask

task automatic written(number_t k, logic [31:0] old);
  half_written(k);
  if (k == W_CONTROL && (old & M_CONTROL_ENABLE) == 0 && control.enable) greet();
  if (k == W_CONTROL && !control.enable) stop_greeting();
endtask

task automatic claimed();
  latch = 0;
endtask

task automatic expired();
  if (control.enable) status.ready = 1'b1;
endtask

task automatic inputs_changed();
  if (!(&parents)) begin
    if (status.ready) errors.peer_lost = 1'b1;
    stop_greeting();
  end else if (control.enable && !status.ready && greeting_timer == 0) begin
    greet();
  end
endtask
