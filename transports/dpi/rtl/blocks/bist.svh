function automatic logic works();
  return owner != 0;
endfunction

// Memories in use lose their contents; a test that is started over leaves them, and its own result, undefined.
task automatic run_test();
  if (passed_with != mode) passed = 0;
  passed_with = mode;
  tested = mask;
  passed = passed & ~mask;
  status.done = 1'b0;
  status.pass = 1'b0;
  test_timer = STATUS_US;
endtask

task automatic written(number_t k, logic [31:0] old, logic [31:0] value);
  if (k == W_COMMAND && (value & M_COMMAND_RUN) != 0) run_test();
  if (k inside {W_MODE, W_MASK, W_SEED, W_PACE, W_OWNER} && test_timer != 0 && stored(k) != old) begin
    passed_with = ~mode;  // its result is worth nothing
  end
endtask

task automatic expired();
  failed = tested & defects;
  passed = passed | (tested & ~defects);
  signature = ((seed ^ tested) * 32'h85EB_CA6B) ^ passed_with;
  status.done = 1'b1;
  status.pass = failed == 0;
endtask

function automatic logic [31:0] shown(number_t k, logic [31:0] content);
  status_t s;
  s = content;
  s.busy = test_timer != 0;
  return k == W_STATUS ? s : content;
endfunction
