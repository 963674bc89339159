// Traffic goes around a channel that is mapped out; it stalls at one that is neither this nor ready.
function automatic logic works();
  return (status.ready && !ctrl.map_out) || (!ctrl.enable && ctrl.map_out);
endfunction

task automatic follow();
  if (!ctrl.enable || !(&parents)) begin
    status = 0;
    level_timer = 0;
  end else if (!status.ready && level_timer == 0) begin
    level_timer = STATUS_US;
  end
endtask

task automatic expired();
  status.ready = 1'b1;
  level_result.phase = 6'd20 + {2'd0, place.index[3:0]};
endtask

task automatic written(number_t k, logic [31:0] old);
  if (k == W_ERROR_STATUS && error_status != old && error_status == 0) begin
    error_where = 0;
    error_log.saved = 1'b0;
  end
  if (k == W_CTRL) follow();
endtask

task automatic inputs_changed();
  follow();
endtask

// The host driver stores the errors that it finds.
task automatic host_writes();
  if (error_status != 0) error_log.saved = 1'b1;
endtask

// What is under way is told by the countdown, not kept.
function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.levelling = level_timer != 0;
  return k == W_STATUS ? s : content;
endfunction
