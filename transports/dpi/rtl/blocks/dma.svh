function automatic logic works();
  return !status.idle && !quiesce.request && !errors.descriptor_lost && &parents;
endfunction

// A hold lets the engine work off what it has fetched; only then is it idle. A release starts it at once.
task automatic follow();
  if (!control.enable) begin
    status.idle = 1'b1;
    drain_timer = 0;
  end else if (!quiesce.request) begin
    status.idle = 1'b0;
    drain_timer = 0;
  end else if (!status.idle && drain_timer == 0) begin
    drain_timer = STATUS_US;
  end
endtask

function automatic logic is_geometry(number_t k);
  return k inside {W_RING_BASE, W_RING_BASE + 10'd4, W_RING_SIZE, W_RING_SIZE + 10'd4, W_OUTSTANDING, W_BURST, W_RATE,
                   W_TRANSLATION, W_TABLE_ROOT};
endfunction

// Descriptors under way were cut for the old geometry: with a new one they go astray, and the engine stops.
task automatic written(number_t k, logic [31:0] old);
  if (is_geometry(k) && !status.idle && stored(k) != old) errors.descriptor_lost = 1'b1;
  if (k == W_CONTROL && !status.idle && !control.enable && (old & M_CONTROL_ENABLE) != 0) begin
    errors.descriptor_lost = 1'b1;
  end
  if (k == W_ERRORS && control.enable && (old & M_ERRORS_DESCRIPTOR_LOST) != 0) errors.descriptor_lost = 1'b1;
  if (k == W_DOORBELL) doorbell = 0;
  follow();
endtask

task automatic expired();
  if (quiesce.request) status.idle = 1'b1;
endtask

// The host driver queues transfers.
task automatic host_writes(logic [2:0] phase);
  ring_tail[0].entry = {10'd0, phase};
endtask
